import { beforeAll, describe, expect, it } from 'vitest';
import { allPlaced, placementByName } from '../../../hypervisor/config';
import { PLACEMENTS } from '../../../hypervisor/placement/placements';
import type { Platform } from '../../../hypervisor/platform';
import { Counter } from '../../../hypervisor/trace/counters';
import {
  COMMAND,
  difference,
  pattern,
  ROM_AT,
  ROM_BYTES,
  ROM_CARD,
  RomCardDriver,
  STATUS,
  WINDOW_AT,
  WINDOW_BYTES,
} from '../../conformance/rom-card/rom-card-driver';
import { firmwareModule } from '../../helpers/firmware-device';

const PCI = 9;
const KERNEL = { key: 0x11, data: pattern(0x2_3456) };
const INITRD = { key: 0x12, data: pattern(0x9000, 2) };
const ROM = pattern(0x1000, 3);
const REGION = 0x3ff00000;
const WAYS = ['reflect', 'ioemu+posted', 'reflect+shadow', 'inkernel', 'forward', 'stubdom', 'kvm-user'];

let firmware: WebAssembly.Module;
beforeAll(async () => {
  firmware = await firmwareModule();
});

function cardAt(placement: string, others = placement): RomCardDriver {
  const placements = allPlaced(placementByName(others)!);
  placements[ROM_CARD] = placementByName(placement)!;
  return new RomCardDriver(firmware, [KERNEL, INITRD], { placements, expansionRom: ROM });
}

function shows(driver: RomCardDriver, data: Uint8Array, offset: number): boolean {
  const expected = new Uint8Array(WINDOW_BYTES);
  expected.set(data.subarray(offset, offset + WINDOW_BYTES));
  return difference(driver.window(), expected) === -1;
}

describe('the ROM card under every placement', () => {
  it('gives the same answers and the same trace', () => {
    const seen = PLACEMENTS.map(({ name }) => {
      const driver = cardAt(name).open();
      const sizes = [KERNEL, INITRD].map(({ key }) => driver.choose(key));
      driver.choose(KERNEL.key);
      const windows = [0, 0x2_0000, 0x1_0000, 0x3_0000].map((offset) => {
        const status = driver.show(offset);
        return [status, shows(driver, KERNEL.data, offset)];
      });
      const rom = driver.guestBytes(ROM_AT, ROM_BYTES)!.subarray(0, ROM.length);
      const { trace, counters } = driver.device.platform;
      return {
        sizes,
        windows,
        rom: difference(rom, ROM),
        trace: trace.digest(ROM_CARD),
        requests: counters.get(ROM_CARD, Counter.RING_REQUESTS),
      };
    });
    expect(seen[0]).toMatchObject({
      sizes: [0x2_3456, 0x9000],
      windows: new Array(4).fill([0, true]),
      rom: -1,
      requests: 3,
    });
    for (const other of seen) expect(other).toEqual(seen[0]);
  });

  it('keeps its place, its registers and its window as it moves, and PCI with it', () => {
    const driver = cardAt('reflect').open();
    const { platform } = driver.device;
    driver.choose(KERNEL.key);
    driver.show(0x1_0000);
    for (const name of WAYS) {
      for (const moved of [ROM_CARD, PCI]) expect(platform.move(moved, placementByName(name)!)).toBeUndefined();
      expect([driver.register(4), driver.register(8), shows(driver, KERNEL.data, 0x1_0000)]).toEqual([
        ...[0x2_3456, 0x1_0000, true],
      ]);
      driver.configure(COMMAND, 0, 2);
      driver.configure(COMMAND, 3, 2);
      expect([driver.show(0x2_0000), shows(driver, KERNEL.data, 0x2_0000)]).toEqual([0, true]);
      expect([driver.show(0x1_0000), shows(driver, KERNEL.data, 0x1_0000)]).toEqual([0, true]);
    }
  });

  it('does not move while the guest waits for the window', () => {
    const driver = cardAt('reflect').open();
    driver.choose(KERNEL.key);
    expect(driver.startShowing(0)).toBe(true);
    expect(driver.device.platform.move(ROM_CARD, placementByName('inkernel')!)).toMatch(/waits for an answer/);
    driver.device.advance(1_000_000);
    expect(shows(driver, KERNEL.data, 0)).toBe(true);
    expect(driver.device.platform.move(ROM_CARD, placementByName('inkernel')!)).toBeUndefined();
  });
});

/** All that a machine is, to be put back into another. */
function save(platform: Platform) {
  const state = JSON.parse(JSON.stringify(platform.save()));
  const region = platform.memory.bytes.slice(REGION);
  return (other: Platform) => other.restore(state, (memory) => memory.bytes.set(region, REGION));
}

describe('a saved machine with a ROM card', () => {
  it.each(['reflect', 'ioemu', 'forward'])('goes on as it was under %s', (name) => {
    const first = cardAt(name).open();
    first.choose(KERNEL.key);
    first.show(0x2_0000);
    const restore = save(first.device.platform);
    const second = cardAt(name);
    expect(second.guestBytes(WINDOW_AT, WINDOW_BYTES)).toBeUndefined();
    restore(second.device.platform);
    expect([shows(second, KERNEL.data, 0x2_0000), second.register(STATUS)]).toEqual([true, 0]);
    expect(difference(second.guestBytes(ROM_AT, 4096)!, ROM)).toBe(-1);
    expect([second.show(0x1_0000), shows(second, KERNEL.data, 0x1_0000)]).toEqual([0, true]);
    second.configure(COMMAND, 0, 2);
    expect(second.guestBytes(WINDOW_AT, WINDOW_BYTES)).toBeUndefined();
  });

  it.each(['reflect', 'ioemu', 'forward'])('finishes the request that was under way under %s', (name) => {
    const first = cardAt(name).open();
    first.choose(KERNEL.key);
    expect(first.startShowing(0x1_0000)).toBe(true);
    const restore = save(first.device.platform);
    const second = cardAt(name);
    restore(second.device.platform);
    let completions = 0;
    second.device.platform.onCompleted = () => {
      completions++;
    };
    second.device.advance(1_000_000);
    expect([completions, second.register(STATUS), shows(second, KERNEL.data, 0x1_0000)]).toEqual([1, 0, true]);
  });
});

describe('what a guest reaches of the card', () => {
  const [UNMAPPED, RAM] = [0, 1];
  const kinds = (driver: RomCardDriver) =>
    [0x3ff0c000, 0x3ff0f000, 0x3ff1e000, 0x3ff20000, 0x3ff2f000].map(
      (address) => driver.device.platform.memory.pageKind[address >>> 12],
    );

  it('is its state and its memory when the card is inside, but not when it is elsewhere', () => {
    expect(kinds(cardAt('reflect'))).toEqual(new Array(5).fill(RAM));
    expect(kinds(cardAt('ioemu', 'reflect'))).toEqual(new Array(5).fill(UNMAPPED));
  });

  it('is no card at all when the guest has a driver for its ring', () => {
    const driver = cardAt('pv', 'reflect').open();
    expect([driver.config(0), driver.register(STATUS)]).toEqual([0xffff_ffff, 0xffff_ffff]);
    expect(driver.guestBytes(WINDOW_AT, WINDOW_BYTES)).toBeUndefined();
    const info = new DataView(driver.device.memory.buffer, REGION, 4096);
    // The sixth drive: capacity, flags (present, read-only), port; then the blobs, of key, bytes, sector.
    expect([0x300, 0x308, 0x30c].map((offset) => info.getUint32(offset, true))).toEqual([355, 3, 6]);
    expect([0x380, 0x390, 0x394, 0x398, 0x3e0, 0x3e8].map((offset) => info.getUint32(offset, true))).toEqual([
      ...[2, 0x11, 0x2_3456, 0, 0x12, 283],
    ]);
  });
});
