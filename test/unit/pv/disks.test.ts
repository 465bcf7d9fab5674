import { chmodSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Disk, DiskResult } from '../../../pv-drivers/backend/disk';
import { type FileDisk, openFileDisk } from '../../../pv-drivers/backend/file-disk';
import { MemoryDisk } from '../../../pv-drivers/backend/memory-disk';
import { OverlayDisk } from '../../../pv-drivers/backend/overlay-disk';

const synced = vi.hoisted(() => ({ files: [] as number[] }));
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  return {
    ...fs,
    fsyncSync: (file: number) => {
      synced.files.push(file);
      fs.fsyncSync(file);
    },
  };
});

const SECTORS = 40;
const pattern = () => Uint8Array.from({ length: SECTORS * 512 }, (_, i) => (i >> 9) * 3 + (i % 7));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'selfio-disk-'));
  synced.files.length = 0;
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function image(bytes: Uint8Array = pattern()): string {
  const path = join(folder, 'disk.img');
  writeFileSync(path, bytes);
  return path;
}

const kinds: [string, () => Disk][] = [
  ['file', () => openFileDisk(image(), false)],
  ['memory', () => new MemoryDisk(pattern())],
  ['overlay', () => new OverlayDisk(new MemoryDisk(pattern(), true))],
  ['overlay over a file', () => new OverlayDisk(openFileDisk(image(), true))],
];

describe.each(kinds)('%s disk', (_, open) => {
  const memory = new Uint8Array(new SharedArrayBuffer(16384));
  let disk: Disk;

  beforeEach(() => {
    disk = open();
    memory.fill(0xee);
  });

  test('has its size and takes writes', () => {
    expect([disk.sectors, disk.readOnly]).toEqual([SECTORS, false]);
  });

  test('reads sectors to their place and nothing beside it', () => {
    expect(disk.read(5, memory, 1000, 1024)).toBe(DiskResult.OK);
    expect(memory.slice(1000, 2024)).toEqual(pattern().slice(5 * 512, 7 * 512));
    expect([memory[999], memory[2024]]).toEqual([0xee, 0xee]);
  });

  test('keeps what was written, and its neighbours', () => {
    memory.fill(0x42, 512, 1536);
    expect(disk.write(7, memory, 512, 1024)).toBe(DiskResult.OK);
    expect(disk.read(6, memory, 4096, 2048)).toBe(DiskResult.OK);
    const expected = pattern().slice(6 * 512, 10 * 512);
    expected.fill(0x42, 512, 1536);
    expect(memory.slice(4096, 6144)).toEqual(expected);
  });

  test('the last write counts', () => {
    for (const value of [1, 2]) {
      memory.fill(value, 0, 512);
      disk.write(3, memory, 0, 512);
    }
    disk.read(3, memory, 1024, 512);
    expect(memory.slice(1024, 1536).every((byte) => byte === 2)).toBe(true);
  });

  test('ends where it ends', () => {
    expect(disk.read(SECTORS - 1, memory, 0, 512)).toBe(DiskResult.OK);
    memory.fill(0xee);
    expect(disk.read(SECTORS - 1, memory, 0, 1024)).toBe(DiskResult.OUT_OF_RANGE);
    expect(disk.write(SECTORS, memory, 0, 512)).toBe(DiskResult.OUT_OF_RANGE);
    expect(disk.write(-1, memory, 0, 512)).toBe(DiskResult.OUT_OF_RANGE);
    expect(memory.every((byte) => byte === 0xee)).toBe(true);
  });

  test('flush succeeds', () => {
    expect(disk.flush()).toBe(DiskResult.OK);
  });
});

describe('overlay', () => {
  test('never writes to its base', () => {
    const base = new MemoryDisk(pattern());
    const overlay = new OverlayDisk(base);
    overlay.write(0, new Uint8Array(SECTORS * 512), 0, SECTORS * 512);
    expect(base.bytes).toEqual(pattern());
  });

  test('hands on the failures of its base', () => {
    const path = image();
    const overlay = new OverlayDisk(openFileDisk(path, true));
    truncateSync(path, 512);
    expect(overlay.read(1, new Uint8Array(512), 0, 512)).toBe(DiskResult.IO_ERROR);
  });
});

test('a memory disk has whole sectors', () => {
  expect(() => new MemoryDisk(new Uint8Array(513))).toThrow(RangeError);
});

test('a read-only memory disk refuses writes', () => {
  const disk = new MemoryDisk(pattern(), true);
  expect(disk.write(0, new Uint8Array(512), 0, 512)).toBe(DiskResult.READ_ONLY);
  expect(disk.bytes).toEqual(pattern());
});

describe('file disk', () => {
  const source = new Uint8Array(1024).fill(9);
  const use = (disk: FileDisk, action: (disk: FileDisk) => void) => {
    action(disk);
    disk.close();
  };

  test('writes reach the file', () => {
    const path = image();
    use(openFileDisk(path, false), (disk) => disk.write(2, source, 0, 1024));
    const expected = pattern();
    expected.fill(9, 1024, 2048);
    expect(Buffer.compare(readFileSync(path), expected)).toBe(0);
  });

  test('flush reaches fsync, and so does close', () => {
    const disk = openFileDisk(image(), false);
    disk.write(0, source, 0, 512);
    expect(synced.files).toHaveLength(0);
    disk.flush();
    expect(synced.files).toHaveLength(1);
    disk.close();
    expect(synced.files).toHaveLength(2);
  });

  test('read-only: no write, and the file need not be writable', () => {
    const path = image();
    chmodSync(path, 0o444);
    use(openFileDisk(path, true), (disk) => {
      expect(disk.readOnly).toBe(true);
      expect(disk.write(0, source, 0, 512)).toBe(DiskResult.READ_ONLY);
      expect(disk.flush()).toBe(DiskResult.OK);
    });
    expect(synced.files).toHaveLength(0);
    expect(Buffer.compare(readFileSync(path), pattern())).toBe(0);
  });

  test('a file that was cut after it was opened gives errors', () => {
    const path = image();
    use(openFileDisk(path, false), (disk) => {
      truncateSync(path, 700);
      expect(disk.read(1, new Uint8Array(512), 0, 512)).toBe(DiskResult.IO_ERROR);
      expect(disk.lastError).toContain('cut after opening');
      expect(disk.read(0, new Uint8Array(512), 0, 512)).toBe(DiskResult.OK);
    });
  });

  test('what the operating system refuses is a result', () => {
    const disk = openFileDisk(image(), false);
    disk.close();
    expect(disk.read(0, new Uint8Array(512), 0, 512)).toBe(DiskResult.IO_ERROR);
    expect(disk.write(0, source, 0, 512)).toBe(DiskResult.IO_ERROR);
    expect(disk.flush()).toBe(DiskResult.IO_ERROR);
    expect(disk.lastError).toContain('EBADF');
  });

  test.each<[string, () => string, RegExp]>([
    ['a missing file', () => join(folder, 'none.img'), /^disk image .*none\.img does not exist; check the path$/],
    ['a folder', () => folder, /is not a regular file; name a disk image$/],
    ['an empty file', () => image(new Uint8Array(0)), /disk\.img is empty; .*truncate -s 64M '.*disk\.img'$/],
    ['half a sector', () => image(new Uint8Array(1000)), /has 1000 bytes, not a multiple of 512; .*truncate -s 1024 /],
    ['a device', () => '/dev/null', /\/dev\/null is not a regular file; name a disk image$/],
  ])('%s cannot be opened, in one line', (_, path, message) => {
    for (const readOnly of [false, true]) expect(() => openFileDisk(path(), readOnly)).toThrow(message);
  });
});
