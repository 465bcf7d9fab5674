import { beforeEach, describe, expect, it } from 'vitest';
import type { MemoryDisk } from '../../../pv-drivers/backend/memory-disk';
import { DATA, IdeDriver, PCI_DEVICES, patternDisk, READY } from './ide-driver';

const SECTORS = 20480;
const ABORTED = [0x41, 0x04];
let disk: MemoryDisk;
let ide: IdeDriver;

beforeEach(async () => {
  disk = patternDisk(SECTORS);
  const slave = { disk: patternDisk(63), cdrom: false };
  ide = await IdeDriver.create({ drives: [{ disk, cdrom: false }, slave], devices: PCI_DEVICES });
});

/** Status and Error after a command with these registers; every command ends with an interrupt. */
function run(code: number, registers: Partial<Record<'features' | 'count' | 'low' | 'mid' | 'high', number>> = {}) {
  const order = ['features', 'count', 'low', 'mid', 'high'] as const;
  for (const [index, name] of order.entries()) {
    const value = registers[name];
    if (value !== undefined) ide.set(index + 1, value);
  }
  ide.command(code);
  expect(ide.irq).toBe(1);
  return [ide.status, ide.error];
}

const setFeature = (features: number, count = 0) => run(0xef, { features, count });

describe('identity', () => {
  it('and translation are as configured', async () => {
    const identity = { model: 'A disk of many heads', serial: 'N1', revision: '2.7x' };
    const geometry = { cylinders: 100, heads: 8, sectorsPerTrack: 25 };
    ide = await IdeDriver.create({ drives: [{ disk, cdrom: false, identity, geometry }] });
    const words = ide.identify();
    const text = (first: number, count: number) =>
      Array.from(words.subarray(first, first + count), (word) => String.fromCharCode(word >> 8, word & 0xff)).join('');
    expect(text(27, 20)).toBe('A disk of many heads'.padEnd(40));
    expect(text(10, 10)).toBe('N1'.padEnd(20));
    expect(text(23, 4)).toBe('2.7x'.padEnd(8));
    expect([1, 3, 6, 54, 55, 56, 57].map((word) => words[word])).toEqual([100, 8, 25, 100, 8, 25, 20000]);
    ide.set(6, 0xa7);
    expect(run(0x40, { count: 1, low: 25, mid: 99, high: 0 })).toEqual([READY, 0]);
  });
});

describe('commands without data', () => {
  it.each([0x10, 0xe7, 0xea])('%i succeeds', (code) => {
    expect(run(code)).toEqual([READY, 0]);
  });

  it.each([0x94, 0x95, 0x96, 0x97, 0x99, 0xe0, 0xe1, 0xe2, 0xe3, 0xe6])('power command %i succeeds', (code) => {
    expect(run(code)).toEqual([0x40, 0]);
  });

  it.each([0x00, 0x08, 0x0f, 0x11, 0x50, 0xa0, 0xa1, 0xff])('%i is refused', (code) => {
    expect(run(code)).toEqual(ABORTED);
  });

  it('checks the address of SEEK', () => {
    ide.address28(SECTORS - 1, 0);
    expect(run(0x70)).toEqual([READY, 0]);
    ide.address28(SECTORS, 0);
    expect(run(0x70)).toEqual(ABORTED);
  });

  it('tells Standby from Active, and a read ends Standby', () => {
    run(0xe5);
    expect(ide.register(2)).toBe(0xff);
    run(0xe0);
    run(0xe5);
    expect(ide.register(2)).toBe(0x00);
    ide.reset();
    run(0x98);
    expect(ide.register(2)).toBe(0x00);
    ide.address28(0, 1);
    ide.command(0x40);
    run(0xe5);
    expect(ide.register(2)).toBe(0xff);
    run(0xe6);
    run(0xe5);
    expect(ide.register(2)).toBe(0x00);
    run(0xe3);
    run(0xe5);
    expect(ide.register(2)).toBe(0xff);
  });
});

describe('translation', () => {
  it('changes with INITIALIZE DEVICE PARAMETERS and survives a software reset', () => {
    ide.set(6, 0xa7);
    expect(run(0x91, { count: 17 })).toEqual([READY, 0]);
    ide.reset();
    const words = ide.identify();
    expect([words[54], words[55], words[56]]).toEqual([150, 8, 17]);
    expect(words[57]! + words[58]! * 65536).toBe(150 * 8 * 17);
    expect([words[1], words[3], words[6]]).toEqual([20, 16, 63]);
    ide.set(6, 0xa7);
    expect(run(0x40, { count: 1, low: 17, mid: 149, high: 0 })).toEqual([READY, 0]);
    expect(run(0x40, { count: 1, low: 0, mid: 1, high: 0 })).toEqual([READY, 0]);
    ide.set(6, 0xa0);
    expect(run(0x40, { count: 1, low: 0, mid: 0, high: 0 })).toEqual(ABORTED);
    expect(run(0x91, { count: 0 })).toEqual(ABORTED);
  });

  it('names the last sector', () => {
    ide.selectDevice(0);
    run(0xf8);
    expect([3, 4, 5, 6].map((offset) => ide.register(offset))).toEqual([0xff, 0x4f, 0, 0xe0]);
    run(0x27);
    ide.control(0x80);
    expect([3, 4, 5].map((offset) => ide.register(offset))).toEqual([0, 0, 0]);
  });
});

describe('modes', () => {
  it('takes powers of two up to 16 as multiple count', () => {
    for (const count of [1, 2, 4, 8, 16]) {
      expect(run(0xc6, { count })).toEqual([READY, 0]);
      expect(ide.identify()[59]).toBe(0x100 + count);
    }
    for (const count of [3, 12, 17, 32, 128]) expect(run(0xc6, { count })).toEqual(ABORTED);
    expect(ide.identify()[59]).toBe(0x110);
    run(0xc6, { count: 0 });
    expect(ide.identify()[59]).toBe(0);
    for (const code of [0xc4, 0xc5, 0x29, 0x39]) expect(run(code, { count: 1 })).toEqual(ABORTED);
  });

  it('puts the multiple count back at a software reset, unless told to keep it', () => {
    run(0xc6, { count: 2 });
    ide.reset();
    expect(ide.identify()[59]).toBe(0x110);
    setFeature(0x66);
    run(0xc6, { count: 2 });
    ide.reset();
    expect(ide.identify()[59]).toBe(0x102);
    setFeature(0xcc);
    ide.reset();
    expect(ide.identify()[59]).toBe(0x110);
  });

  it('shows the transfer mode', () => {
    const modes = () => [63, 88].map((word) => ide.identify()[word]);
    expect(modes()).toEqual([0x0007, 0x003f]);
    expect(setFeature(0x03, 0x22)).toEqual([READY, 0]);
    expect(modes()).toEqual([0x0407, 0x003f]);
    expect(setFeature(0x03, 0x45)).toEqual([READY, 0]);
    expect(modes()).toEqual([0x0007, 0x203f]);
    for (const mode of [0x00, 0x01, 0x08, 0x0c]) expect(setFeature(0x03, mode)).toEqual([READY, 0]);
    for (const mode of [0x02, 0x0d, 0x10, 0x23, 0x46, 0x80]) expect(setFeature(0x03, mode)).toEqual(ABORTED);
    ide.reset();
    expect(modes()).toEqual([0x0007, 0x003f]);
  });

  it('shows write cache, look-ahead and SMART', () => {
    const enabled = () => ide.identify()[85]! & 0x61;
    expect(enabled()).toBe(0x61);
    setFeature(0x82);
    expect(enabled()).toBe(0x41);
    setFeature(0x55);
    expect(enabled()).toBe(0x01);
    run(0xb0, { features: 0xd9, mid: 0x4f, high: 0xc2 });
    expect(enabled()).toBe(0);
    setFeature(0x02);
    setFeature(0xaa);
    run(0xb0, { features: 0xd8, mid: 0x4f, high: 0xc2 });
    expect(enabled()).toBe(0x61);
    expect(setFeature(0x7e)).toEqual(ABORTED);
  });
});

describe('SMART', () => {
  const smart = (features: number, low = 0, count = 1) => run(0xb0, { features, count, low, mid: 0x4f, high: 0xc2 });

  it('needs its key, and to be enabled', () => {
    expect(run(0xb0, { features: 0xda, mid: 0x4f, high: 0xc1 })).toEqual(ABORTED);
    expect(smart(0xda)).toEqual([READY, 0]);
    expect([ide.register(4), ide.register(5)]).toEqual([0x4f, 0xc2]);
    smart(0xd9);
    expect(smart(0xda)).toEqual(ABORTED);
    expect(smart(0xd8)).toEqual([READY, 0]);
  });

  it.each([
    [0xd0, 0],
    [0xd1, 0],
    [0xd5, 1],
    [0xd5, 6],
  ])('subcommand %i, log %i, gives a page with a checksum', (subcommand, log) => {
    expect(smart(subcommand, log)).toEqual([DATA, 0]);
    expect(ide.readWords(256).reduce((sum, byte) => (sum + byte) & 0xff, 0)).toBe(0);
    expect(ide.status).toBe(READY);
  });

  it('knows autosave, self-tests and logs by their numbers', () => {
    expect(smart(0xd2, 0, 0xf1)).toEqual([READY, 0]);
    expect(smart(0xd2, 0, 2)).toEqual(ABORTED);
    expect(smart(0xd4, 0x81)).toEqual([READY, 0]);
    expect(smart(0xd4, 0x83)).toEqual(ABORTED);
    expect(smart(0xd5, 2)).toEqual(ABORTED);
    expect(smart(0xd5, 0)).toEqual([DATA, 0]);
  });
});

describe('interrupts', () => {
  it('are hidden by nIEN but stay pending', () => {
    ide.control(0x02);
    ide.command(0xe7);
    expect(ide.irq).toBe(0);
    ide.control(0x00);
    expect(ide.irq).toBe(1);
    ide.control(0x02);
    expect(ide.irq).toBe(0);
    expect(ide.status).toBe(READY);
    ide.control(0x00);
    expect(ide.irq).toBe(0);
  });

  it("are the selected device's", () => {
    ide.command(0xe7);
    expect(ide.irq).toBe(1);
    ide.selectDevice(1);
    expect(ide.irq).toBe(0);
    expect(ide.status).toBe(READY);
    ide.selectDevice(0);
    expect(ide.irq).toBe(1);
  });

  it('end with the next command, not with Alternate Status', () => {
    ide.command(0xe7);
    expect([ide.alternateStatus, ide.irq]).toEqual([READY, 1]);
    ide.address28(0, 1);
    ide.set(7, 0x30);
    expect(ide.irq).toBe(0);
  });
});

describe('two devices', () => {
  it('keep modes of their own', () => {
    ide.selectDevice(1);
    run(0xc6, { count: 4 });
    const slave = ide.identify();
    expect([slave[59], slave[60], slave[93]]).toEqual([0x104, 63, 0x6100]);
    ide.selectDevice(0);
    const master = ide.identify();
    expect([master[59], master[60], master[93]]).toEqual([0x110, SECTORS, 0x6001]);
  });

  it('see every write to the task file, and nothing while the selected one is busy', () => {
    ide.set(2, 0x33);
    ide.selectDevice(1);
    expect(ide.register(2)).toBe(0x33);
    ide.address28(0, 1, 1);
    ide.command(0x20);
    ide.set(2, 0x44);
    ide.selectDevice(0);
    ide.command(0xe7);
    expect([ide.register(2), ide.register(6), ide.alternateStatus]).toEqual([0, 0xf0, DATA]);
  });

  it('are both diagnosed, whichever is selected, and device 0 interrupts', () => {
    ide.address28(5, 5);
    ide.selectDevice(1);
    ide.command(0x90);
    expect(ide.irq).toBe(1);
    const registers = () => [7, 1, 2, 3, 4, 5, 6].map((offset) => ide.register(offset));
    expect(registers()).toEqual([READY, 1, 1, 1, 0, 0, 0xa0]);
    ide.set(6, 0xb0);
    expect(registers()).toEqual([READY, 1, 1, 1, 0, 0, 0xb0]);
  });
});

describe('software reset', () => {
  it('holds both devices busy, raises no interrupt and leaves the signature', () => {
    ide.address28(9, 9);
    ide.command(0xe7);
    ide.control(0x04);
    expect([ide.irq, ide.alternateStatus]).toEqual([0, 0x80]);
    ide.command(0xec);
    expect(ide.alternateStatus).toBe(0x80);
    ide.control(0x00);
    ide.settle();
    expect(ide.irq).toBe(0);
    expect([7, 1, 2, 3, 4, 5, 6].map((offset) => ide.register(offset))).toEqual([READY, 1, 1, 1, 0, 0, 0xa0]);
  });

  it('ends a transfer half-way; blocks that the drive took are on the disk', () => {
    const before = disk.bytes.slice(101 * 512, 102 * 512);
    ide.address28(100, 3);
    ide.command(0x30);
    ide.writeWords(new Uint8Array(512).fill(0xaa));
    for (let word = 0; word < 10; word++) ide.device.write(0x1f0, 0xbbbb, 2);
    ide.reset();
    expect(disk.bytes.slice(100 * 512, 101 * 512)).toEqual(new Uint8Array(512).fill(0xaa));
    expect(disk.bytes.slice(101 * 512, 102 * 512)).toEqual(before);
    expect(ide.device.read(0x1f0, 2)).toBe(0);
    ide.command(0xe7);
    expect(ide.status).toBe(READY);
  });

  it('abandons a request in flight', () => {
    ide.address28(0, 1);
    ide.set(7, 0x20);
    ide.control(4);
    ide.control(0);
    ide.settle();
    expect([ide.irq, ide.status]).toEqual([0, READY]);
    expect(ide.identify()[3]).toBe(16);
  });
});

describe('the data port', () => {
  it('takes double words as two words, and drops the upper half of a word read as a byte', () => {
    ide.command(0xec);
    expect(ide.device.read(0x1f0, 4)).toBe(0x00140040);
    expect(ide.device.read(0x1f0, 1)).toBe(0);
    expect(ide.device.read(0x1f0, 2)).toBe(16);
  });

  it('reads zero and loses writes when no block is there', () => {
    expect(ide.device.read(0x1f0, 2)).toBe(0);
    ide.device.write(0x1f0, 0xffff, 2);
    ide.address28(0, 1);
    ide.command(0x30);
    expect(ide.device.read(0x1f0, 2)).toBe(0);
    ide.writeWords(new Uint8Array(512).fill(0x77));
    expect(disk.bytes.slice(0, 512)).toEqual(new Uint8Array(512).fill(0x77));
  });
});
