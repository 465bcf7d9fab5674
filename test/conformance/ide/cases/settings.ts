import { expect } from 'vitest';
import { ABORTED, ABORTED_STATUS, expectBytes, type IdeDriver, READY, READY_WITH_DATA } from '../driver';
import { EMPTY_TRAY, STANDARD } from '../machines';
import type { ConformanceCase } from '../suite';

const word = (block: Uint8Array, index: number): number => block[2 * index] | (block[2 * index + 1] << 8);

async function identify(driver: IdeDriver): Promise<Uint8Array> {
  await driver.select(0, 0);
  await driver.command(0, 0xec);
  return driver.takeData(0, 512);
}

async function setFeatures(driver: IdeDriver, feature: number, count = 0): Promise<void> {
  await driver.select(0, 0);
  await driver.out(0x1f1, feature);
  await driver.out(0x1f2, count);
  await driver.command(0, 0xef);
}

async function smart(driver: IdeDriver, feature: number, { key = 0xc24f, low = 0, count = 1 } = {}): Promise<void> {
  await driver.select(0, 0);
  await driver.out(0x1f1, feature);
  await driver.out(0x1f2, count);
  await driver.out(0x1f3, low);
  await driver.out(0x1f4, key & 0xff);
  await driver.out(0x1f5, key >> 8);
  await driver.command(0, 0xb0);
}

async function powerMode(driver: IdeDriver): Promise<number> {
  await driver.select(0, 0);
  await driver.command(0, 0xe5);
  return driver.register(0, 2);
}

export const settings: readonly ConformanceCase[] = [
  {
    name: 'NOP and codes without a command are aborted with an interrupt',
    machine: STANDARD,
    clause: '[ATA-6] 8.22, 6.2',
    async run(driver) {
      for (const code of [0x00, 0x08, 0x1f, 0x50, 0x8f, 0xa0, 0xa1, 0xd0, 0xff]) {
        await driver.select(0, 0);
        await driver.command(0, code);
        expect(await driver.interrupt(0)).toBe(true);
        expect(await driver.register(0, 1)).toBe(ABORTED);
        expect(await driver.status(0)).toBe(ABORTED_STATUS);
      }
    },
  },
  {
    name: 'the transfer mode that SET FEATURES selects shows in IDENTIFY DEVICE',
    machine: STANDARD,
    clause: '[ATA-6] 8.46.11, words 63 and 88',
    async run(driver) {
      for (const [count, multiword, ultra] of [
        [0x22, 0x04, 0x00],
        [0x42, 0x00, 0x04],
        [0x45, 0x00, 0x20],
        [0x0c, 0x00, 0x00],
      ]) {
        await setFeatures(driver, 0x03, count);
        expect(await driver.status(0)).toBe(READY);
        const block = await identify(driver);
        expect([word(block, 63) >> 8, word(block, 88) >> 8]).toEqual([multiword, ultra]);
      }
      await setFeatures(driver, 0x03, 0xff);
      expect(await driver.status(0)).toBe(ABORTED_STATUS);
    },
  },
  {
    name: 'the write cache can be switched, and shows it',
    machine: STANDARD,
    clause: '[ATA-6] 8.46.6, word 85',
    async run(driver) {
      await setFeatures(driver, 0x82);
      expect(word(await identify(driver), 85) & 0x20).toBe(0);
      await setFeatures(driver, 0x02);
      expect(word(await identify(driver), 85) & 0x20).toBe(0x20);
    },
  },
  {
    name: 'SET FEATURES refuses a subcommand that there is not',
    machine: STANDARD,
    clause: '[ATA-6] 8.46.6',
    async run(driver) {
      await setFeatures(driver, 0x77);
      expect(await driver.status(0)).toBe(ABORTED_STATUS);
      expect(await driver.register(0, 1)).toBe(ABORTED);
    },
  },
  {
    name: 'word 59 follows SET MULTIPLE MODE',
    machine: STANDARD,
    clause: '[ATA-6] 8.15.24',
    deviation: 'identify-current-settings',
    async run(driver) {
      await driver.select(0, 0);
      await driver.out(0x1f2, 8);
      await driver.command(0, 0xc6);
      expect(word(await identify(driver), 59)).toBe(0x0108);
    },
  },
  {
    name: 'SMART answers only with its key, and only while it is enabled',
    machine: STANDARD,
    clause: '[ATA-6] 8.51',
    async run(driver) {
      await smart(driver, 0xda, { key: 0x1234 });
      expect(await driver.status(0)).toBe(ABORTED_STATUS);
      await smart(driver, 0xd9);
      expect(await driver.status(0)).toBe(READY);
      await smart(driver, 0xda);
      expect(await driver.status(0)).toBe(ABORTED_STATUS);
      await smart(driver, 0xd8);
      expect(await driver.status(0)).toBe(READY);
      await smart(driver, 0xda);
      expect([await driver.register(0, 4), await driver.register(0, 5)]).toEqual([0x4f, 0xc2]);
    },
  },
  {
    name: 'SMART data sums to zero',
    machine: STANDARD,
    clause: '[ATA-6] 8.51.6',
    async run(driver) {
      for (const [feature, low] of [
        [0xd0, 0],
        [0xd1, 0],
        [0xd5, 1],
        [0xd5, 6],
      ]) {
        await smart(driver, feature, { low });
        expect(await driver.status(0)).toBe(READY_WITH_DATA);
        const block = await driver.takeData(0, 512);
        expect(block.reduce((sum, byte) => sum + byte, 0) & 0xff).toBe(0);
      }
    },
  },
  {
    name: 'SMART self-tests can be started',
    machine: STANDARD,
    clause: '[ATA-6] 8.51.4',
    async run(driver) {
      for (const routine of [0, 1, 2]) {
        await smart(driver, 0xd4, { low: routine });
        expect(await driver.status(0)).toBe(READY);
      }
      await smart(driver, 0xd4, { low: 0x55 });
      expect(await driver.status(0)).toBe(ABORTED_STATUS);
    },
  },
  {
    name: 'a SMART self-test is in the log afterwards',
    machine: STANDARD,
    clause: '[ATA-6] 8.51.6.8.3',
    async run(driver) {
      await smart(driver, 0xd4, { low: 1 });
      await smart(driver, 0xd5, { low: 6 });
      const log = await driver.takeData(0, 512);
      expect([log[2], log[3], log[508]]).toEqual([1, 0, 1]);
    },
  },
  {
    name: 'the SMART self-test log starts over after 21 tests',
    machine: STANDARD,
    clause: '[ATA-6] 8.51.6.8.3',
    async run(driver) {
      for (let test = 0; test < 23; test++) await smart(driver, 0xd4, { low: test < 21 ? 1 : 2 });
      await smart(driver, 0xd5, { low: 6 });
      const log = await driver.takeData(0, 512);
      expect([log[2], log[26], log[50], log[2 + 20 * 24], log[508]]).toEqual([2, 2, 1, 1, 2]);
    },
  },
  {
    name: 'the directory of the SMART logs names those that there are',
    machine: STANDARD,
    clause: '[ATA-6] 8.51.6.8, table 50',
    deviation: 'smart-read-log',
    async run(driver) {
      await smart(driver, 0xd5);
      const directory = await driver.takeData(0, 512);
      expect([word(directory, 0), word(directory, 1), word(directory, 6)]).toEqual([1, 1, 1]);
    },
  },
  {
    name: 'an interrupt stays pending in its device while the other is selected, or nIEN is set',
    machine: STANDARD,
    clause: '[ATA-6] 5.2.9, 7.8',
    deviation: 'interrupt-pending',
    async run(driver) {
      await driver.select(0, 1);
      await driver.command(0, 0xe5);
      await driver.select(0, 0);
      expect(await driver.interrupt(0)).toBe(false);
      await driver.select(0, 1);
      expect(await driver.interrupt(0)).toBe(true);
      await driver.out(0x3f6, 0x02);
      expect(await driver.interrupt(0)).toBe(false);
      await driver.out(0x3f6, 0x00);
      expect(await driver.interrupt(0)).toBe(true);
    },
  },
  {
    name: 'a transfer mode that the drive does not have is refused',
    machine: STANDARD,
    clause: '[ATA-6] 8.46.11',
    deviation: 'set-features-unsupported',
    async run(driver) {
      for (const count of [0x07, 0x0d, 0x10, 0x23, 0x46]) {
        await setFeatures(driver, 0x03, count);
        expect(await driver.status(0)).toBe(ABORTED_STATUS);
      }
    },
  },
  {
    name: 'the mandatory power management is there, and IDENTIFY DEVICE says so',
    machine: STANDARD,
    clause: '[ATA-6] 8.15.34, word 82 bit 3',
    deviation: 'identify-contents',
    async run(driver) {
      const block = await identify(driver);
      expect([word(block, 82) & 8, word(block, 85) & 8]).toEqual([8, 8]);
      expect(block.reduce((sum, byte) => sum + byte, 0) & 0xff).toBe(0);
    },
  },
  {
    name: 'CHECK POWER MODE tells standby, and a read ends it',
    machine: STANDARD,
    clause: '[ATA-6] 8.7, 6.10',
    deviation: 'standby-shows',
    async run(driver) {
      expect(await powerMode(driver)).toBe(0xff);
      await driver.command(0, 0xe0);
      expect(await powerMode(driver)).toBe(0x00);
      await driver.transfer(0, 0x20, { device: 0, form: 'lba28', sector: 0, count: 1 });
      await driver.takeData(0, 512);
      expect(await powerMode(driver)).toBe(0xff);
    },
  },
  {
    name: 'the power commands interrupt',
    machine: STANDARD,
    clause: '[ATA-6] 8.17, 8.18, 8.52, 8.53',
    async run(driver) {
      for (const code of [0xe0, 0xe1, 0xe2, 0xe3, 0xe5]) {
        await driver.select(0, 0);
        await driver.command(0, code);
        expect(await driver.interrupt(0)).toBe(true);
        expect((await driver.status(0)) & 0xe9).toBe(0x40);
      }
    },
  },
  {
    name: 'FLUSH CACHE and FLUSH CACHE EXT end with an interrupt',
    machine: STANDARD,
    clause: '[ATA-6] 8.12, 8.13',
    async run(driver) {
      for (const code of [0xe7, 0xea]) {
        await driver.transfer(0, 0x30, { device: 0, form: 'lba28', sector: 1, count: 1 });
        await driver.giveData(0, new Uint8Array(512).fill(code));
        await driver.status(0);
        await driver.command(0, code);
        expect(await driver.interrupt(0)).toBe(true);
        expect(await driver.status(0)).toBe(READY);
        expectBytes((await driver.image(0)).subarray(512, 1024), new Uint8Array(512).fill(code));
      }
    },
  },
  {
    name: 'FLUSH CACHE to an empty drive, and to none, terminates',
    machine: EMPTY_TRAY,
    clause: '[ATA-6] 8.12.6',
    async run(driver) {
      await driver.select(0, 1);
      await driver.command(0, 0xe7);
      expect((await driver.status(0)) & 0x89).toBe(0x01);
      await driver.select(1, 1);
      await driver.command(1, 0xe7);
      expect(await driver.status(1)).toBe(0);
    },
  },
  {
    name: 'with nIEN set no interrupt comes, and Status tells all the same',
    machine: STANDARD,
    clause: '[ATA-6] 7.8',
    async run(driver) {
      await driver.out(0x3f6, 0x02);
      await identify(driver);
      await driver.command(0, 0xec);
      expect(await driver.interrupt(0)).toBe(false);
      expect(await driver.alternateStatus(0)).toBe(READY_WITH_DATA);
    },
  },
  {
    name: 'Alternate Status leaves the interrupt pending, Status and a new command end it',
    machine: STANDARD,
    clause: '[ATA-6] 7.3, 7.4, 7.15',
    async run(driver) {
      await driver.select(0, 0);
      await driver.command(0, 0xe5);
      await driver.alternateStatus(0);
      expect(await driver.interrupt(0)).toBe(true);
      await driver.status(0);
      expect(await driver.interrupt(0)).toBe(false);
      await driver.command(0, 0xe5);
      await driver.transfer(0, 0x30, { device: 0, form: 'lba28', sector: 0, count: 1 });
      expect(await driver.interrupt(0)).toBe(false);
    },
  },
];
