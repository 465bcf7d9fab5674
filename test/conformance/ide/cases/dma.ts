import { expect } from 'vitest';
import { ABORTED, ABORTED_STATUS, expectBytes, type IdeDriver, READY, READY_WITH_DATA } from '../driver';
import { BUS_MASTER_BASE, MEMORY_BASE, STANDARD } from '../machines';
import type { ConformanceCase } from '../suite';
import { type Region, settle, store, TO_MEMORY, write } from '../verbs';

const TABLE = MEMORY_BASE;
const BUFFER = MEMORY_BASE + 0x1_0000;
const SECTORS = 1600;

/** ACTIVE and INTR of the bus-master status. [SFF-8038i] 3.2 */
const ACTIVE = 0x01;
const INTERRUPT = 0x04;

const extent = (sector: number, count = 1) => ({ device: 0, form: 'lba28', sector, count }) as const;

/** A read from sector 0, from the table to the moment at which the engine has done what it will do. */
async function readByDma(driver: IdeDriver, sectors: number, regions: readonly Region[]): Promise<void> {
  await driver.prepareDma(0, TABLE, regions);
  await driver.transfer(0, 0xc8, extent(0, sectors & 0xff));
  await driver.startDma(0);
}

async function stop(driver: IdeDriver): Promise<void> {
  await driver.do(write(BUS_MASTER_BASE, 0), settle());
}

/** The line and INTR of the bus master are the same thing until either is cleared. */
async function expectInterrupt(driver: IdeDriver, wanted: boolean): Promise<void> {
  expect(await driver.interrupt(0)).toBe(wanted);
  expect((await driver.dmaStatus(0)) & INTERRUPT).toBe(wanted ? INTERRUPT : 0);
}

function expectedStatus(bytes: number, described: number): number {
  if (described < bytes) return 0;
  return described === bytes ? INTERRUPT : ACTIVE | INTERRUPT;
}

/** All sizes of a single region in steps of 256 bytes, for one number of sectors. */
function regionSizes(sectors: number, abandoned: boolean): ConformanceCase {
  return {
    name: `one region of 0 to 65280 bytes for ${sectors} sectors${abandoned ? ', engine stopped before it could start' : ''}`,
    machine: STANDARD,
    clause: '[SFF-8038i] 1.2, 3.2',
    async run(driver) {
      for (let size = 0; size < 0x1_0000; size += 256) {
        await driver.prepareDma(0, TABLE, [{ address: BUFFER, bytes: size }]);
        if (abandoned) {
          await driver.do(write(BUS_MASTER_BASE, TO_MEMORY), settle());
          expect(await driver.dmaStatus(0)).toBe(0);
        }
        await driver.transfer(0, 0xc8, extent(0, sectors & 0xff));
        await driver.startDma(0);
        expect(await driver.dmaStatus(0), `${size} bytes`).toBe(expectedStatus(sectors * 512, size || 0x1_0000));
        expect(await driver.status(0)).toBe(READY);
        await stop(driver);
        expect((await driver.dmaStatus(0)) & ACTIVE).toBe(0);
      }
    },
  };
}

export const dma: readonly ConformanceCase[] = [
  {
    name: 'READ DMA waits for the engine, moves the data and interrupts once',
    machine: STANDARD,
    clause: '[ATA-6] 8.25, 9.7; [SFF-8038i] 3',
    async run(driver) {
      await driver.prepareDma(0, TABLE, [{ address: BUFFER, bytes: 1024 }]);
      await driver.transfer(0, 0xc8, extent(7, 2));
      expect(await driver.alternateStatus(0)).toBe(READY_WITH_DATA);
      await expectInterrupt(driver, false);
      await driver.startDma(0);
      await expectInterrupt(driver, true);
      expect(await driver.dmaStatus(0)).toBe(INTERRUPT);
      expect(await driver.status(0)).toBe(READY);
      expect(await driver.interrupt(0)).toBe(false);
      expect(await driver.dmaStatus(0)).toBe(INTERRUPT);
      await driver.out(BUS_MASTER_BASE + 2, INTERRUPT);
      expect(await driver.dmaStatus(0)).toBe(0);
      expectBytes(await driver.memory(BUFFER, 1024), driver.initially(0, 7 * 512, 1024));
      expectBytes(await driver.memory(BUFFER + 1024, 64), new Uint8Array(64));
    },
  },
  {
    name: 'the engine may be started before the command',
    machine: STANDARD,
    clause: '[SFF-8038i] 3.1',
    async run(driver) {
      await driver.prepareDma(0, TABLE, [{ address: BUFFER, bytes: 512 }]);
      await driver.startDma(0);
      expect(await driver.dmaStatus(0)).toBe(ACTIVE);
      await driver.transfer(0, 0xc8, extent(11));
      await expectInterrupt(driver, true);
      expectBytes(await driver.memory(BUFFER, 512), driver.initially(0, 11 * 512, 512));
    },
  },
  {
    name: 'WRITE DMA takes what memory holds, over regions that lie apart',
    machine: STANDARD,
    clause: '[ATA-6] 8.55; [SFF-8038i] 1.2',
    async run(driver) {
      const data = Uint8Array.from({ length: 1536 }, (_, index) => (index * 5 + (index >> 7)) & 0xff);
      const regions = [
        { address: BUFFER + 0x3000, bytes: 2 },
        { address: BUFFER, bytes: 1000 },
        { address: BUFFER + 0x1000, bytes: 534 },
      ];
      let at = 0;
      for (const { address, bytes } of regions) {
        await driver.do(store(address, data.subarray(at, at + bytes)));
        at += bytes;
      }
      await driver.prepareDma(0, TABLE, regions);
      await driver.transfer(0, 0xca, extent(50, 3));
      await driver.startDma(0, 0);
      await expectInterrupt(driver, true);
      expectBytes((await driver.image(0)).subarray(50 * 512, 53 * 512), data);
    },
  },
  {
    name: '48-bit DMA moves more than 256 sectors',
    machine: STANDARD,
    clause: '[ATA-6] 8.26',
    async run(driver) {
      const regions = [0, 1, 2].map((index) => ({ address: BUFFER + index * 0x1_0000, bytes: index < 2 ? 0 : 0x4000 }));
      await driver.prepareDma(0, TABLE, regions);
      await driver.transfer(0, 0x25, { device: 0, form: 'lba48', sector: 100, count: 288 });
      await driver.startDma(0);
      expect(await driver.dmaStatus(0)).toBe(INTERRUPT);
      expect(await driver.status(0)).toBe(READY);
      expectBytes(await driver.memory(BUFFER, 288 * 512), driver.initially(0, 100 * 512, 288 * 512));
    },
  },
  {
    name: 'a table that is too short moves nothing and does not interrupt',
    machine: STANDARD,
    clause: '[SFF-8038i] 3.2',
    async run(driver) {
      await readByDma(driver, 4, [
        { address: BUFFER, bytes: 1024 },
        { address: BUFFER + 1024, bytes: 1022 },
      ]);
      await expectInterrupt(driver, false);
      expect(await driver.dmaStatus(0)).toBe(0);
      expect(await driver.status(0)).toBe(READY);
      expectBytes(await driver.memory(BUFFER, 2048), new Uint8Array(2048));
    },
  },
  {
    name: 'a table that is too long leaves the engine active and the rest of memory alone',
    machine: STANDARD,
    clause: '[SFF-8038i] 3.2',
    async run(driver) {
      await readByDma(driver, 2, [
        { address: BUFFER, bytes: 1000 },
        { address: BUFFER + 1000, bytes: 4096 },
      ]);
      await expectInterrupt(driver, true);
      expect(await driver.dmaStatus(0)).toBe(ACTIVE | INTERRUPT);
      expectBytes(await driver.memory(BUFFER, 1024), driver.initially(0, 0, 1024));
      expectBytes(await driver.memory(BUFFER + 1024, 4096), new Uint8Array(4096));
      await stop(driver);
      expect(await driver.dmaStatus(0)).toBe(INTERRUPT);
    },
  },
  ...[1, 2, 4, 8, 16, 32, 64, 128, 256].map((sectors) => regionSizes(sectors, false)),
  ...[1, 128, 256].map((sectors) => regionSizes(sectors, true)),
  {
    name: 'DMA beyond the end of the disk is aborted with an interrupt',
    machine: STANDARD,
    clause: '[ATA-6] 8.25.6',
    async run(driver) {
      await driver.prepareDma(0, TABLE, [{ address: BUFFER, bytes: 1024 }]);
      await driver.transfer(0, 0xc8, extent(SECTORS - 1, 2));
      await driver.startDma(0);
      await expectInterrupt(driver, true);
      expect(await driver.register(0, 1)).toBe(ABORTED);
      expect(await driver.status(0)).toBe(ABORTED_STATUS);
      expectBytes(await driver.memory(BUFFER, 1024), new Uint8Array(1024));
    },
  },
  {
    name: 'the interrupt of a PIO command sets INTR too',
    machine: STANDARD,
    clause: '[SFF-8038i] 3.2',
    async run(driver) {
      await driver.out(BUS_MASTER_BASE + 2, INTERRUPT);
      await driver.select(0, 0);
      await driver.command(0, 0xec);
      await expectInterrupt(driver, true);
    },
  },
  {
    name: 'with bus mastering off in PCI the engine waits and memory stays as it is',
    machine: STANDARD,
    clause: '[PIIX3] 2.3.3, bus master enable',
    deviation: 'bus-master-disabled',
    async run(driver) {
      await driver.do(write(0xcf8, 0x8000_0904, 4), write(0xcfc, 0x0001, 2));
      await readByDma(driver, 1, [{ address: BUFFER, bytes: 512 }]);
      await expectInterrupt(driver, false);
      expect(await driver.dmaStatus(0)).toBe(ACTIVE);
      expectBytes(await driver.memory(BUFFER, 512), new Uint8Array(512));
      await driver.do(write(0xcfc, 0x0005, 2), settle());
      await expectInterrupt(driver, true);
      expectBytes(await driver.memory(BUFFER, 512), driver.initially(0, 0, 512));
    },
  },
  {
    name: 'an engine that is stopped moves nothing more, and another start goes on',
    machine: STANDARD,
    clause: '[SFF-8038i] 3.1, bit 0',
    deviation: 'bus-master-stopped',
    async run(driver) {
      await driver.prepareDma(0, TABLE, [{ address: BUFFER, bytes: 512 }]);
      await driver.transfer(0, 0xc8, extent(3));
      await driver.do(write(BUS_MASTER_BASE, TO_MEMORY | 1), write(BUS_MASTER_BASE, 0), settle());
      expectBytes(await driver.memory(BUFFER, 512), new Uint8Array(512));
      await expectInterrupt(driver, false);
      await driver.startDma(0);
      await expectInterrupt(driver, true);
      expectBytes(await driver.memory(BUFFER, 512), driver.initially(0, 3 * 512, 512));
    },
  },
  {
    name: 'a table pointer written while the engine is active waits for the next start',
    machine: STANDARD,
    clause: '[SFF-8038i] 3.1, bit 0; 3.3',
    deviation: 'table-pointer',
    async run(driver) {
      await driver.prepareDma(0, TABLE, [{ address: BUFFER, bytes: 512 }]);
      await driver.startDma(0);
      await driver.out(BUS_MASTER_BASE + 4, TABLE + 0x1000, 4);
      await driver.transfer(0, 0xc8, extent(3));
      await expectInterrupt(driver, true);
      expectBytes(await driver.memory(BUFFER, 512), driver.initially(0, 3 * 512, 512));
    },
  },
  {
    name: 'a second command on an engine that is still active finds nothing left of the table',
    machine: STANDARD,
    clause: '[SFF-8038i] 1.2: the end of the table',
    deviation: 'table-end',
    async run(driver) {
      await readByDma(driver, 1, [{ address: BUFFER, bytes: 4096 }]);
      expect(await driver.dmaStatus(0)).toBe(ACTIVE | INTERRUPT);
      expect(await driver.status(0)).toBe(READY);
      await driver.out(BUS_MASTER_BASE + 2, INTERRUPT);
      await driver.transfer(0, 0xc8, extent(1));
      await expectInterrupt(driver, false);
      expect(await driver.dmaStatus(0)).toBe(0);
      expect(await driver.status(0)).toBe(READY);
    },
  },
];
