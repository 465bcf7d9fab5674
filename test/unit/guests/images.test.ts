import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GuestError, GuestMissing, locateGuest } from '../../../guest/images';
import { obtain } from '../../../guest/images/cache';
import { bootSector, writeDisk } from '../../../guest/images/disk';
import { packUncompressed, parseBzImage } from '../../../guest/images/linux/bzimage';
import { CpioWriter } from '../../../guest/images/linux/cpio';
import { findModules, loadOrder } from '../../../guest/images/linux/modules';
import type { Recipe } from '../../../guest/images/recipe';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'selfio-images-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('the initial RAM disk', () => {
  it('is a newc archive, field by field', () => {
    const archive = new CpioWriter().device('dev/console', 5, 1).file('init', Buffer.from('abcde'), 0o755).finish();
    const device =
      '07070100000001000021800000000000000000000000010000000000000000000000000000000000000005000000010000000c00000000';
    const file =
      '070701000000020000' +
      '81ed0000000000000000000000010000000000000005' +
      '0000000000000000' +
      '00000000000000000000000500000000';
    const text = archive.toString('latin1');
    expect(text.slice(0, 110)).toBe(device);
    expect(text.slice(110, 124)).toBe('dev/console\0\0\0');
    expect(text.slice(124, 124 + file.length)).toBe(file);
    expect(text.slice(234, 248)).toBe('init\0\0abcde\0\0\0');
    expect(text.slice(248, 254)).toBe('070701');
    expect(text).toContain('TRAILER!!!\0');
    expect(archive.length % 4).toBe(0);
  });

  it('marks directories and symbolic links by their mode', () => {
    const text = new CpioWriter().directory('bin').link('bin/sh', 'busybox').finish().toString('latin1');
    expect(text.slice(14, 22)).toBe('000041ed');
    const link = text.indexOf('070701', 6);
    expect(text.slice(link + 14, link + 22)).toBe('0000a1ff');
    expect(text).toContain('bin/sh\0');
    expect(text).toContain('busybox');
  });
});

describe('the order of kernel modules', () => {
  const writeModule = (name: string, depends: string) =>
    writeFileSync(join(directory, `${name}.ko`), `\x7fELF....license=GPL\0depends=${depends}\0name=${name}\0`);

  it('puts what a module depends on before it, once', () => {
    writeModule('sd_mod', 'scsi_mod,t10-pi');
    writeModule('scsi_mod', 'scsi_common');
    writeModule('scsi_common', '');
    writeModule('t10-pi', 'scsi_common');
    const order = loadOrder(['sd_mod', 'scsi_mod'], findModules(directory));
    expect(order.map((module) => module.name)).toEqual(['scsi_common', 'scsi_mod', 't10_pi', 'sd_mod']);
    expect(order[2].file).toBe(join(directory, 't10-pi.ko'));
  });

  it('names a module that the package lacks', () => {
    writeModule('sd_mod', 'scsi_mod');
    expect(() => loadOrder(['sd_mod'], findModules(directory))).toThrow(/scsi_mod is not in the kernel package/);
  });
});

/** A kernel image with one setup sector, whose protected-mode part holds a payload of four bytes at offset 16. */
function smallBzImage(): Buffer {
  const image = Buffer.alloc(1024 + 32);
  image.writeUInt8(1, 0x1f1);
  image.write('HdrS', 0x202);
  image.writeUInt16LE(0x020f, 0x206);
  image.writeUInt32LE(16, 0x248);
  image.writeUInt32LE(4, 0x24c);
  image.writeBigUInt64LE(0x1000000n, 0x258);
  image.write('load', 1024 + 16);
  return image;
}

/** An ELF file with two loadable segments, at 1000000h and 1000010h, of which the second is longer in memory. */
function smallElf(): Buffer {
  const elf = Buffer.alloc(256);
  elf.writeUInt32BE(0x7f454c46, 0);
  elf.writeUInt32LE(52, 0x1c);
  elf.writeUInt16LE(32, 0x2a);
  elf.writeUInt16LE(3, 0x2c);
  const segment = (index: number, ...words: number[]) =>
    words.forEach((word, field) => void elf.writeUInt32LE(word, 52 + index * 32 + field * 4));
  segment(0, 1, 200, 0xc1000000, 0x1000000, 4, 4);
  segment(1, 4, 0, 0, 0x9000000, 16, 16);
  segment(2, 1, 210, 0xc1000010, 0x1000010, 2, 64);
  elf.write('head', 200);
  elf.write('xy', 210);
  return elf;
}

describe('a kernel image', () => {
  it('gives its setup code, its payload and the address it is linked for', () => {
    const parts = parseBzImage(smallBzImage(), 'kernel');
    expect(parts.setup.length).toBe(1024);
    expect(Buffer.from(parts.payload).toString()).toBe('load');
    expect(parts.preferredAddress).toBe(0x1000000);
  });

  it("is packed anew with the decompressed kernel in the decompressor's place", () => {
    const packed = Buffer.from(packUncompressed(parseBzImage(smallBzImage(), 'kernel'), smallElf()));
    expect(packed.length).toBe(1024 + 18);
    expect(packed.toString('latin1', 1024, 1028)).toBe('head');
    expect(packed.toString('latin1', 1024 + 16)).toBe('xy');
    expect(packed.readUInt32LE(0x1f4)).toBe(2);
    expect(packed.readUInt32LE(0x24c)).toBe(0);
  });

  it.each([
    ['no kernel at all', Buffer.alloc(4096), 'not a Linux kernel image'],
    ['an empty file', Buffer.alloc(0), 'not a Linux kernel image'],
    ['a kernel cut off', smallBzImage().subarray(0, 1030), 'cut off'],
  ])('is refused: %s', (_, image, complaint) => {
    expect(() => parseBzImage(image, 'kernel')).toThrow(GuestError);
    expect(() => parseBzImage(image, 'kernel')).toThrow(complaint);
  });
});

describe('a disk', () => {
  it('has one active partition from sector 2048', () => {
    const sector = Buffer.from(
      bootSector({ partitionBytes: 15 * 1024 * 1024, type: 0x83, bootCode: Buffer.alloc(512, 0x90) }),
    );
    expect(sector.subarray(0, 440)).toEqual(Buffer.alloc(440, 0x90));
    expect(sector.readUInt8(0x1be)).toBe(0x80);
    // Sector 2048 in a geometry of 16 heads and 63 sectors: cylinder 2, head 0, sector 33.
    expect([...sector.subarray(0x1bf, 0x1c2)]).toEqual([0, 33, 2]);
    expect(sector.readUInt8(0x1c2)).toBe(0x83);
    expect(sector.readUInt32LE(0x1c6)).toBe(2048);
    expect(sector.readUInt32LE(0x1ca)).toBe(30720);
    expect([...sector.subarray(0x1ce, 0x1fe)].every((byte) => byte === 0)).toBe(true);
    expect(sector.readUInt16LE(0x1fe)).toBe(0xaa55);
  });

  it('holds the boot loader from sector 1 and the partition, however short its file', () => {
    const partition = join(directory, 'partition');
    const content = Buffer.alloc(200_000);
    content.fill(0x5a, 130_000, 130_100);
    writeFileSync(partition, content);
    const file = join(directory, 'disk');
    writeDisk(file, { embedded: Buffer.from('core'), partition, partitionBytes: 1024 * 1024, type: 0x83 });
    const disk = readFileSync(file);
    expect(disk.length).toBe(2 * 1024 * 1024);
    expect(disk.toString('latin1', 512, 516)).toBe('core');
    expect(disk.subarray(1024 * 1024, 1024 * 1024 + content.length).equals(content)).toBe(true);
    expect(disk.subarray(1024 * 1024 + content.length).every((byte) => byte === 0)).toBe(true);
  });

  it('refuses a boot loader that would reach into the partition', () => {
    const layout = { embedded: Buffer.alloc(2048 * 512), partition: '/dev/null', partitionBytes: 512, type: 0x83 };
    expect(() => writeDisk(join(directory, 'disk'), layout)).toThrow(/do not fit/);
  });
});

describe('the cache', () => {
  const silent = () => undefined;
  let makes = 0;
  const recipe = (revision: number, text = 'image'): Recipe => ({
    revision,
    make(_, output) {
      makes++;
      writeFileSync(join(output, 'disk.img'), text);
    },
  });
  const ask = (revision = 1, force = false) => obtain(directory, 'grub', recipe(revision), force, silent).made;
  beforeEach(() => {
    makes = 0;
  });

  it('makes a guest once', () => {
    expect([ask(), ask(), ask()]).toEqual([true, false, false]);
    expect(makes).toBe(1);
    expect(readFileSync(locateGuest('grub', directory).disk, 'utf8')).toBe('image');
  });

  it('makes it anew when a file changed, the recipe changed, or it is told to', () => {
    ask();
    writeFileSync(join(directory, 'grub/disk.img'), 'imagE');
    expect(ask()).toBe(true);
    expect(readFileSync(join(directory, 'grub/disk.img'), 'utf8')).toBe('image');
    expect(ask(2)).toBe(true);
    expect(ask(2, true)).toBe(true);
    expect(ask(2)).toBe(false);
  });

  it('keeps the old guest and nothing else when a recipe fails', () => {
    ask();
    const failing: Recipe = {
      revision: 2,
      make(_, output) {
        writeFileSync(join(output, 'disk.img'), 'half');
        throw new GuestError('no network');
      },
    };
    expect(() => obtain(directory, 'grub', failing, false, silent)).toThrow('no network');
    expect(readFileSync(locateGuest('grub', directory).disk, 'utf8')).toBe('image');
    expect(() => readFileSync(join(directory, 'grub.part/output/disk.img'))).toThrow();
  });

  it('says in one line what is missing and how to mend it', () => {
    expect(() => locateGuest('linux', directory)).toThrow(GuestMissing);
    expect(() => locateGuest('linux', directory)).toThrow(/^guest linux: bzimage.* run `npm run guests -- linux`$/);
  });

  it('does not take a guest without its stamp for whole', () => {
    mkdirSync(join(directory, 'grub'));
    writeFileSync(join(directory, 'grub/disk.img'), 'image');
    expect(() => locateGuest('grub', directory)).toThrow(GuestMissing);
  });

  it('names a cache directory that is a file', () => {
    const file = join(directory, 'file');
    writeFileSync(file, '');
    expect(() => obtain(file, 'grub', recipe(1), false, silent)).toThrow(`${file}: cannot be a cache directory`);
  });
});
