import { beforeEach, describe, expect, it } from 'vitest';
import type { MemoryDisk } from '../../../pv-drivers/backend/memory-disk';
import { DATA, firstDifference, IdeDriver, PCI_DEVICES, patternDisk, READY, SECONDARY } from './ide-driver';

const BLOCKS = 400;
const TABLE = 0x10000;
const BUFFER = 0x80000;
const TEST_UNIT_READY = [0x00];
let disc: MemoryDisk;
let cd: IdeDriver;

beforeEach(async () => {
  disc = patternDisk(BLOCKS * 4, true);
  const drives = [undefined, undefined, { disk: disc, cdrom: true }];
  cd = await IdeDriver.create({ drives, devices: PCI_DEVICES }, SECONDARY);
  cd.enableBusMaster();
});

function read10(block: number, blocks: number): number[] {
  return [0x28, 0, block >>> 24, block >>> 16, block >>> 8, block, 0, blocks >>> 8, blocks].map((byte) => byte & 0xff);
}

/** Issue a packet; `limit` bytes to a DRQ block. */
function packet(bytes: readonly number[], limit = 0xfffe, features = 0): void {
  cd.set(1, features);
  cd.set(4, limit & 0xff);
  cd.set(5, limit >> 8);
  cd.command(0xa0);
  expect([cd.alternateStatus, cd.register(2), cd.irq]).toEqual([DATA, 1, 0]);
  cd.writeWords(Uint8Array.from({ length: 12 }, (_, index) => bytes[index] ?? 0));
}

/** All data blocks of a packet command, as the byte count registers announce them. */
function receive(): { data: Uint8Array; blocks: number[] } {
  const blocks: number[] = [];
  const parts: Uint8Array[] = [];
  while (cd.status === DATA) {
    expect(cd.register(2)).toBe(2);
    const bytes = cd.register(4) + cd.register(5) * 256;
    blocks.push(bytes);
    parts.push(cd.readWords((bytes + 1) >> 1).subarray(0, bytes));
  }
  return { data: Buffer.concat(parts), blocks };
}

function ask(bytes: readonly number[]): Uint8Array {
  packet(bytes);
  const { data } = receive();
  expect([cd.alternateStatus, cd.register(2)]).toEqual([READY, 3]);
  return data;
}

function sense(): number[] {
  const data = ask([0x03, 0, 0, 0, 18]);
  return [data[2]!, data[12]!, data[13]!];
}

function expectCheck(bytes: readonly number[], key: number, code: number, qualifier = 0): void {
  packet(bytes);
  expect([cd.irq, cd.status, cd.error, cd.register(2)]).toEqual([1, 0x41, key << 4, 3]);
  expect(sense()).toEqual([key, code, qualifier]);
}

describe('a packet device', () => {
  it('shows its signature after reset, DEVICE RESET and the commands of a disk', () => {
    const signature = () => [1, 2, 3, 4, 5].map((offset) => cd.register(offset));
    expect([cd.status, ...signature()]).toEqual([0, 1, 1, 1, 0x14, 0xeb]);
    cd.command(0xec);
    expect([cd.status, ...signature()]).toEqual([0x41, 4, 1, 1, 0x14, 0xeb]);
    packet(read10(0, 1));
    cd.command(0x08);
    expect([cd.irq, cd.status, ...signature()]).toEqual([0, 0, 1, 1, 1, 0x14, 0xeb]);
    cd.reset();
    expect([cd.irq, cd.status, ...signature()]).toEqual([0, 0, 1, 1, 1, 0x14, 0xeb]);
  });

  it('identifies itself', () => {
    const words = cd.identify(0xa1);
    expect([words[0], words[49]! & 0x0300]).toEqual([0x85c0, 0x0300]);
    expect(cd.status).toBe(READY);
  });

  it('refuses a data transfer without a byte count limit', () => {
    packet([0x12, 0, 0, 0, 36], 0);
    expect([cd.status, cd.error]).toEqual([0x41, 4]);
    packet([0x12, 0, 0, 0, 36], 1);
    expect([cd.status, cd.error]).toEqual([0x41, 4]);
    packet(TEST_UNIT_READY, 0);
    expect(cd.status).toBe(READY);
  });

  it('forgets its sense data in a reset', () => {
    packet([0xff]);
    cd.command(0x08);
    expect(sense()).toEqual([0, 0, 0]);
    packet([0xff]);
    cd.reset();
    expect(sense()).toEqual([0, 0, 0]);
  });

  it('refuses packets that it does not know', () => {
    expectCheck([0xff], 5, 0x20);
    expectCheck([0x5a, 0, 0x05, 0, 0, 0, 0, 0, 40], 5, 0x24);
  });
});

describe('PIO', () => {
  it.each([
    [2048, 1],
    [2048, 5],
    [5120, 20],
    [0xffff, 40],
    [0xfffe, 70],
    [4097, 9],
    [0xe000, 100],
    [510, 3],
  ])('in DRQ blocks of at most %i bytes reads %i blocks', (limit, count) => {
    packet(read10(17, count), limit);
    const { data, blocks } = receive();
    expect(firstDifference(data, disc.bytes.slice(17 * 2048, (17 + count) * 2048))).toBe(-1);
    const size = Math.min(limit & ~1, 0xfe00);
    expect(blocks.slice(0, -1).every((bytes) => bytes === size)).toBe(true);
    expect(blocks.length).toBe(Math.ceil((count * 2048) / size));
    expect([cd.alternateStatus, cd.register(2)]).toEqual([READY, 3]);
  });

  it('cuts a reply to what the host has room for, odd lengths with a byte of padding', () => {
    packet([0x12, 0, 0, 0, 35], 8);
    expect(receive().blocks).toEqual([8, 8, 8, 8, 3]);
    packet([0x12, 0, 0, 0, 7], 7);
    expect(receive().blocks).toEqual([7]);
    packet([0x12, 0, 0, 0, 0]);
    expect([cd.status, cd.register(2)]).toEqual([READY, 3]);
  });

  it('reports a read beyond the end', () => {
    expectCheck(read10(BLOCKS - 1, 2), 5, 0x21);
    packet(read10(BLOCKS - 1, 1));
    expect(firstDifference(receive().data, disc.bytes.slice((BLOCKS - 1) * 2048))).toBe(-1);
    packet(read10(BLOCKS, 0));
    expect([cd.status, cd.register(2)]).toEqual([READY, 3]);
  });
});

describe('DMA', () => {
  function readDma(bytes: readonly number[], regions: readonly (readonly [number, number])[]): void {
    cd.busMasterStatus = 4;
    cd.describe(TABLE, regions);
    packet(bytes, 0, 1);
    cd.startBusMaster(true);
    cd.settle();
  }

  it.each([0, 2])('reads sectors to offset %i', (offset) => {
    readDma(read10(3, 33), [
      [BUFFER + offset, 0],
      [BUFFER + 0x10000 + offset, 2048],
    ]);
    expect([cd.busMasterStatus, cd.irq, cd.status, cd.register(2)]).toEqual([4, 1, READY, 3]);
    const memory = cd.device.memory.slice(BUFFER + offset, BUFFER + offset + 33 * 2048);
    expect(firstDifference(memory, disc.bytes.slice(3 * 2048, 36 * 2048))).toBe(-1);
  });

  it('delivers a reply', () => {
    readDma([0x25], [[BUFFER, 8]]);
    expect([cd.busMasterStatus, cd.status]).toEqual([4, READY]);
    expect(Array.from(cd.device.memory.slice(BUFFER, BUFFER + 8))).toEqual([
      0,
      0,
      (BLOCKS - 1) >> 8,
      (BLOCKS - 1) & 255,
      0,
      0,
      8,
      0,
    ]);
    cd.stopBusMaster();
    readDma([0x12, 0, 0, 0, 36], [[BUFFER, 96]]);
    expect([cd.busMasterStatus, cd.status]).toEqual([5, READY]);
    cd.stopBusMaster();
    readDma([0x12, 0, 0, 0, 36], [[BUFFER, 34]]);
    expect([cd.busMasterStatus, cd.alternateStatus]).toEqual([0, DATA]);
    cd.stopBusMaster();
    cd.describe(TABLE, [[BUFFER + 34, 2]]);
    cd.startBusMaster(true);
    expect([cd.busMasterStatus, cd.status]).toEqual([4, READY]);
    expect(cd.device.memory.slice(BUFFER, BUFFER + 36)).toEqual(Uint8Array.from(ask([0x12, 0, 0, 0, 36])));
  });

  it('goes on with the next table where a table has ended', () => {
    readDma(read10(7, 3), [[BUFFER, 2500]]);
    expect([cd.busMasterStatus, cd.alternateStatus]).toEqual([0, 0xd8]);
    cd.stopBusMaster();
    cd.describe(TABLE, [[BUFFER + 2500, 3644]]);
    cd.startBusMaster(true);
    cd.settle();
    expect([cd.busMasterStatus, cd.status, cd.register(2)]).toEqual([4, READY, 3]);
    const memory = cd.device.memory.slice(BUFFER, BUFFER + 6144);
    expect(firstDifference(memory, disc.bytes.slice(7 * 2048, 10 * 2048))).toBe(-1);
  });

  it('ends with CHECK CONDITION when there is nothing to transfer', () => {
    readDma(read10(BLOCKS, 1), [[BUFFER, 2048]]);
    expect([cd.busMasterStatus, cd.status, cd.error]).toEqual([5, 0x41, 0x50]);
  });
});

describe('information', () => {
  it('tells capacity, contents and type', () => {
    expect(Array.from(ask([0x25]))).toEqual([0, 0, 1, 143, 0, 0, 8, 0]);
    expect(Array.from(ask([0x43, 0, 0, 0, 0, 0, 0, 0, 20]))).toEqual([
      ...[0, 18, 1, 1, 0, 0x14, 1, 0, 0, 0, 0, 0, 0, 0x14, 0xaa, 0, 0, 0, 1, 144],
    ]);
    expect(Array.from(ask([0x43, 2, 0, 0, 0, 0, 0xaa, 0, 20]))).toEqual([0, 10, 1, 1, 0, 0x14, 0xaa, 0, 0, 0, 7, 25]);
    expect(Array.from(ask([0x43, 0, 0, 0, 0, 0, 0, 0, 12, 0x40]))).toEqual([0, 10, 1, 1, 0, 0x14, 1, 0, 0, 0, 0, 0]);
    expect(ask([0x43, 2, 2, 0, 0, 0, 0, 0, 200]).length).toBe(48);
    expectCheck([0x43, 0, 0, 0, 0, 0, 2, 0, 20], 5, 0x24);
    const inquiry = ask([0x12, 0, 0, 0, 255]);
    expect([inquiry.length, inquiry[0], inquiry[1], inquiry[3], inquiry[4]]).toEqual([36, 5, 0x80, 0x21, 31]);
    expect(Array.from(ask([0x51, 0, 0, 0, 0, 0, 0, 0, 8]))).toEqual([0, 32, 0x0e, 1, 1, 1, 1, 0x20]);
  });

  it('lists features from a number on, current ones, or one', () => {
    const features = (type: number, start: number) => {
      const data = ask([0x46, type, start >> 8, start & 255, 0, 0, 0, 0, 200]);
      expect(data[3]! + 4).toBe(data.length);
      const found: number[] = [];
      for (let at = 8; at < data.length; at += 4 + data[at + 3]!) found.push(data[at]! * 256 + data[at + 1]!);
      return found;
    };
    expect(features(0, 0)).toEqual([0, 1, 3, 0x10, 0x1e, 0x1f]);
    expect(features(1, 2)).toEqual([3, 0x10, 0x1e]);
    expect(features(2, 0x1f)).toEqual([0x1f]);
    expect(features(2, 2)).toEqual([]);
  });

  it('shows mode pages', () => {
    const all = ask([0x5a, 0, 0x3f, 0, 0, 0, 0, 0, 100]);
    expect([all.length, all[1], all[8], all[16], all[17]]).toEqual([36, 34, 1, 0x2a, 18]);
    expect(ask([0x5a, 0, 0x6a, 0, 0, 0, 0, 0, 100]).subarray(10)).toEqual(Buffer.alloc(18));
    expectCheck([0x5a, 0, 0xea, 0, 0, 0, 0, 0, 100], 5, 0x39);
  });
});

it('an empty drive has nothing to flush, and says so', async () => {
  const drives = [undefined, undefined, { disk: undefined, cdrom: true }];
  cd = await IdeDriver.create({ drives, devices: PCI_DEVICES }, SECONDARY);
  cd.command(0xe7);
  expect([cd.irq, cd.status, cd.error]).toEqual([1, 0x41, 4]);
  cd.set(1, 0x82);
  cd.command(0xef);
  expect([cd.irq, cd.status]).toEqual([1, READY]);
  expectCheck(TEST_UNIT_READY, 2, 0x3a);
});

describe('the tray', () => {
  const events = () => Array.from(ask([0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8])).slice(4, 6);

  it('opens, and closes with a unit attention', () => {
    expect(events()).toEqual([0, 2]);
    ask([0x1b, 0, 0, 0, 2]);
    expectCheck(TEST_UNIT_READY, 2, 0x3a);
    expect(events()).toEqual([3, 1]);
    ask([0x1b, 0, 0, 0, 3]);
    expect(events()).toEqual([2, 2]);
    expect(events()).toEqual([0, 2]);
    packet(TEST_UNIT_READY);
    expect([cd.status, cd.error]).toEqual([0x41, 0x60]);
    expect(sense()).toEqual([6, 0x28, 0]);
    ask(TEST_UNIT_READY);
    ask([0x1b, 0, 0, 0, 2]);
    ask([0x1b, 0, 0, 0, 3]);
    packet(TEST_UNIT_READY);
    expect([cd.status, cd.error]).toEqual([0x41, 0x60]);
    ask(TEST_UNIT_READY);
    expect(sense()).toEqual([0, 0, 0]);
  });

  it('stays shut while it is locked', () => {
    ask([0x1e, 0, 0, 0, 1]);
    expectCheck([0x1b, 0, 0, 0, 2], 5, 0x53, 2);
    ask([0x1e, 0, 0, 0, 0]);
    ask([0x1b, 0, 0, 0, 2]);
    expect(events()).toEqual([3, 1]);
  });
});
