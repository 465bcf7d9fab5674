import { describe, expect, it } from 'vitest';
import { allPlaced, placementByName } from '../../../hypervisor/config';
import { Counter } from '../../../hypervisor/trace/counters';
import { FirmwareDevice } from '../../helpers/firmware-device';

const IDE = 2;
const DEBUG = 8;
/** Two pages a process: domain 0, stub domain, host user. */
const IOREQ_PAGES = 0x3ff3a000;
const PAGE = 4096;
const SLOTS = 511;

function placed(name: string, changes = {}): Promise<FirmwareDevice> {
  return FirmwareDevice.create({ placements: allPlaced(placementByName(name)!), ...changes });
}

const count = (device: FirmwareDevice, id: number, counter: Counter) => device.platform.counters.get(id, counter);
const view = (device: FirmwareDevice, address: number) => new DataView(device.memory.buffer, address, PAGE);

describe('an ioreq ([Xen] public/hvm/ioreq.h)', () => {
  it.each([
    ['ioemu', 0],
    ['stubdom', 1],
    ['kvm-user', 2],
  ] as const)('of %s has its fields where Xen has them', async (name, process) => {
    const device = await placed(name);
    expect(device.read(0x3fd)).toBe(0x60);
    const page = view(device, IOREQ_PAGES + process * 2 * PAGE);
    expect(page.getBigUint64(0, true)).toBe(0x3fdn); // addr
    expect(page.getBigUint64(8, true)).toBe(0x60n); // data
    expect(page.getUint32(16, true)).toBe(1); // count
    expect(page.getUint32(20, true)).toBe(1); // size
    expect(page.getUint8(30)).toBe(0x20); // STATE_IOREQ_NONE again, dir = read
    expect(page.getUint8(31)).toBe(0); // IOREQ_TYPE_PIO
  });

  it('of a memory-mapped write is of type COPY', async () => {
    const device = await placed('ioemu', { devices: 1 << 10 });
    device.writeMemory(0xfed00010, 1);
    const page = view(device, IOREQ_PAGES);
    expect(page.getBigUint64(0, true)).toBe(0xfed00010n);
    expect(page.getUint32(20, true)).toBe(4);
    expect(page.getUint8(30)).toBe(0);
    expect(page.getUint8(31)).toBe(1);
  });
});

describe('posted writes', () => {
  it('lie in slots of eight bytes behind two pointers, and nobody runs for them', async () => {
    const device = await placed('ioemu+posted');
    device.write(0x1f2, 0x5a);
    const page = view(device, IOREQ_PAGES + PAGE);
    expect([page.getUint32(0, true), page.getUint32(4, true)]).toEqual([0, 1]);
    expect(page.getUint32(8, true)).toBe(0x1f2 << 12); // type PIO, write, one byte
    expect(page.getUint32(12, true)).toBe(0x5a);
    expect(count(device, IDE, Counter.IOREQS)).toBe(0);
  });

  it('take effect before anything else that the process does', async () => {
    const written: number[] = [];
    const device = await placed('ioemu+posted', { debug: (_: number, value: number) => written.push(value) });
    device.write(0x402, 0x41);
    expect(written).toEqual([]);
    device.read(0x3fd);
    expect(written).toEqual([0x41]);
  });

  it('wait a millisecond at most', async () => {
    const written: number[] = [];
    // No other device lives in the process: its timers would make it run earlier.
    const placements = allPlaced(placementByName('reflect')!);
    placements[DEBUG] = placementByName('kvm-user+posted')!;
    const device = await FirmwareDevice.create({ placements, debug: (_, value) => written.push(value) });
    device.write(0x402, 0x42);
    device.advance(999_999);
    expect(written).toEqual([]);
    device.advance(1);
    expect(written).toEqual([0x42]);
  });

  it('that find the ring full take the synchronous way, behind those in it', async () => {
    const written: number[] = [];
    const device = await placed('ioemu+posted', { debug: (_: number, value: number) => written.push(value) });
    for (let value = 0; value < SLOTS; value++) device.write(0x402, value & 0xff);
    expect(written).toEqual([]);
    device.write(0x402, 0xee);
    expect(count(device, DEBUG, Counter.POSTED_WRITES)).toBe(SLOTS);
    expect(count(device, DEBUG, Counter.IOREQS)).toBe(1);
    expect(written).toEqual([...Array.from({ length: SLOTS }, (_, value) => value & 0xff), 0xee]);
  });

  it('survive pointers that a guest has scribbled over', async () => {
    const device = await placed('ioemu+posted');
    view(device, IOREQ_PAGES + PAGE).setUint32(0, 0x12345678, true);
    device.write(0x402, 1);
    expect(count(device, DEBUG, Counter.IOREQS)).toBe(1);
    expect(device.read(0x3fd)).toBe(0x60);
  });
});
