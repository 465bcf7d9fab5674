import { beforeEach, describe, expect, it } from 'vitest';
import type { MemoryDisk } from '../../../pv-drivers/backend/memory-disk';
import {
  BUS_MASTER,
  DATA,
  firstDifference,
  IdeDriver,
  PCI_DEVICES,
  patternDisk,
  READY,
  writeConfig,
} from './ide-driver';

const SECTORS = 4096;
const TABLE = 0x10000;
const BUFFER = 0x100000;
let disk: MemoryDisk;
let ide: IdeDriver;

beforeEach(async () => {
  disk = patternDisk(SECTORS);
  ide = await IdeDriver.create({ drives: [{ disk, cdrom: false }], devices: PCI_DEVICES, ramBytes: 8 * 2 ** 20 });
  ide.device.memory.fill(0, BUFFER, 0x400000);
  ide.enableBusMaster();
});

function sectors(first: number, count: number): Uint8Array {
  return disk.bytes.slice(first * 512, (first + count) * 512);
}

function memory(address: number, bytes: number): Uint8Array {
  return ide.device.memory.slice(address, address + bytes);
}

function readDma(first: number, count: number, regions: readonly (readonly [number, number])[]): void {
  ide.describe(TABLE, regions);
  ide.address28(first, count);
  ide.command(0xc8);
  ide.startBusMaster(true);
  ide.settle();
}

describe('bus-master registers', () => {
  it('can be read and written in any width', () => {
    ide.device.write(BUS_MASTER + 4, 0x12345677, 4);
    expect(ide.device.read(BUS_MASTER + 4, 4)).toBe(0x12345674);
    ide.device.write(BUS_MASTER + 6, 0xabcd, 2);
    expect(ide.device.read(BUS_MASTER + 4, 4)).toBe(0xabcd5674);
    ide.device.write(BUS_MASTER + 2, 0xff);
    expect(ide.device.read(BUS_MASTER, 4)).toBe(0xff60ff00);
    expect(ide.device.read(BUS_MASTER + 12, 4)).toBe(0);
    expect(ide.device.read(BUS_MASTER + 15, 2)).toBe(0xff00);
  });

  it('are not there while the function decodes no I/O', () => {
    ide.enableBusMaster(4);
    expect(ide.device.read(BUS_MASTER, 1)).toBe(0xff);
    ide.enableBusMaster(5);
    expect(ide.device.read(BUS_MASTER, 1)).toBe(0);
  });
});

describe('READ DMA', () => {
  it('shows DRQ until the bus master is started, and interrupts once at the end', () => {
    ide.describe(TABLE, [[BUFFER, 1024]]);
    ide.address28(10, 2);
    ide.command(0xc8);
    expect([ide.alternateStatus, ide.irq, ide.busMasterStatus]).toEqual([DATA, 0, 0]);
    ide.startBusMaster(true);
    expect([ide.alternateStatus, ide.irq, ide.busMasterStatus]).toEqual([DATA, 0, 1]);
    ide.settle();
    expect([ide.alternateStatus, ide.irq, ide.busMasterStatus]).toEqual([READY, 1, 4]);
    expect(firstDifference(memory(BUFFER, 1024), sectors(10, 2))).toBe(-1);
    expect(firstDifference(memory(BUFFER + 1024, 512), new Uint8Array(512))).toBe(-1);
    ide.busMasterStatus = 4;
    expect([ide.irq, ide.busMasterStatus]).toEqual([1, 0]);
    expect(ide.status).toBe(READY);
    expect(ide.irq).toBe(0);
  });

  it('works when the bus master is started before the command', () => {
    ide.describe(TABLE, [[BUFFER, 512]]);
    ide.startBusMaster(true);
    ide.address28(3, 1);
    ide.command(0xc8);
    expect([ide.busMasterStatus, ide.status]).toEqual([4, READY]);
    expect(firstDifference(memory(BUFFER, 512), sectors(3, 1))).toBe(-1);
  });

  const lengths = [2, 512, 1024, 4096, 8192, 65024, 0];
  it.each([1, 2, 8, 127, 128, 256].flatMap((count) => lengths.map((length) => [count, length])))(
    '%i sectors into a table of one region of %i bytes',
    (count, length) => {
      const described = length === 0 ? 65536 : length;
      readDma(0, count, [[BUFFER, length]]);
      const expected = described < count * 512 ? 0 : described === count * 512 ? 4 : 5;
      expect(ide.busMasterStatus).toBe(expected);
      expect(ide.irq).toBe(expected === 0 ? 0 : 1);
      expect(ide.status).toBe(READY);
      expect(
        firstDifference(memory(BUFFER, count * 512), expected === 0 ? new Uint8Array(count * 512) : sectors(0, count)),
      ).toBe(-1);
      ide.stopBusMaster();
      expect(ide.busMasterStatus & 1).toBe(0);
    },
  );

  it('scatters over regions of any even length and place', () => {
    readDma(20, 3, [
      [BUFFER + 2, 6],
      [BUFFER + 100, 700],
      [BUFFER + 4090, 12],
      [BUFFER + 8192, 818],
    ]);
    const expected = sectors(20, 3);
    expect(firstDifference(memory(BUFFER + 2, 6), expected.slice(0, 6))).toBe(-1);
    expect(firstDifference(memory(BUFFER + 100, 700), expected.slice(6, 706))).toBe(-1);
    expect(firstDifference(memory(BUFFER + 4090, 12), expected.slice(706, 718))).toBe(-1);
    expect(firstDifference(memory(BUFFER + 8192, 818), expected.slice(718))).toBe(-1);
    expect(ide.busMasterStatus).toBe(4);
  });

  it('mixes regions that can be granted with others', () => {
    readDma(0, 256, [
      [BUFFER, 65024],
      [BUFFER + 0x20000, 3],
      [BUFFER + 0x30001, 0x10000 - 2],
      [BUFFER + 0x50000, 512],
    ]);
    const expected = sectors(0, 256);
    expect(firstDifference(memory(BUFFER, 65024), expected.slice(0, 65024))).toBe(-1);
    expect(firstDifference(memory(BUFFER + 0x20000, 3), Uint8Array.of(...expected.slice(65024, 65026), 0))).toBe(-1);
    expect(firstDifference(memory(BUFFER + 0x50000, 512), expected.slice(130560))).toBe(-1);
    expect(ide.busMasterStatus).toBe(4);
  });

  it('moves 65,536 sectors worth of a 48-bit command as far as the disk goes, or nothing', () => {
    ide.describe(
      TABLE,
      Array.from({ length: 512 }, () => [BUFFER, 0] as const),
    );
    ide.address48(0, 0);
    ide.command(0x25);
    ide.startBusMaster(true);
    ide.settle();
    expect([ide.busMasterStatus, ide.status, ide.error]).toEqual([4, 0x41, 4]);
    ide.stopBusMaster();
    ide.address48(96, 4000);
    ide.describe(
      TABLE,
      Array.from({ length: 32 }, (_, index) => [BUFFER + index * 65536, 0] as const),
    );
    ide.command(0x25);
    ide.startBusMaster(true);
    ide.settle();
    expect([ide.busMasterStatus, ide.status]).toEqual([5, READY]);
    expect(firstDifference(memory(BUFFER, 4000 * 512), sectors(96, 4000))).toBe(-1);
  });

  it('leaves alone what is not memory', () => {
    const firmware = memory(0x3ff00000, 512);
    readDma(0, 3, [
      [0x3ff00000, 512],
      [0xa0000, 512],
      [BUFFER, 512],
    ]);
    expect(firstDifference(memory(0x3ff00000, 512), firmware)).toBe(-1);
    expect(firstDifference(memory(0xa0000, 512), new Uint8Array(512))).toBe(-1);
    expect(firstDifference(memory(BUFFER, 512), sectors(2, 1))).toBe(-1);
  });

  it('splits a region at the end of memory', () => {
    ide.device.memory.fill(0, 0x9fff0, 0xa0020);
    readDma(0, 1, [
      [0x9fff2, 0x1e],
      [BUFFER + 2, 512 - 0x1e],
    ]);
    const expected = sectors(0, 1);
    expect(firstDifference(memory(0x9fff2, 14), expected.subarray(0, 14))).toBe(-1);
    expect(firstDifference(memory(0xa0000, 0x20), new Uint8Array(0x20))).toBe(-1);
    expect(firstDifference(memory(BUFFER + 2, 512 - 0x1e), expected.subarray(0x1e))).toBe(-1);
  });

  it('latches an edge of the interrupt line, not its level', () => {
    readDma(0, 1, [[BUFFER, 512]]);
    ide.busMasterStatus = 4;
    ide.selectDevice(0);
    expect([ide.irq, ide.busMasterStatus]).toEqual([1, 0]);
  });

  it('waits for room when reset commands still fill the ring', () => {
    const { domain0 } = ide.device.platform as unknown as { domain0: { finish(ring: number): void } };
    const finish = domain0.finish.bind(domain0);
    domain0.finish = () => {};
    for (let attempt = 0; attempt < 40; attempt++) {
      ide.address28(0, 1);
      ide.command(0x20);
      ide.reset();
    }
    readDma(30, 1, [[BUFFER, 512]]);
    expect([ide.busMasterStatus, ide.alternateStatus]).toEqual([1, DATA]);
    domain0.finish = finish;
    finish(0);
    ide.settle();
    expect([ide.busMasterStatus, ide.status]).toEqual([4, READY]);
    expect(firstDifference(memory(BUFFER, 512), sectors(30, 1))).toBe(-1);
  });

  it('waits until the function may master the bus', () => {
    ide.enableBusMaster(1);
    readDma(5, 1, [[BUFFER, 512]]);
    expect([ide.busMasterStatus, ide.alternateStatus]).toEqual([1, DATA]);
    writeConfig(ide.device, 9, 4, 5, 2);
    ide.settle();
    expect([ide.busMasterStatus, ide.alternateStatus]).toEqual([4, READY]);
    expect(firstDifference(memory(BUFFER, 512), sectors(5, 1))).toBe(-1);
  });

  it('moves nothing after the bus master was stopped, and goes on when it is started again', () => {
    ide.describe(TABLE, [[BUFFER, 1024]]);
    ide.address28(10, 2);
    ide.set(7, 0xc8);
    ide.startBusMaster(true);
    ide.stopBusMaster();
    ide.settle();
    expect([ide.busMasterStatus, ide.alternateStatus, ide.irq]).toEqual([0, DATA, 0]);
    expect(firstDifference(memory(BUFFER, 1024), new Uint8Array(1024))).toBe(-1);
    ide.startBusMaster(true);
    ide.settle();
    expect([ide.busMasterStatus, ide.status]).toEqual([4, READY]);
    expect(firstDifference(memory(BUFFER, 1024), sectors(10, 2))).toBe(-1);
  });

  it('is given up by a software reset', () => {
    ide.describe(TABLE, [[BUFFER, 512]]);
    ide.address28(10, 1);
    ide.set(7, 0xc8);
    ide.startBusMaster(true);
    ide.reset();
    expect([ide.status, ide.irq]).toEqual([READY, 0]);
    expect(firstDifference(memory(BUFFER, 512), new Uint8Array(512))).toBe(-1);
  });
});

describe('WRITE DMA', () => {
  it.each([
    ['granted pages', 0],
    ['the buffer', 2],
  ])('writes from %s', (_, offset) => {
    const data = patternDisk(300).bytes.slice(44 * 512);
    ide.device.memory.set(data, BUFFER + offset);
    ide.describe(TABLE, [
      [BUFFER + offset, 0],
      [BUFFER + offset + 65536, 0],
    ]);
    ide.address48(1000, 256);
    ide.command(0x35);
    ide.startBusMaster(false);
    ide.settle();
    expect([ide.busMasterStatus, ide.status]).toEqual([4, READY]);
    expect(firstDifference(sectors(1000, 256), data)).toBe(-1);
    expect([3, 4, 5].map((register) => ide.register(register))).toEqual([1256 & 0xff, 1256 >> 8, 0]);
  });
});

describe('on an ISA machine', () => {
  it('there is no DMA', async () => {
    ide = await IdeDriver.create({ drives: [{ disk, cdrom: false }] });
    expect(ide.identify()[49]! & 0x100).toBe(0);
    ide.address28(0, 1);
    ide.command(0xc8);
    expect([ide.status, ide.error]).toEqual([0x41, 4]);
  });
});
