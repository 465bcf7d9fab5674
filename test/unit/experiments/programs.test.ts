import { beforeAll, describe, expect, it } from 'vitest';
import { loadFirmware } from '../../../experiments/firmware';
import {
  DISK_WAYS,
  diskWorkload,
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

const run = ({ image, changes }: Workload) => runWorkload(firmware, image, 'reflect', FREE_TRANSITIONS, changes);

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
});
