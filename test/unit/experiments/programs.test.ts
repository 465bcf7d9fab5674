import { beforeAll, describe, expect, it } from 'vitest';
import { loadFirmware } from '../../../experiments/firmware';
import {
  DISK_WAYS,
  diskWorkload,
  ringConsoleWorkload,
  ringDiskWorkload,
  ringTickWorkload,
  SERIAL_WAYS,
  serialWorkload,
  TICK_SOURCES,
  tickWorkload,
  type Workload,
} from '../../../experiments/workloads/programs';
import { runWorkload } from '../../../experiments/workloads/run';
import { consoleUart } from '../../../hypervisor/config';
import { FREE_TRANSITIONS } from '../../../hypervisor/time/cost-model';
import { MemoryDisk } from '../../../pv-drivers/backend/memory-disk';

let firmware: WebAssembly.Module;
beforeAll(async () => {
  firmware = await loadFirmware();
});

const run = ({ image, changes }: Workload, placement = 'reflect') =>
  runWorkload(firmware, image, placement, FREE_TRANSITIONS, changes);

/** A disk that remembers how much was read from it. */
class MeteredDisk extends MemoryDisk {
  bytesRead = 0;

  override read(...read: Parameters<MemoryDisk['read']>): ReturnType<MemoryDisk['read']> {
    this.bytesRead += read[3];
    return super.read(...read);
  }
}

describe('the workload', () => {
  it.each(DISK_WAYS)('of the disk reads what it was told, by %s', (way) => {
    const bytesOf = (requests: number) => {
      const { image, changes } = diskWorkload(way, 8, requests);
      const disk = new MeteredDisk(new Uint8Array(2 ** 20));
      run({ image, changes: { ...changes, drives: [{ disk, cdrom: false }] } });
      return disk.bytesRead;
    };
    expect(bytesOf(5) - bytesOf(2)).toBe(3 * 8 * 512);
  });

  it.each(SERIAL_WAYS)('of the serial line sends so many characters, $name', (way) => {
    let sent = 0;
    const { image, changes } = serialWorkload(way, 40, false);
    run({ image, changes: { ...changes, uarts: [consoleUart(() => sent++)] } });
    expect(sent).toBe(40);
  });

  it.each(TICK_SOURCES)('of the timers takes ticks a millisecond apart, %s', (source) => {
    const short = run(tickWorkload(source, 5));
    const long = run(tickWorkload(source, 15));
    const milliseconds = (long.virtualTime - short.virtualTime) / 1e6 / 10;
    expect(milliseconds).toBeGreaterThan(0.95);
    expect(milliseconds).toBeLessThan(1.05);
  });

  it.each([
    [1, 8],
    [4, 64],
    [16, 72],
    [32, 256],
  ])('of the block ring reads what it was told, %i at once of %i sectors', (outstanding, sectors) => {
    const disk = new MeteredDisk(new Uint8Array(2 ** 20));
    const { image, changes } = ringDiskWorkload(outstanding, sectors, 40);
    run({ image, changes: { ...changes, drives: [{ disk, cdrom: false }] } }, 'pv');
    expect(disk.bytesRead).toBe(40 * sectors * 512);
  });

  it('of the block ring is faster with more than one request under way, up to what the disk can do', () => {
    const times = [1, 2, 32].map((outstanding) => run(ringDiskWorkload(outstanding, 8, 64), 'pv').virtualTime);
    expect(times[0]).toBeGreaterThan(times[1]! + 1000);
    expect(times[0]).toBeGreaterThan(times[2]! + 1000);
    // 64 requests, each 50 us and 1 ns a byte under this cost model.
    expect(times[2]).toBeGreaterThan(64 * (50_000 + 4096));
  });

  it.each([1, 16, 255])('of the console ring sends so many characters, %i for each event', (batch) => {
    let sent = 0;
    const { image } = ringConsoleWorkload(batch, 300);
    const { devices } = run({ image, changes: { uarts: [consoleUart(() => sent++)] } }, 'pv');
    expect(sent).toBe(300);
    // One more sets the callback interrupt.
    expect(devices.unclaimed!.counters.hypercalls).toBe(1 + Math.ceil(300 / batch));
  });

  it('of the one-shot timer takes ticks a millisecond apart', () => {
    const [short, long] = [5, 15].map((ticks) => run(ringTickWorkload(ticks), 'pv').virtualTime);
    expect((long! - short!) / 1e6).toBeCloseTo(10, 3);
  });
});
