import { expect } from 'vitest';
import { DiskResult } from '../../../pv-drivers/backend/disk';
import { MemoryDisk } from '../../../pv-drivers/backend/memory-disk';
import * as card from './rom-card-driver';
import { COMMAND, IO, ITEM, MEMORY, PORTS_AT, ROM_AT, SIZE, STATUS, WINDOW, WINDOW_AT } from './rom-card-driver';

export interface RomCardCase {
  readonly name: string;
  run(firmware: WebAssembly.Module): void;
}

const KERNEL = 0x11;
const INITRD = 0x12;
const EMPTY = 0x13;
const WIDE = 0xffff_ffff;
const NOTHING = new Uint8Array(card.WINDOW_BYTES);
const ROM = card.pattern(0x2345, 77);
/** Two windows and a piece; sectors that end within a blob are followed by the next blob's. */
const CONTENTS = [
  { key: KERNEL, data: card.pattern(0x2_1234) },
  { key: INITRD, data: card.pattern(0x1_0000, 2) },
  { key: EMPTY, data: new Uint8Array(0) },
];
const SHOWN = 0;
const UNREADABLE = 1;
const PORT_WRITE = 2;

/** What the window has to show of `data` at `offset`. */
export function expected(data: Uint8Array, offset: number): Uint8Array {
  const shown = new Uint8Array(card.WINDOW_BYTES);
  shown.set(data.subarray(offset, offset + card.WINDOW_BYTES));
  return shown;
}

/** A disk that fails at one sector. */
class BadSector extends MemoryDisk {
  constructor(
    bytes: Uint8Array,
    public bad: number,
  ) {
    super(bytes);
  }

  override read(sector: number, target: Uint8Array, offset: number, bytes: number): DiskResult {
    if (this.bad >= sector && this.bad < sector + bytes / 512) {
      target.fill(0xee, offset, offset + bytes);
      return DiskResult.IO_ERROR;
    }
    return super.read(sector, target, offset, bytes);
  }
}

function opened(firmware: WebAssembly.Module, changes = {}): card.RomCardDriver {
  return new card.RomCardDriver(firmware, CONTENTS, { expansionRom: ROM, ...changes }).open();
}

function expectWindow(driver: card.RomCardDriver, data: Uint8Array, offset = 0): void {
  expect(card.difference(driver.window(), expected(data, offset))).toBe(-1);
}

/** A blob that begins at a sector, of a size, on a disk of so many sectors. */
function misdescribed(firmware: WebAssembly.Module, sector: number, bytes: number, sectors: number) {
  const blobs = [{ key: KERNEL, name: '', bytes, sector }];
  const blobDisk = new MemoryDisk(card.pattern(sectors * 512));
  return new card.RomCardDriver(firmware, [], { blobs, blobDisk }).open();
}

const functionCases: RomCardCase[] = [
  {
    name: 'a function of its own: 1AF4:10F0, memory controller, no interrupt',
    run(firmware) {
      const driver = new card.RomCardDriver(firmware, CONTENTS, { expansionRom: ROM });
      expect([driver.config(0), driver.config(8), driver.config(0x0c)]).toEqual([0x10f01af4, 0x05800000, 0]);
      expect([driver.config(0x3c, 2), driver.config(COMMAND, 2)]).toEqual([0, 0]);
      expect([driver.config(card.PORTS_BAR), driver.config(card.WINDOW_BAR), driver.config(card.ROM_BAR)]).toEqual([
        ...[1, 8, 0],
      ]);
    },
  },
  {
    name: 'base addresses of 16 ports, 64 KiB prefetchable, 16 KiB of ROM, and nothing else that can be written',
    run(firmware) {
      const driver = new card.RomCardDriver(firmware, CONTENTS, { expansionRom: ROM });
      const sized = (register: number) => {
        driver.configure(register, WIDE);
        return driver.config(register);
      };
      expect([card.PORTS_BAR, card.WINDOW_BAR, card.ROM_BAR].map(sized)).toEqual([
        ...[0xfffffff1, 0xffff0008, 0xffffc001],
      ]);
      expect([0, 8, 0x18, 0x1c, 0x20, 0x24, 0x2c, 0x40, 0x80, 0xfc].map(sized)).toEqual([
        ...[0x10f01af4, 0x05800000, 0, 0, 0, 0, 0, 0, 0, 0],
      ]);
    },
  },
  {
    name: 'no register for an expansion ROM without one',
    run(firmware) {
      const driver = new card.RomCardDriver(firmware, CONTENTS).open();
      expect(driver.config(card.ROM_BAR)).toBe(0);
      expect(driver.guestBytes(ROM_AT, card.ROM_BYTES)).toBeUndefined();
    },
  },
  {
    name: 'decodes ports and memory only while the command register says so',
    run(firmware) {
      const driver = opened(firmware);
      const decoded = (command: number) => {
        driver.configure(COMMAND, command, 2);
        const memory = [driver.guestBytes(WINDOW_AT, card.WINDOW_BYTES), driver.guestBytes(ROM_AT, card.ROM_BYTES)];
        return [driver.register(STATUS) === 0, ...memory.map((bytes) => bytes !== undefined)];
      };
      expect([0, IO, MEMORY, IO | MEMORY].map(decoded)).toEqual([
        [false, false, false],
        [true, false, false],
        [false, true, true],
        [true, true, true],
      ]);
    },
  },
  {
    name: 'the expansion ROM is shown while its own bit is set, zeros behind its bytes',
    run(firmware) {
      const driver = opened(firmware);
      const whole = new Uint8Array(card.ROM_BYTES);
      whole.set(ROM);
      expect(card.difference(driver.guestBytes(ROM_AT, card.ROM_BYTES)!, whole)).toBe(-1);
      driver.configure(card.ROM_BAR, ROM_AT);
      expect(driver.guestBytes(ROM_AT, card.ROM_BYTES)).toBeUndefined();
      driver.configure(card.ROM_BAR, ROM_AT + 0x4000 + 1);
      expect(card.difference(driver.guestBytes(ROM_AT + 0x4000, card.ROM_BYTES)!, whole)).toBe(-1);
      expect(driver.guestBytes(ROM_AT, card.ROM_BYTES)).toBeUndefined();
    },
  },
  {
    name: 'ports, window and ROM follow their base addresses',
    run(firmware) {
      const driver = opened(firmware);
      driver.choose(KERNEL);
      driver.show(0);
      driver.configure(card.PORTS_BAR, 0xd010);
      driver.configure(card.WINDOW_BAR, 0xf000_0000);
      expect(driver.device.read(PORTS_AT, 4)).toBe(WIDE);
      expect(driver.device.read(0xd010 + SIZE, 4)).toBe(0x2_1234);
      expect(driver.guestBytes(WINDOW_AT, card.WINDOW_BYTES)).toBeUndefined();
      const moved = driver.guestBytes(0xf000_0000, card.WINDOW_BYTES)!;
      expect(card.difference(moved, expected(CONTENTS[0]!.data, 0))).toBe(-1);
    },
  },
  {
    name: 'ports below 1000h and above FFFFh are not decoded',
    run(firmware) {
      const driver = opened(firmware);
      driver.device.write(0x3ff, 0x5a);
      for (const base of [0x3f0, 0x12000, 0]) {
        driver.configure(card.PORTS_BAR, base);
        expect(driver.device.platform.intercepts.ports.includes(card.ROM_CARD)).toBe(false);
      }
      expect(driver.device.read(0x3ff)).toBe(0x5a);
      driver.configure(card.PORTS_BAR, PORTS_AT);
      expect(driver.choose(KERNEL)).toBe(0x2_1234);
    },
  },
  {
    name: 'memory over RAM, the firmware region, the BIOS or a device is not decoded, and comes back when it moves on',
    run(firmware) {
      const driver = opened(firmware);
      const { pageKind } = driver.device.platform.memory;
      driver.configure(COMMAND, IO, 2);
      const without = pageKind.slice();
      driver.configure(COMMAND, IO | MEMORY, 2);
      driver.configure(card.ROM_BAR, ROM_AT);
      for (const base of [0, 0x8_0000, 0x3ff0_0000, 0x3fff_0000, 0xffff_0000, 0xfed0_0000]) {
        driver.configure(card.WINDOW_BAR, base);
        expect(card.difference(pageKind, without)).toBe(-1);
      }
      for (const base of [0, 0xf_c000, 0x3ff0_c000, 0xffff_c000, 0xfed0_0000]) {
        driver.configure(card.ROM_BAR, base + 1);
        expect(card.difference(pageKind, without)).toBe(-1);
      }
      driver.configure(card.WINDOW_BAR, WINDOW_AT);
      driver.configure(card.ROM_BAR, ROM_AT + 1);
      expect([driver.window(), driver.guestBytes(ROM_AT, 4096)].includes(undefined)).toBe(false);
    },
  },
  {
    name: 'where window and ROM overlap the ROM is shown, and the window comes back when either moves',
    run(firmware) {
      const driver = opened(firmware);
      driver.configure(card.ROM_BAR, WINDOW_AT + 0x4000 + 1);
      expect(driver.guestBytes(WINDOW_AT + 0x4000, card.ROM_BYTES)!.subarray(0, 16)).toEqual(ROM.subarray(0, 16));
      expect(driver.guestBytes(WINDOW_AT, 4096)).toBeUndefined();
      driver.configure(card.ROM_BAR, ROM_AT + 1);
      expect(driver.guestBytes(WINDOW_AT, card.WINDOW_BYTES)).toBeDefined();
    },
  },
];

const registerCases: RomCardCase[] = [
  {
    name: 'after reset no item is chosen, and the window shows zeros',
    run(firmware) {
      const driver = opened(firmware);
      expect([ITEM, SIZE, WINDOW, STATUS].map((offset) => driver.register(offset))).toEqual([0, 0, 0, 0]);
      expectWindow(driver, NOTHING);
    },
  },
  {
    name: 'ITEM chooses by key, and SIZE tells its bytes: 0 for one that is empty or is none',
    run(firmware) {
      const driver = opened(firmware);
      const keys = [KERNEL, INITRD, EMPTY, 0x14, 0, 0x1_0011, WIDE];
      expect(keys.map((key) => driver.choose(key))).toEqual([0x2_1234, 0x1_0000, 0, 0, 0, 0, 0]);
      expect(driver.register(ITEM)).toBe(WIDE);
    },
  },
  {
    name: 'SIZE and STATUS cannot be written',
    run(firmware) {
      const driver = opened(firmware);
      driver.choose(INITRD);
      for (const offset of [SIZE, STATUS]) driver.device.write(PORTS_AT + offset, WIDE, 4);
      expect([ITEM, SIZE, WINDOW, STATUS].map((offset) => driver.register(offset))).toEqual([INITRD, 0x1_0000, 0, 0]);
    },
  },
  {
    name: 'WINDOW keeps the upper 16 bits',
    run(firmware) {
      const driver = opened(firmware);
      driver.choose(KERNEL);
      driver.show(0x1_2345);
      expect(driver.register(WINDOW)).toBe(0x1_0000);
      expectWindow(driver, CONTENTS[0]!.data, 0x1_0000);
      driver.show(WIDE);
      expect(driver.register(WINDOW)).toBe(0xffff_0000);
      expectWindow(driver, NOTHING);
    },
  },
  {
    name: 'accesses of other widths, and those that are not aligned, read ones and write nothing',
    run(firmware) {
      const driver = opened(firmware);
      driver.choose(KERNEL);
      driver.show(0x1_0000);
      for (const width of [1, 2, 4] as const) {
        for (let offset = 0; offset < 16; offset++) {
          if (width === 4 && offset % 4 === 0) continue;
          driver.device.write(PORTS_AT + offset, 0, width);
          expect(driver.device.read(PORTS_AT + offset, width)).toBe(WIDE >>> (32 - width * 8));
        }
      }
      const registers = [ITEM, SIZE, WINDOW, STATUS].map((offset) => driver.register(offset));
      expect(registers).toEqual([KERNEL, 0x2_1234, 0x1_0000, 0]);
      expectWindow(driver, CONTENTS[0]!.data, 0x1_0000);
    },
  },
];

const windowCases: RomCardCase[] = [
  {
    name: 'the window shows each piece of an item, and zeros behind its end',
    run(firmware) {
      const driver = opened(firmware);
      for (const [index, key] of [KERNEL, INITRD, EMPTY].entries()) {
        driver.choose(key);
        for (const offset of [0x2_0000, 0, 0x1_0000, 0x3_0000, 0xffff_0000]) {
          expect(driver.show(offset)).toBe(SHOWN);
          expectWindow(driver, CONTENTS[index]!.data, offset);
        }
      }
    },
  },
  {
    name: 'choosing an item does not change what the window shows',
    run(firmware) {
      const driver = opened(firmware);
      driver.choose(KERNEL);
      driver.show(0);
      driver.choose(INITRD);
      expectWindow(driver, CONTENTS[0]!.data);
      driver.show(0);
      expectWindow(driver, CONTENTS[1]!.data);
    },
  },
  {
    name: 'a write to WINDOW waits for the disk, and for nothing where nothing is to be read',
    run(firmware) {
      const driver = opened(firmware);
      driver.choose(EMPTY);
      expect(driver.startShowing(0)).toBe(false);
      driver.choose(KERNEL);
      expect(driver.startShowing(0x3_0000)).toBe(false);
      expect(driver.startShowing(0x2_0000)).toBe(true);
    },
  },
  {
    name: 'string output moves the window for each element',
    run(firmware) {
      const driver = opened(firmware);
      const { platform, memory } = driver.device;
      driver.choose(KERNEL);
      new DataView(memory.buffer).setUint32(0x1000, 0x1_0000, true);
      const exit = {
        reason: PORT_WRITE,
        address: PORTS_AT + WINDOW,
        width: 4,
        value: 0,
        string: true,
        count: 3,
        runs: Uint32Array.of(0x1000, 12),
        runCount: 1,
        descending: false,
      } as const;
      let done = -1;
      platform.onCompleted = (_value, elements) => {
        done = elements;
      };
      expect(platform.string(exit, 3)).toBe(-1);
      driver.device.advance(1_000_000);
      expect(done).toBe(1);
      expectWindow(driver, CONTENTS[0]!.data, 0x1_0000);
    },
  },
  {
    name: 'a grant lasts as long as its request',
    run(firmware) {
      const driver = opened(firmware);
      const before = driver.grants();
      driver.choose(KERNEL);
      expect(driver.startShowing(0)).toBe(true);
      expect(driver.grants()).toBe(before + 16);
      driver.device.advance(1_000_000);
      expect(driver.grants()).toBe(before);
    },
  },
];

const failureCases: RomCardCase[] = [
  {
    name: 'data that cannot be read give zeros and say so, until the next that can',
    run(firmware) {
      const { data } = CONTENTS[0]!;
      const bytes = new Uint8Array(0x2_1400);
      bytes.set(data);
      const driver = opened(firmware, { blobDisk: new BadSector(bytes, 0x1_ffff >> 9) });
      driver.choose(KERNEL);
      expect(driver.show(0)).toBe(SHOWN);
      expect(driver.show(0x1_0000)).toBe(UNREADABLE);
      expectWindow(driver, NOTHING);
      expect(driver.show(0x2_0000)).toBe(SHOWN);
      expectWindow(driver, data, 0x2_0000);
    },
  },
  {
    name: 'a blob whose disk is not there cannot be read',
    run(firmware) {
      const driver = opened(firmware, { blobDisk: undefined });
      expect(driver.choose(KERNEL)).toBe(0x2_1234);
      expect(driver.show(0)).toBe(UNREADABLE);
      expectWindow(driver, NOTHING);
      expect(driver.show(0x3_0000)).toBe(SHOWN);
    },
  },
  {
    name: 'a blob that is longer than its disk can be read where the disk is',
    run(firmware) {
      const driver = misdescribed(firmware, 1, WIDE, 129);
      expect(driver.choose(KERNEL)).toBe(WIDE);
      expect(driver.show(0)).toBe(SHOWN);
      expectWindow(driver, card.pattern(129 * 512).subarray(512));
      for (const offset of [0x1_0000, 0x8000_0000, 0xffff_0000]) expect(driver.show(offset)).toBe(UNREADABLE);
      expectWindow(driver, NOTHING);
    },
  },
  {
    name: 'sectors do not begin again at 2^32',
    run(firmware) {
      const driver = misdescribed(firmware, 0xffff_ffff, 0x2_0000, 512);
      driver.choose(KERNEL);
      expect([driver.show(0), driver.show(0x1_0000)]).toEqual([UNREADABLE, UNREADABLE]);
      expectWindow(driver, NOTHING);
    },
  },
  {
    name: 'a guest that does not wait gets the last that it asked for, and an error when the ring is full',
    run(firmware) {
      const driver = opened(firmware);
      driver.choose(KERNEL);
      const deferred = Array.from({ length: 40 }, () => driver.startShowing(0x1_0000));
      expect([deferred[0], deferred.at(-1)]).toEqual([true, false]);
      expect(driver.register(STATUS)).toBe(UNREADABLE);
      driver.device.advance(1_000_000);
      expectWindow(driver, NOTHING);
      driver.choose(INITRD);
      expect(driver.show(0)).toBe(SHOWN);
      expectWindow(driver, CONTENTS[1]!.data);
    },
  },
  {
    name: 'a reset ends a request under way and all that was chosen',
    run(firmware) {
      const driver = opened(firmware);
      driver.choose(INITRD);
      driver.show(0);
      driver.choose(KERNEL);
      driver.startShowing(0x1_0000);
      driver.device.platform.reset();
      driver.device.advance(1_000_000);
      expect(driver.guestBytes(WINDOW_AT, 4096)).toBeUndefined();
      expect(driver.guestBytes(ROM_AT, 4096)).toBeUndefined();
      expect([driver.config(COMMAND, 2), driver.config(card.PORTS_BAR), driver.register(SIZE)]).toEqual([0, 1, WIDE]);
      driver.open();
      expect([ITEM, SIZE, WINDOW, STATUS].map((offset) => driver.register(offset))).toEqual([0, 0, 0, 0]);
      expectWindow(driver, NOTHING);
      expect(driver.guestBytes(ROM_AT, card.ROM_BYTES)!.subarray(0, 16)).toEqual(ROM.subarray(0, 16));
      driver.choose(KERNEL);
      driver.show(0x1_0000);
      expectWindow(driver, CONTENTS[0]!.data, 0x1_0000);
    },
  },
];

export const ROM_CARD_CASES: readonly RomCardCase[] = [
  ...functionCases,
  ...registerCases,
  ...windowCases,
  ...failureCases,
];
