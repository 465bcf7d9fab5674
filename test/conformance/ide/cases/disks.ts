import { expect } from 'vitest';
import { ABORTED, ABORTED_STATUS, expectBytes, type IdeDriver, READY, READY_WITH_DATA } from '../driver';
import { DISK_MODEL, FIRMWARE_REVISION, LARGE, SERIAL_PREFIX, SPARSE, STANDARD } from '../machines';
import type { ConformanceCase } from '../suite';
import { packChs, read, writeControl } from '../verbs';

const SECTORS = 1600;
const HEADS = 5;
const SECTORS_PER_TRACK = 16;
const lba28 = (sector: number, count = 1, device: 0 | 1 = 0) => ({ device, form: 'lba28', sector, count }) as const;
const lba48 = (sector: number, count = 1) => ({ device: 0, form: 'lba48', sector, count }) as const;

/** An ASCII field of IDENTIFY DEVICE: two characters a word, the first in the high byte. */
function text(block: Uint8Array, word: number, words: number): string {
  const bytes = Array.from({ length: words * 2 }, (_, index) => block[word * 2 + (index ^ 1)]);
  return String.fromCharCode(...bytes).trimEnd();
}

const word = (block: Uint8Array, index: number): number => block[2 * index] | (block[2 * index + 1] << 8);

function pattern(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 7 + seed + (index >> 8)) & 0xff);
}

async function expectAborted(driver: IdeDriver): Promise<void> {
  expect(await driver.interrupt(0)).toBe(true);
  expect(await driver.register(0, 1)).toBe(ABORTED);
  expect(await driver.status(0)).toBe(ABORTED_STATUS);
}

export const disks: readonly ConformanceCase[] = [
  {
    name: 'IDENTIFY DEVICE interrupts, gives 512 bytes and ends',
    machine: STANDARD,
    clause: '[ATA-6] 8.15',
    async run(driver) {
      await driver.select(0, 0);
      await driver.command(0, 0xec);
      expect(await driver.interrupt(0)).toBe(true);
      expect(await driver.status(0)).toBe(READY_WITH_DATA);
      expect(await driver.interrupt(0)).toBe(false);
      const block = await driver.takeData(0, 512);
      expect(await driver.status(0)).toBe(READY);
      expect(text(block, 27, 20)).toBe(DISK_MODEL);
      expect(text(block, 10, 10)).toBe(`${SERIAL_PREFIX}0`);
      expect(text(block, 23, 4)).toBe(FIRMWARE_REVISION);
      expect(word(block, 0) & 0x8000).toBe(0);
      expect([word(block, 1), word(block, 3), word(block, 6)]).toEqual([20, HEADS, SECTORS_PER_TRACK]);
      expect(word(block, 60) | (word(block, 61) << 16)).toBe(SECTORS);
      expect(word(block, 100) | (word(block, 101) << 16)).toBe(SECTORS);
      expect(word(block, 49) & 0x0300).toBe(0x0300);
    },
  },
  {
    name: 'READ SECTOR(S) interrupts before each sector and not after the last',
    machine: STANDARD,
    clause: '[ATA-6] 9.5',
    async run(driver) {
      await driver.transfer(0, 0x20, lba28(10, 3));
      for (const sector of [10, 11, 12]) {
        expect(await driver.interrupt(0)).toBe(true);
        expect(await driver.status(0)).toBe(READY_WITH_DATA);
        expectBytes(await driver.takeData(0, 512), driver.initially(0, sector * 512, 512));
      }
      expect(await driver.interrupt(0)).toBe(false);
      expect(await driver.status(0)).toBe(READY);
    },
  },
  {
    name: 'WRITE SECTOR(S) asks without an interrupt and reports each sector with one',
    machine: STANDARD,
    clause: '[ATA-6] 9.6',
    async run(driver) {
      const data = pattern(1024, 3);
      await driver.transfer(0, 0x30, lba28(20, 2, 1));
      expect(await driver.interrupt(0)).toBe(false);
      expect(await driver.alternateStatus(0)).toBe(READY_WITH_DATA);
      await driver.giveData(0, data.subarray(0, 512));
      expect(await driver.interrupt(0)).toBe(true);
      expect(await driver.status(0)).toBe(READY_WITH_DATA);
      await driver.giveData(0, data.subarray(512));
      expect(await driver.interrupt(0)).toBe(true);
      expect(await driver.status(0)).toBe(READY);
      const image = await driver.image(1);
      expectBytes(image.subarray(20 * 512, 22 * 512), data);
      expectBytes(image.subarray(22 * 512), driver.initially(1, 22 * 512, image.length));
      expectBytes(await driver.image(0), driver.initially(0, 0, SECTORS * 512));
    },
  },
  {
    name: 'a Sector Count of zero reads 256 sectors',
    machine: STANDARD,
    clause: '[ATA-6] 8.34.4',
    async run(driver) {
      await driver.transfer(0, 0x20, lba28(1, 0));
      for (let sector = 1; sector <= 256; sector++) {
        const data = await driver.takeData(0, 512);
        expect(Buffer.compare(data, driver.initially(0, sector * 512, 512))).toBe(0);
      }
      expect(await driver.status(0)).toBe(READY);
    },
  },
  {
    name: 'cylinder, head and sector name the sectors that arithmetic gives',
    machine: STANDARD,
    clause: '[ATA-5] annex B',
    async run(driver) {
      for (const [cylinder, head, sector] of [
        [0, 0, 1],
        [0, 1, 1],
        [1, 0, 1],
        [3, 4, 16],
        [19, 4, 16],
      ]) {
        const number = (cylinder * HEADS + head) * SECTORS_PER_TRACK + sector - 1;
        const place = { device: 0, form: 'chs', sector: packChs(cylinder, head, sector), count: 1 } as const;
        await driver.transfer(0, 0x20, place);
        expectBytes(await driver.takeData(0, 512), driver.initially(0, number * 512, 512));
      }
    },
  },
  {
    name: 'INITIALIZE DEVICE PARAMETERS changes the translation',
    machine: STANDARD,
    clause: '[ATA-5] 8.16',
    async run(driver) {
      await driver.do(writeControl(0, 0));
      await driver.out(0x1f6, 0xa0 | 2);
      await driver.out(0x1f2, 7);
      await driver.command(0, 0x91);
      expect(await driver.status(0)).toBe(READY);
      await driver.transfer(0, 0x20, { device: 0, form: 'chs', sector: packChs(2, 1, 5), count: 1 });
      const number = (2 * 3 + 1) * 7 + 4;
      expectBytes(await driver.takeData(0, 512), driver.initially(0, number * 512, 512));
    },
  },
  {
    name: 'the last sector can be read, the one after it cannot',
    machine: STANDARD,
    clause: '[ATA-6] 8.34.6',
    async run(driver) {
      await driver.transfer(0, 0x20, lba28(SECTORS - 1));
      expect(await driver.status(0)).toBe(READY_WITH_DATA);
      expectBytes(await driver.takeData(0, 512), driver.initially(0, (SECTORS - 1) * 512, 512));
      await driver.transfer(0, 0x20, lba28(SECTORS));
      await expectAborted(driver);
    },
  },
  {
    name: 'a read across the end gives what there is, then fails',
    machine: STANDARD,
    clause: '[ATA-6] 8.34.6',
    async run(driver) {
      await driver.transfer(0, 0x20, lba28(SECTORS - 2, 4));
      expectBytes(await driver.takeData(0, 512), driver.initially(0, (SECTORS - 2) * 512, 512));
      expectBytes(await driver.takeData(0, 512), driver.initially(0, (SECTORS - 1) * 512, 512));
      await expectAborted(driver);
    },
  },
  {
    name: 'a write beyond the end fails and changes nothing',
    machine: STANDARD,
    clause: '[ATA-6] 8.62.6',
    async run(driver) {
      await driver.transfer(0, 0x30, lba28(SECTORS));
      await driver.giveData(0, pattern(512, 1));
      await expectAborted(driver);
      expectBytes(await driver.image(0), driver.initially(0, 0, SECTORS * 512));
    },
  },
  {
    name: 'READ VERIFY beyond the end fails',
    machine: STANDARD,
    clause: '[ATA-6] 8.36.6',
    deviation: 'verify-range',
    async run(driver) {
      await driver.transfer(0, 0x40, lba28(SECTORS - 1, 2));
      await expectAborted(driver);
    },
  },
  {
    name: 'READ VERIFY inside the disk moves no data',
    machine: STANDARD,
    clause: '[ATA-6] 8.36',
    async run(driver) {
      await driver.transfer(0, 0x40, lba28(0, 16));
      expect(await driver.interrupt(0)).toBe(true);
      expect(await driver.status(0)).toBe(READY);
    },
  },
  {
    name: 'READ MULTIPLE hands out blocks of the size that was set, the last one short',
    machine: STANDARD,
    clause: '[ATA-6] 8.30',
    async run(driver) {
      await driver.select(0, 0);
      await driver.out(0x1f2, 4);
      await driver.command(0, 0xc6);
      expect(await driver.status(0)).toBe(READY);
      await driver.transfer(0, 0xc4, lba28(100, 10));
      for (const [first, count] of [
        [100, 4],
        [104, 4],
        [108, 2],
      ]) {
        expect(await driver.interrupt(0)).toBe(true);
        expect(await driver.status(0)).toBe(READY_WITH_DATA);
        expectBytes(await driver.takeData(0, count * 512), driver.initially(0, first * 512, count * 512));
      }
      expect(await driver.interrupt(0)).toBe(false);
      expect(await driver.status(0)).toBe(READY);
    },
  },
  {
    name: 'WRITE MULTIPLE takes blocks of the size that was set',
    machine: STANDARD,
    clause: '[ATA-6] 8.60',
    async run(driver) {
      const data = pattern(5 * 512, 9);
      await driver.select(0, 0);
      await driver.out(0x1f2, 2);
      await driver.command(0, 0xc6);
      await driver.transfer(0, 0xc5, lba28(200, 5));
      for (const [first, count] of [
        [0, 2],
        [2, 2],
        [4, 1],
      ]) {
        expect(await driver.alternateStatus(0)).toBe(READY_WITH_DATA);
        await driver.giveData(0, data.subarray(first * 512, (first + count) * 512));
        expect(await driver.interrupt(0)).toBe(true);
      }
      expect(await driver.status(0)).toBe(READY);
      expectBytes((await driver.image(0)).subarray(200 * 512, 205 * 512), data);
    },
  },
  {
    name: 'SET MULTIPLE MODE refuses what is no power of two or too large',
    machine: STANDARD,
    clause: '[ATA-6] 8.49',
    async run(driver) {
      for (const count of [3, 5, 17, 32, 255]) {
        await driver.select(0, 0);
        await driver.out(0x1f2, count);
        await driver.command(0, 0xc6);
        await expectAborted(driver);
      }
    },
  },
  {
    name: 'a count of zero disables READ MULTIPLE',
    machine: STANDARD,
    clause: '[ATA-6] 8.49.4',
    async run(driver) {
      await driver.select(0, 0);
      await driver.out(0x1f2, 0);
      await driver.command(0, 0xc6);
      expect(await driver.status(0)).toBe(READY);
      await driver.transfer(0, 0xc4, lba28(0));
      await expectAborted(driver);
    },
  },
  {
    name: '48-bit commands take the earlier of two writes as the high half, and HOB shows it',
    machine: STANDARD,
    clause: '[ATA-6] 6.20, 7.8',
    async run(driver) {
      await driver.out(0x1f6, 0xe0);
      for (const [port, first, second] of [
        [0x1f2, 0, 1],
        [0x1f3, 0x12, 0x34],
        [0x1f4, 0x56, 0x78],
        [0x1f5, 0x9a, 0xbc],
      ]) {
        await driver.out(port, first);
        await driver.out(port, second);
      }
      const registers = [2, 3, 4, 5].map((offset) => read(0x1f0 + offset));
      expect(await driver.do(...registers)).toEqual([1, 0x34, 0x78, 0xbc]);
      await driver.out(0x3f6, 0x80);
      expect(await driver.do(...registers)).toEqual([0, 0x12, 0x56, 0x9a]);
      await driver.out(0x1f3, 0);
      expect(await driver.register(0, 3)).toBe(0);
      expect(await driver.register(0, 4)).toBe(0x78);
    },
  },
  {
    name: 'READ SECTOR(S) EXT and READ SECTOR(S) find the same sectors',
    machine: STANDARD,
    clause: '[ATA-6] 8.35',
    async run(driver) {
      await driver.transfer(0, 0x34, lba48(300, 1));
      await driver.giveData(0, pattern(512, 77));
      await driver.transfer(0, 0x20, lba28(300));
      expectBytes(await driver.takeData(0, 512), pattern(512, 77));
      await driver.transfer(0, 0x24, lba48(300));
      expectBytes(await driver.takeData(0, 512), pattern(512, 77));
    },
  },
  {
    name: 'a sector beyond 28 bits is not the one with the same low bits',
    machine: LARGE,
    clause: '[ATA-6] 6.2.1',
    async run(driver) {
      const far = 0x1000_0005;
      await driver.transfer(0, 0x34, lba48(far));
      await driver.giveData(0, pattern(512, 5));
      expect(await driver.status(0)).toBe(READY);
      await driver.transfer(0, 0x24, lba48(far));
      expectBytes(await driver.takeData(0, 512), pattern(512, 5));
      await driver.transfer(0, 0x20, lba28(5));
      expectBytes(await driver.takeData(0, 512), new Uint8Array(512));
    },
  },
  {
    name: 'a disk beyond 28 bits says so, and READ NATIVE MAX ADDRESS tells both sizes',
    machine: LARGE,
    clause: '[ATA-6] 8.15.23, 8.32, 8.33',
    async run(driver) {
      await driver.select(0, 0);
      await driver.command(0, 0xec);
      const block = await driver.takeData(0, 512);
      expect(word(block, 60) + word(block, 61) * 0x1_0000).toBe(0xfff_ffff);
      expect(word(block, 100) + word(block, 101) * 0x1_0000).toBe(0x1000_2000);
      await driver.out(0x1f6, 0xe0);
      await driver.command(0, 0x27);
      const registers = [3, 4, 5].map((offset) => read(0x1f0 + offset));
      expect(await driver.do(...registers)).toEqual([0xff, 0x1f, 0x00]);
      await driver.out(0x3f6, 0x80);
      expect(await driver.do(...registers)).toEqual([0x10, 0x00, 0x00]);
    },
  },
  {
    name: 'commands and the task file are ignored while the drive waits for data',
    machine: STANDARD,
    clause: '[ATA-6] 7.1, 7.4',
    async run(driver) {
      await driver.transfer(0, 0x30, lba28(40));
      await driver.out(0x1f3, 0x99);
      await driver.command(0, 0xec);
      expect(await driver.alternateStatus(0)).toBe(READY_WITH_DATA);
      expect(await driver.register(0, 3)).toBe(40);
      await driver.giveData(0, pattern(512, 8));
      expectBytes((await driver.image(0)).subarray(40 * 512, 41 * 512), pattern(512, 8));
    },
  },
  {
    name: 'the slave of a lone disk answers with a Status of zero, and takes no command',
    machine: SPARSE,
    clause: '[ATA-6] 9.16.1',
    async run(driver) {
      await driver.select(0, 1);
      expect(await driver.status(0)).toBe(0);
      await driver.command(0, 0xec);
      expect(await driver.status(0)).toBe(0);
      expect(await driver.interrupt(0)).toBe(false);
    },
  },
  {
    name: 'a lone slave is found, and there is no master beside it',
    machine: SPARSE,
    clause: '[ATA-6] 9.16.2',
    deviation: 'absent-device-0',
    async run(driver) {
      await driver.select(1, 1);
      await driver.command(1, 0xec);
      expect(await driver.status(1)).toBe(READY_WITH_DATA);
      await driver.takeData(1, 512);
      await driver.select(1, 0);
      expect(await driver.status(1)).toBe(0);
    },
  },
  {
    name: 'a double word takes the last two bytes of a block',
    machine: STANDARD,
    clause: '[ATA-6] 7.6',
    deviation: 'double-word-at-end',
    async run(driver) {
      await driver.transfer(0, 0x20, { device: 0, form: 'lba28', sector: 5, count: 1 });
      await driver.do({ kind: 'ins', port: 0x1f0, width: 2, count: 255 });
      const data = driver.initially(0, 5 * 512 + 510, 2);
      expect(await driver.in(0x1f0, 4)).toBe(data[0] | (data[1] << 8));
      expect(await driver.status(0)).toBe(READY);
    },
  },
];
