import { beforeEach, describe, expect, it } from 'vitest';
import type { MemoryDisk } from '../../../pv-drivers/backend/memory-disk';
import { BSY, DATA, firstDifference, IdeDriver, patternDisk, READY } from './ide-driver';

const SECTORS = 20480;
let disk: MemoryDisk;
let ide: IdeDriver;

function sectors(first: number, count: number): Uint8Array {
  return disk.bytes.slice(first * 512, (first + count) * 512);
}

beforeEach(async () => {
  disk = patternDisk(SECTORS);
  ide = await IdeDriver.create({ drives: [{ disk, cdrom: false }] });
});

describe('task file', () => {
  it('shows the signature and the diagnostic code after power-on', () => {
    expect([1, 2, 3, 4, 5, 6, 7].map((offset) => ide.register(offset))).toEqual([1, 1, 1, 0, 0, 0xa0, READY]);
  });

  it('keeps the previous content of address registers behind HOB until the next write', () => {
    ide.set(2, 0x11);
    ide.set(2, 0x22);
    ide.control(0x80);
    expect(ide.register(2)).toBe(0x11);
    ide.set(3, 1);
    expect(ide.register(2)).toBe(0x22);
  });

  it('splits a word access to byte registers, lower port first', () => {
    ide.device.write(0x1f2, 0x1234, 2);
    expect([ide.register(2), ide.register(3)]).toEqual([0x34, 0x12]);
    expect(ide.device.read(0x1f2, 2)).toBe(0x1234);
    expect(ide.device.read(0x3f6, 2)).toBe(0xff50);
    expect(ide.device.read(0x1f2, 4)).toBe(0xffffffff);
  });

  it('reads an absent device 1 as status zero and otherwise as device 0', () => {
    ide.selectDevice(1);
    ide.set(2, 0x77);
    expect(ide.status).toBe(0);
    expect(ide.alternateStatus).toBe(0);
    expect(ide.register(2)).toBe(0x77);
    ide.command(0xec);
    expect(ide.status).toBe(0);
    ide.selectDevice(0);
    expect(ide.status).toBe(READY);
  });

  it('reads an empty channel as zero', () => {
    const other = new IdeDriver(ide.device, 0x170);
    other.set(2, 0x55);
    expect([1, 2, 3, 4, 5, 6, 7].map((offset) => other.register(offset))).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });
});

describe('PIO data-in', () => {
  it('identifies the drive', () => {
    const words = ide.identify();
    expect([words[1], words[3], words[6]]).toEqual([20, 16, 63]);
    expect(words[60]! + words[61]! * 65536).toBe(SECTORS);
    expect(words[100]).toBe(SECTORS);
    expect(words[49]! & 0x0300).toBe(0x0200);
    const bytes = new Uint8Array(words.buffer);
    expect(bytes.reduce((sum, byte) => (sum + byte) & 0xff, 0)).toBe(0);
    expect(ide.status).toBe(READY);
  });

  it('is busy until the medium has answered, then interrupts for each block', () => {
    ide.address28(7, 2);
    ide.set(7, 0x20);
    expect(ide.alternateStatus & BSY).toBe(BSY);
    expect(ide.irq).toBe(0);
    ide.settle();
    expect(ide.alternateStatus).toBe(DATA);
    expect(ide.irq).toBe(1);
    expect(ide.status).toBe(DATA);
    expect(ide.irq).toBe(0);
    expect(firstDifference(ide.readWords(256), sectors(7, 1))).toBe(-1);
    expect(ide.irq).toBe(1);
    expect(ide.status).toBe(DATA);
    expect(firstDifference(ide.readWords(256), sectors(8, 1))).toBe(-1);
    expect(ide.irq).toBe(0);
    expect(ide.status).toBe(READY);
    expect([ide.register(2), ide.register(3)]).toEqual([0, 9]);
  });

  it.each([
    [0x20, 256],
    [0x21, 3],
  ])('command %# reads %i sectors', (command, count) => {
    ide.address28(100, count);
    ide.command(command);
    expect(firstDifference(ide.readBlocks(count * 512), sectors(100, count))).toBe(-1);
    expect(ide.status).toBe(READY);
  });

  it('reads by 48-bit address and more than its buffer holds', () => {
    ide.address48(300, 700);
    ide.command(0x24);
    expect(firstDifference(ide.readBlocks(700 * 512), sectors(300, 700))).toBe(-1);
    expect(ide.status).toBe(READY);
  });

  it('reads by cylinder, head and sector', () => {
    ide.set(6, 0xa3);
    for (const [offset, value] of [
      [2, 1],
      [3, 5],
      [4, 2],
      [5, 0],
    ] as const)
      ide.set(offset, value);
    ide.command(0x20);
    expect(firstDifference(ide.readWords(256), sectors((2 * 16 + 3) * 63 + 4, 1))).toBe(-1);
    expect([3, 4, 5, 6].map((offset) => ide.register(offset))).toEqual([6, 2, 0, 0xa3]);
  });

  it('groups sectors in READ MULTIPLE, the last block being what is left', () => {
    ide.set(2, 4);
    ide.command(0xc6);
    ide.address28(50, 6);
    ide.command(0xc4);
    expect(ide.status).toBe(DATA);
    expect(firstDifference(ide.readWords(4 * 256), sectors(50, 4))).toBe(-1);
    expect(ide.irq).toBe(1);
    expect(firstDifference(ide.readWords(2 * 256), sectors(54, 2))).toBe(-1);
    expect(ide.status).toBe(READY);
  });

  it('gives whole blocks of READ MULTIPLE only', () => {
    ide.address28(SECTORS - 20, 40);
    ide.command(0xc4);
    expect(firstDifference(ide.readWords(16 * 256), sectors(SECTORS - 20, 16))).toBe(-1);
    expect([ide.status, ide.error]).toEqual([0x41, 0x04]);
    ide.address28(SECTORS - 20, 20);
    ide.command(0xc4);
    expect(firstDifference(ide.readBlocks(20 * 512, 16 * 512), sectors(SECTORS - 20, 20))).toBe(-1);
    expect(ide.status).toBe(READY);
  });

  it('aborts at the first block that does not lie on the disk', () => {
    ide.address28(SECTORS - 1, 2);
    ide.command(0x20);
    expect(firstDifference(ide.readWords(256), sectors(SECTORS - 1, 1))).toBe(-1);
    expect(ide.irq).toBe(1);
    expect([ide.status, ide.error]).toEqual([0x41, 0x04]);
  });
});

describe('PIO data-out', () => {
  it('asks for the first block without an interrupt and interrupts after each', () => {
    const data = patternDisk(9).bytes.slice(7 * 512);
    ide.address28(500, 2);
    ide.command(0x30);
    expect([ide.irq, ide.status]).toEqual([0, DATA]);
    ide.writeWords(data.subarray(0, 512));
    expect([ide.irq, ide.status]).toEqual([1, DATA]);
    ide.writeWords(data.subarray(512));
    expect([ide.irq, ide.status]).toEqual([1, READY]);
    expect(firstDifference(sectors(500, 2), data)).toBe(-1);
  });

  it('writes in groups', () => {
    const data = patternDisk(30).bytes.slice(11 * 512);
    ide.address48(600, 19);
    ide.command(0x39);
    ide.writeBlocks(data, 16 * 512);
    expect(ide.status).toBe(READY);
    expect(firstDifference(sectors(600, 19), data)).toBe(-1);
  });
});
