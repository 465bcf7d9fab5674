import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assembledFile } from '../../../guest/programs';

const QEMU = 'qemu-system-i386';
const hasQemu = spawnSync(QEMU, ['--version']).status === 0;
if (!hasQemu) console.warn('QEMU IS NOT INSTALLED: nobody checks that the tour passes on devices that are not ours.');

const SECTOR = 512;
const DISK_SECTORS = 2048;

/** Sectors that each hold their own number and a byte pattern, so that a sector read from the wrong place shows. */
function numberedDisk(): Buffer {
  const disk = Buffer.alloc(DISK_SECTORS * SECTOR);
  for (let sector = 0; sector < DISK_SECTORS; sector++) {
    disk.fill((sector * 7 + 1) & 0xff, sector * SECTOR, (sector + 1) * SECTOR);
    disk.writeUInt32LE(sector, sector * SECTOR);
  }
  return disk;
}

/** CRC-32 bit by bit: slow, and nothing like the table in the guest. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/** Boot the tour and return what came over the serial line when it said that it was done. */
function runTour(machine: string, disk: string): Promise<string> {
  const serial = ['-serial', 'stdio', '-display', 'none', '-monitor', 'none', '-net', 'none'];
  const drive = ['-drive', `file=${disk},format=raw,if=ide`];
  const child = spawn(QEMU, ['-M', machine, '-m', '16', '-bios', assembledFile('tour').pathname, ...drive, ...serial]);
  return new Promise((resolve, reject) => {
    let transcript = '';
    child.stdout.on('data', (chunk: Buffer) => {
      transcript += chunk.toString('latin1');
      if (/tour: done, failures: \d+\r\n/.test(transcript)) child.kill();
    });
    child.on('error', reject);
    child.on('close', () => resolve(transcript));
  });
}

describe.runIf(hasQemu).each(['isapc', 'pc'])('the tour on QEMU machine %s', (machine) => {
  const directory = mkdtempSync(join(tmpdir(), 'selfio-tour-'));
  const file = join(directory, 'disk.img');
  let transcript = '';
  beforeAll(async () => {
    writeFileSync(file, numberedDisk());
    transcript = await runTour(machine, file);
  }, 30_000);
  afterAll(() => rmSync(directory, { recursive: true }));

  it('passes every check', () => {
    expect(transcript).not.toMatch(/FAILED|unexpected/);
    expect(transcript.match(/ ok\r\n/g)?.length).toBeGreaterThan(30);
    expect(transcript).toMatch(/tour: done, failures: 0\r\n$/);
  });

  it('reads the sectors that are on the disk', () => {
    const sum = crc32(numberedDisk().subarray(0, 64 * SECTOR))
      .toString(16)
      .padStart(8, '0');
    expect(transcript).toContain(`crc32 of the first 64 sectors: ${sum}\r\n`);
    expect(transcript).toContain('sectors: 2048\r\n');
  });

  it('writes sectors 128 to 255 and no others', () => {
    const before = numberedDisk();
    const after = readFileSync(file);
    const changed: number[] = [];
    for (let sector = 0; sector < DISK_SECTORS; sector++) {
      const at = sector * SECTOR;
      if (before.compare(after, at, at + SECTOR, at, at + SECTOR) !== 0) changed.push(sector);
    }
    expect(changed).toEqual(Array.from({ length: 128 }, (_, index) => 128 + index));
  });
});
