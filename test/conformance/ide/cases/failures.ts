import { expect } from 'vitest';
import { ABORTED, ABORTED_STATUS, expectBytes, type IdeDriver, READY_WITH_DATA } from '../driver';
import { BAD_SECTORS, FAILING, MEMORY_BASE, UNREADABLE, UNWRITABLE } from '../machines';
import type { ConformanceCase } from '../suite';
import { type Extent, settle, softwareReset, write } from '../verbs';

const TABLE = MEMORY_BASE;
const BUFFER = MEMORY_BASE + 0x1_0000;
const FAILED_STATUS = 0x51;
const UNCORRECTABLE = 0x40;
const WRITE_PROTECTED = 0x40;
const MEDIUM_ERROR_STATUS = 0x41;
const MEDIUM_ERROR_KEY = 0x30;
/** Disk 1 of `FAILING` is write-protected, 2 cannot flush, drive 3 has a disc that cannot be read. */
const FIRST_OF_DISK = { device: 0, form: 'lba28', sector: 0, count: 1 } as const;

const extent = (sector: number, count: number, device: 0 | 1 = 0): Extent => ({
  device,
  form: 'lba28',
  sector,
  count,
});

async function expectFailure(driver: IdeDriver, sector: number, status: number, error: number): Promise<void> {
  expect(await driver.interrupt(0)).toBe(true);
  expect(await driver.alternateStatus(0)).toBe(status);
  expect(await driver.register(0, 1)).toBe(error);
  const [low, mid, high] = [await driver.register(0, 3), await driver.register(0, 4), await driver.register(0, 5)];
  expect(low | (mid << 8) | (high << 16)).toBe(sector);
  expect(await driver.status(0)).toBe(status);
}

/** QEMU has disks with bad sectors, the others of `FAILING` not. */
export const failures: readonly ConformanceCase[] = [
  {
    name: 'a PIO read gives the sectors before one that cannot be read, then names it',
    machine: BAD_SECTORS,
    clause: '[ATA-6] 8.34.6',
    deviation: 'unreadable-sector',
    async run(driver) {
      await driver.transfer(0, 0x20, extent(UNREADABLE - 2, 4));
      for (const sector of [UNREADABLE - 2, UNREADABLE - 1]) {
        expect(await driver.status(0)).toBe(READY_WITH_DATA);
        expectBytes(await driver.takeData(0, 512), driver.initially(0, sector * 512, 512));
      }
      await expectFailure(driver, UNREADABLE, FAILED_STATUS, UNCORRECTABLE);
    },
  },
  {
    name: 'READ MULTIPLE, READ VERIFY and READ DMA name the sector that cannot be read',
    machine: BAD_SECTORS,
    clause: '[ATA-6] 8.25.6, 8.30.6, 8.36.6',
    deviation: 'unreadable-sector',
    async run(driver) {
      for (const code of [0xc4, 0x40]) {
        await driver.transfer(0, code, extent(UNREADABLE - 3, 8));
        await expectFailure(driver, UNREADABLE, FAILED_STATUS, UNCORRECTABLE);
      }
      await driver.prepareDma(0, TABLE, [{ address: BUFFER, bytes: 4096 }]);
      await driver.transfer(0, 0xc8, extent(UNREADABLE - 3, 8));
      await driver.startDma(0);
      expect(await driver.dmaStatus(0)).toBe(4);
      await expectFailure(driver, UNREADABLE, FAILED_STATUS, UNCORRECTABLE);
    },
  },
  {
    name: 'a PIO write stores the sectors before one that cannot be written, then aborts at it',
    machine: BAD_SECTORS,
    clause: '[ATA-6] 8.62.6',
    async run(driver) {
      const data = new Uint8Array(512).fill(0x5a);
      await driver.transfer(0, 0x30, extent(UNWRITABLE - 1, 3));
      await driver.giveData(0, data);
      expect(await driver.status(0)).toBe(READY_WITH_DATA);
      await driver.giveData(0, data);
      await expectFailure(driver, UNWRITABLE, ABORTED_STATUS, ABORTED);
      const image = await driver.image(0);
      expectBytes(image.slice((UNWRITABLE - 1) * 512, UNWRITABLE * 512), data);
      expectBytes(image.slice(UNWRITABLE * 512, (UNWRITABLE + 2) * 512), driver.initially(0, UNWRITABLE * 512, 1024));
    },
  },
  {
    name: 'WRITE MULTIPLE and WRITE DMA store what comes before the bad sector',
    machine: BAD_SECTORS,
    clause: '[ATA-6] 8.58.6, 8.60.6',
    deviation: 'unwritable-sector',
    async run(driver) {
      const data = new Uint8Array(1024).fill(0xa5);
      await driver.transfer(0, 0xc5, extent(UNWRITABLE - 1, 2));
      await driver.giveData(0, data);
      await expectFailure(driver, UNWRITABLE, ABORTED_STATUS, ABORTED);
      expectBytes((await driver.image(0)).slice((UNWRITABLE - 1) * 512, UNWRITABLE * 512), data.slice(512));
      await driver.prepareDma(0, TABLE, [{ address: BUFFER, bytes: 1024 }]);
      await driver.transfer(0, 0xca, extent(UNWRITABLE - 1, 2));
      await driver.startDma(0, 0);
      expect(await driver.dmaStatus(0)).toBe(4);
      await expectFailure(driver, UNWRITABLE, ABORTED_STATUS, ABORTED);
      expectBytes((await driver.image(0)).slice((UNWRITABLE - 1) * 512, UNWRITABLE * 512), new Uint8Array(512));
    },
  },
  {
    name: 'the end of a file that is too short is as a bad sector',
    machine: FAILING,
    clause: '[ATA-6] 8.34.6',
    qemuHasNone: true,
    async run(driver) {
      await driver.transfer(0, 0xc4, extent(898, 8));
      await expectFailure(driver, 900, FAILED_STATUS, UNCORRECTABLE);
    },
  },
  {
    name: 'a write-protected disk refuses every write at once, and can be read',
    machine: FAILING,
    clause: '[ATA-6] 8.62.6, bit WP',
    qemuHasNone: true,
    async run(driver) {
      for (const code of [0x30, 0xc5, 0xca]) {
        await driver.transfer(0, code, extent(7, 1, 1));
        await expectFailure(driver, 7, FAILED_STATUS, WRITE_PROTECTED | ABORTED);
      }
      await driver.transfer(0, 0x20, extent(7, 1, 1));
      expectBytes(await driver.takeData(0, 512), driver.initially(1, 7 * 512, 512));
    },
  },
  {
    name: 'a flush that fails is aborted, and the next command works',
    machine: FAILING,
    clause: '[ATA-6] 8.12.6',
    qemuHasNone: true,
    async run(driver) {
      await driver.select(1, 0);
      await driver.command(1, 0xe7);
      expect(await driver.register(1, 1)).toBe(ABORTED);
      expect(await driver.status(1)).toBe(ABORTED_STATUS);
      await driver.transfer(1, 0x20, FIRST_OF_DISK);
      expectBytes(await driver.takeData(1, 512), driver.initially(2, 0, 512));
    },
  },
  {
    name: 'a disc that cannot be read is a medium error, by PIO and by DMA',
    machine: FAILING,
    clause: '[MMC-3] READ (10); [SPC-3] 4.5.6, 11h/00h',
    qemuHasNone: true,
    async run(driver) {
      for (const dma of [false, true]) {
        await driver.prepareDma(1, TABLE, [{ address: BUFFER, bytes: 2048 }]);
        await driver.packet(1, 1, [0x28, 0, 0, 0, 0, 9, 0, 0, 1], { dma });
        if (dma) await driver.startDma(1);
        expect(await driver.register(1, 1)).toBe(MEDIUM_ERROR_KEY);
        expect(await driver.interrupt(1)).toBe(true);
        expect(await driver.status(1)).toBe(MEDIUM_ERROR_STATUS);
      }
    },
  },
  {
    name: 'a request that is never answered leaves a drive that can be reset, and the other channel goes on',
    machine: FAILING,
    clause: '[ATA-6] 9.2',
    qemuHasNone: true,
    async run(driver) {
      const secondary = 2;
      await driver.do(write(0x1f6, 0xe0), write(0x1f2, 1), write(0x1f3, 1), write(0x1f4, 0), write(0x1f5, 0));
      await driver.do(write(0x1f7, 0x20), settle(secondary));
      expect((await driver.alternateStatus(0)) & 0x80).toBe(0x80);
      await driver.do(write(0x176, 0xe0), write(0x172, 1), write(0x173, 3), write(0x174, 0), write(0x175, 0));
      await driver.do(write(0x177, 0x20), settle(secondary));
      expect(await driver.status(1)).toBe(READY_WITH_DATA);
      const wide = 2;
      const words = await driver.do({ kind: 'ins', port: 0x170, width: wide, count: 256 });
      expect(words[0]).toBe(new DataView(driver.initially(2, 3 * 512, 2).buffer).getUint16(0, true));
      await driver.do(...softwareReset(0).map((step) => (step.kind === 'settle' ? settle(secondary) : step)));
      expect(await driver.status(0)).toBe(0x50);
      await driver.transfer(0, 0x20, extent(2, 1));
      expectBytes(await driver.takeData(0, 512), driver.initially(0, 2 * 512, 512));
    },
  },
];
