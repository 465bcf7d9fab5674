import { expect } from 'vitest';
import { BUSY, expectBytes, type IdeDriver, READY, READY_WITH_DATA } from '../driver';
import { BUS_MASTER_BASE, MEMORY_BASE, SPARSE, STANDARD } from '../machines';
import type { ConformanceCase } from '../suite';
import { START, settle, softwareReset, TO_MEMORY, write } from '../verbs';

const BUFFER = MEMORY_BASE + 0x1_0000;
const extent = (sector: number, count = 1) => ({ device: 0, form: 'lba28', sector, count }) as const;

/** Error, Sector Count and the three parts of the address, as software looks at them to tell devices apart. */
async function signature(driver: IdeDriver, channel: 0 | 1): Promise<number[]> {
  const values: number[] = [];
  for (const offset of [1, 2, 3, 4, 5]) values.push(await driver.register(channel, offset));
  return values;
}

export const resets: readonly ConformanceCase[] = [
  {
    name: 'after power-on the registers hold the signature and the diagnostic code',
    machine: STANDARD,
    clause: '[ATA-6] 9.1, 9.12',
    deviation: 'power-on',
    async run(driver) {
      expect(await signature(driver, 0)).toEqual([1, 1, 1, 0, 0]);
      expect(await driver.status(0)).toBe(READY);
      expect(await signature(driver, 1)).toEqual([1, 1, 1, 0x14, 0xeb]);
      expect(await driver.status(1)).toBe(0);
    },
  },
  {
    name: 'EXECUTE DEVICE DIAGNOSTIC leaves the signature and interrupts',
    machine: SPARSE,
    clause: '[ATA-6] 8.11, 9.12',
    async run(driver) {
      await driver.select(0, 0);
      await driver.out(0x1f4, 0x55);
      await driver.command(0, 0x90);
      expect(await driver.interrupt(0)).toBe(true);
      expect(await signature(driver, 0)).toEqual([1, 1, 1, 0, 0]);
      expect(await driver.status(0)).toBe(READY);
      expect((await driver.register(0, 6)) & 0x5f).toBe(0);
    },
  },
  {
    name: 'a diagnostic runs in device 0 although device 1 is selected',
    machine: STANDARD,
    clause: '[ATA-6] 8.11.3',
    deviation: 'diagnostic-both-devices',
    async run(driver) {
      await driver.out(0x1f4, 0x55);
      await driver.select(0, 1);
      await driver.command(0, 0x90);
      await driver.select(0, 0);
      expect(await signature(driver, 0)).toEqual([1, 1, 1, 0, 0]);
    },
  },
  {
    name: 'a diagnostic of device 1 alone does not interrupt',
    machine: SPARSE,
    clause: '[ATA-6] 9.10, states of device 1: INTRQ is for device 0 to assert',
    deviation: 'diagnostic-both-devices',
    async run(driver) {
      await driver.select(1, 1);
      await driver.command(1, 0x90);
      await driver.select(1, 1);
      expect(await driver.interrupt(1)).toBe(false);
      expect(await signature(driver, 1)).toEqual([1, 1, 1, 0, 0]);
    },
  },
  {
    name: 'a software reset leaves the signatures, and no interrupt',
    machine: STANDARD,
    clause: '[ATA-6] 9.2, 9.12',
    deviation: 'reset-interrupt',
    async run(driver) {
      for (const channel of [0, 1] as const) await driver.do(...softwareReset(channel));
      expect(await driver.interrupt(0)).toBe(false);
      expect(await signature(driver, 0)).toEqual([1, 1, 1, 0, 0]);
      expect(await driver.status(0)).toBe(READY);
      expect(await signature(driver, 1)).toEqual([1, 1, 1, 0x14, 0xeb]);
      expect(await driver.status(1)).toBe(0);
    },
  },
  {
    name: 'software tells a disk from a packet device by the signature of either reset',
    machine: STANDARD,
    clause: '[ATA-6] 9.12',
    async run(driver) {
      for (const channel of [0, 1] as const) await driver.do(...softwareReset(channel));
      expect((await signature(driver, 0)).slice(1)).toEqual([1, 1, 0, 0]);
      expect((await signature(driver, 1)).slice(1)).toEqual([1, 1, 0x14, 0xeb]);
    },
  },
  {
    name: 'a device is busy for as long as SRST is set',
    machine: STANDARD,
    clause: '[ATA-6] 9.2, state D0SR0',
    deviation: 'reset-held',
    async run(driver) {
      await driver.do(write(0x3f6, 4), settle());
      expect((await driver.alternateStatus(0)) & BUSY).toBe(BUSY);
      await driver.do(write(0x3f6, 0), settle());
      expect((await driver.alternateStatus(0)) & BUSY).toBe(0);
    },
  },
  {
    name: 'device 0 is selected after a software reset',
    machine: STANDARD,
    clause: '[ATA-6] 9.12',
    deviation: 'reset-selection',
    async run(driver) {
      await driver.select(0, 1);
      await driver.do(write(0x3f6, 4), settle(), write(0x3f6, 0), settle());
      await driver.command(0, 0xec);
      const block = await driver.takeData(0, 512);
      expect(block[2 * 6]).toBe(16);
    },
  },
  {
    name: 'a software reset in the middle of a PIO read ends the command',
    machine: STANDARD,
    clause: '[ATA-6] 9.2',
    async run(driver) {
      await driver.transfer(0, 0x20, extent(5, 4));
      await driver.takeData(0, 100);
      await driver.do(...softwareReset(0));
      expect(await driver.status(0)).toBe(READY);
      await driver.transfer(0, 0x20, extent(9));
      expect(await driver.status(0)).toBe(READY_WITH_DATA);
      expectBytes(await driver.takeData(0, 512), driver.initially(0, 9 * 512, 512));
    },
  },
  {
    name: 'a software reset in the middle of a PIO write leaves the sector alone',
    machine: STANDARD,
    clause: '[ATA-6] 9.2',
    async run(driver) {
      await driver.transfer(0, 0x30, extent(5));
      await driver.giveData(0, new Uint8Array(510));
      await driver.do(...softwareReset(0));
      await driver.giveData(0, new Uint8Array(2));
      expect(await driver.status(0)).toBe(READY);
      expectBytes(await driver.image(0), driver.initially(0, 0, 1600 * 512));
    },
  },
  {
    name: 'a software reset takes back a DMA command that waits for the host',
    machine: STANDARD,
    clause: '[ATA-6] 9.2',
    deviation: 'abandoned-dma',
    async run(driver) {
      await driver.prepareDma(0, MEMORY_BASE, [{ address: BUFFER, bytes: 512 }]);
      await driver.transfer(0, 0xc8, extent(3));
      expect(await driver.alternateStatus(0)).toBe(READY_WITH_DATA);
      await driver.do(...softwareReset(0));
      expect(await driver.status(0)).toBe(READY);
      await driver.do(write(BUS_MASTER_BASE, TO_MEMORY | START), settle());
      expectBytes(await driver.memory(BUFFER, 512), new Uint8Array(512));
    },
  },
  {
    name: 'a software reset keeps the translation and restores the block size',
    machine: STANDARD,
    clause: '[ATA-6] 9.2, [ATA-5] 8.16',
    async run(driver) {
      await driver.out(0x1f6, 0xa2);
      await driver.out(0x1f2, 7);
      await driver.command(0, 0x91);
      await driver.out(0x1f2, 0);
      await driver.command(0, 0xc6);
      await driver.do(...softwareReset(0));
      await driver.transfer(0, 0x20, { device: 0, form: 'chs', sector: 0x1101, count: 1 });
      expectBytes(await driver.takeData(0, 512), driver.initially(0, (1 * 3 + 1) * 7 * 512, 512));
      await driver.transfer(0, 0xc4, extent(0, 16));
      expectBytes(await driver.takeData(0, 16 * 512), driver.initially(0, 0, 16 * 512));
    },
  },
  {
    name: 'SET FEATURES 66h keeps the settings over a software reset, CCh lets them revert',
    machine: STANDARD,
    clause: '[ATA-6] 8.46.14',
    deviation: 'settings-kept',
    async run(driver) {
      for (const [feature, wanted] of [
        [0x66, 0x0102],
        [0xcc, 0x0110],
      ]) {
        await driver.select(0, 0);
        await driver.out(0x1f1, feature);
        await driver.command(0, 0xef);
        await driver.out(0x1f2, 2);
        await driver.command(0, 0xc6);
        await driver.do(...softwareReset(0));
        await driver.command(0, 0xec);
        const block = await driver.takeData(0, 512);
        expect(block[2 * 59] | (block[2 * 59 + 1] << 8)).toBe(wanted);
      }
    },
  },
  {
    name: 'nothing that was written before a reset shows behind HOB',
    machine: STANDARD,
    clause: '[ATA-6] 9.12; 6.20 leaves it open',
    async run(driver) {
      for (const value of [0x11, 0x22]) {
        for (const port of [0x1f2, 0x1f3, 0x1f4, 0x1f5]) await driver.out(port, value);
      }
      await driver.do(...softwareReset(0), write(0x3f6, 0x80));
      for (const offset of [2, 3, 4, 5]) expect(await driver.register(0, offset)).toBe(0);
    },
  },
];
