import { beforeEach, describe, expect, it } from 'vitest';
import { type Disk, DiskResult } from '../../../pv-drivers/backend/disk';
import type { MemoryDisk } from '../../../pv-drivers/backend/memory-disk';
import { DATA, firstDifference, IdeDriver, PCI_DEVICES, patternDisk, READY, SECONDARY } from './ide-driver';

const SECTORS = 2000;
const TABLE = 0x10000;
const BUFFER = 0x80000;

/** A disk with bad sectors, shorter than it says. */
class BadDisk implements Disk {
  readonly sectors = SECTORS;
  readonly readOnly = false;
  bad: readonly number[] = [];
  requests = 0;

  constructor(readonly inner: MemoryDisk) {}

  private refuses(sector: number, bytes: number): boolean {
    this.requests++;
    return this.bad.some((bad) => bad >= sector && bad < sector + bytes / 512);
  }

  read(sector: number, target: Uint8Array, offset: number, bytes: number): DiskResult {
    return this.refuses(sector, bytes) ? DiskResult.IO_ERROR : this.inner.read(sector, target, offset, bytes);
  }

  write(sector: number, source: Uint8Array, offset: number, bytes: number): DiskResult {
    return this.refuses(sector, bytes) ? DiskResult.IO_ERROR : this.inner.write(sector, source, offset, bytes);
  }

  flush(): DiskResult {
    return this.bad.length > 0 ? DiskResult.IO_ERROR : DiskResult.OK;
  }
}

let disk: BadDisk;
let ide: IdeDriver;

beforeEach(async () => {
  disk = new BadDisk(patternDisk(SECTORS - 100));
  ide = await IdeDriver.create({ drives: [{ disk, cdrom: false }], devices: PCI_DEVICES });
  ide.enableBusMaster();
});

const address = () => ide.register(3) + ide.register(4) * 256;
const sectors = (first: number, count: number) => disk.inner.bytes.slice(first * 512, (first + count) * 512);

describe('a bad sector', () => {
  it('ends a PIO read with UNC at its address, after the sectors before it', () => {
    disk.bad = [13];
    ide.address28(10, 8);
    ide.command(0x20);
    for (const sector of [10, 11, 12]) {
      expect(ide.status).toBe(DATA);
      expect(firstDifference(ide.readWords(256), sectors(sector, 1))).toBe(-1);
    }
    expect([ide.irq, ide.status, ide.error, address()]).toEqual([1, 0x51, 0x40, 13]);
  });

  it('is found within a block of READ MULTIPLE', () => {
    disk.bad = [30];
    ide.address28(8, 64);
    ide.command(0xc4);
    expect(firstDifference(ide.readWords(16 * 256), sectors(8, 16))).toBe(-1);
    expect([ide.status, ide.error, address()]).toEqual([0x51, 0x40, 30]);
  });

  it('ends a verification', () => {
    disk.bad = [300];
    ide.address28(100, 0);
    ide.command(0x40);
    expect([ide.irq, ide.status, ide.error, address()]).toEqual([1, 0x51, 0x40, 300]);
    ide.address28(301, 200);
    ide.command(0x40);
    expect([ide.status, ide.error]).toEqual([READY, 0]);
  });

  it.each([0, 2])('ends a DMA read to offset %i', (offset) => {
    disk.bad = [55];
    ide.describe(TABLE, [[BUFFER + offset, 0]]);
    ide.address28(50, 128);
    ide.command(0xc8);
    ide.startBusMaster(true);
    ide.settle();
    expect([ide.irq, ide.busMasterStatus, ide.status, ide.error, address()]).toEqual([1, 4, 0x51, 0x40, 55]);
    const start = BUFFER + offset;
    expect(firstDifference(ide.device.memory.slice(start, start + 5 * 512), sectors(50, 5))).toBe(-1);
    ide.stopBusMaster();
    disk.bad = [];
    ide.address28(50, 128);
    ide.command(0xc8);
    ide.startBusMaster(true);
    ide.settle();
    expect([ide.busMasterStatus, ide.status]).toEqual([4, READY]);
    expect(firstDifference(ide.device.memory.slice(start, start + 0x10000), sectors(50, 128))).toBe(-1);
  });

  it('aborts a write at its address, after the sectors before it', () => {
    disk.bad = [21];
    const data = patternDisk(5).bytes.slice(1024);
    ide.address28(20, 3);
    ide.command(0xc5);
    ide.writeWords(data);
    expect([ide.irq, ide.status, ide.error, address()]).toEqual([1, 0x41, 0x04, 21]);
    expect(firstDifference(sectors(20, 1), data.subarray(0, 512))).toBe(-1);
  });

  it('aborts a DMA write', () => {
    disk.bad = [21];
    ide.describe(TABLE, [[BUFFER, 1536]]);
    ide.address28(20, 3);
    ide.command(0xca);
    ide.startBusMaster(false);
    ide.settle();
    expect([ide.busMasterStatus, ide.status, ide.error, address()]).toEqual([4, 0x41, 0x04, 21]);
  });

  it('makes a flush fail', () => {
    disk.bad = [0];
    ide.command(0xe7);
    expect([ide.irq, ide.status, ide.error]).toEqual([1, 0x41, 0x04]);
  });
});

it('a file shorter than the drive ends in UNC', () => {
  ide.address28(1899, 2);
  ide.command(0x20);
  ide.readWords(256);
  expect([ide.status, ide.error, address()]).toEqual([0x51, 0x40, 1900]);
});

it('a read-only drive refuses writes before it asks for data', async () => {
  ide = await IdeDriver.create({ drives: [{ disk: patternDisk(10, true), cdrom: false }], devices: PCI_DEVICES });
  for (const command of [0x30, 0xc5, 0xca, 0x34, 0x39, 0x35]) {
    ide.address28(0, 1);
    ide.command(command);
    expect([ide.irq, ide.status, ide.error]).toEqual([1, 0x51, 0x44]);
  }
});

it('a CD that cannot be read gives a medium error', async () => {
  disk.bad = [41];
  ide = await IdeDriver.create({ drives: [{ disk, cdrom: true }], devices: PCI_DEVICES });
  ide.set(4, 0);
  ide.set(5, 8);
  ide.command(0xa0);
  ide.writeWords(Uint8Array.of(0x28, 0, 0, 0, 0, 9, 0, 0, 3, 0, 0, 0));
  expect(firstDifference(ide.readWords(1024), sectors(36, 4))).toBe(-1);
  expect([ide.status, ide.error, ide.register(2)]).toEqual([0x41, 0x30, 3]);
});

it('a back-end that never answers leaves a drive that can be reset', () => {
  const { domain0 } = ide.device.platform as unknown as { domain0: { finish(ring: number): void } };
  const finish = domain0.finish.bind(domain0);
  domain0.finish = () => {};
  for (let attempt = 0; attempt < 100; attempt++) {
    ide.address28(attempt, 1);
    ide.command(0x20);
    expect(ide.status & 0x80).toBe(0x80);
    ide.reset();
    expect(ide.status).toBe(READY);
  }
  ide.address28(7, 1);
  ide.command(0x20);
  domain0.finish = finish;
  finish(0);
  ide.settle();
  expect(firstDifference(ide.readWords(256), sectors(7, 1))).toBe(-1);
});

it('a back-end that never answers leaves the other channel alone', async () => {
  const other = patternDisk(64);
  const drives = [{ disk, cdrom: false }, undefined, { disk: other, cdrom: false }];
  ide = await IdeDriver.create({ drives, devices: PCI_DEVICES });
  const secondary = new IdeDriver(ide.device, SECONDARY);
  const { domain0 } = ide.device.platform as unknown as { domain0: { finish(ring: number): void } };
  const finish = domain0.finish.bind(domain0);
  domain0.finish = (ring) => {
    if (ring !== 0) finish(ring);
  };
  ide.address28(7, 1);
  ide.command(0x20);
  for (const sector of [3, 4, 5]) {
    secondary.address28(sector, 1);
    secondary.command(0x20);
    expect([ide.irq, ide.alternateStatus & 0x80, secondary.irq]).toEqual([0, 0x80, 1]);
    expect(secondary.status).toBe(DATA);
    expect(firstDifference(secondary.readWords(256), other.bytes.slice(sector * 512, sector * 512 + 512))).toBe(-1);
  }
  ide.reset();
  expect([ide.status, secondary.status]).toEqual([READY, READY]);
});

it('few requests serve a long read', () => {
  ide.address28(0, 256);
  ide.command(0x20);
  ide.readBlocks(256 * 512);
  expect(disk.requests).toBeLessThan(2 * 20);
});
