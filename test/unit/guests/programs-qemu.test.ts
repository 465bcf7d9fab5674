import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assembledFile, type ProgramName } from '../../../guest/programs';

const QEMU = 'qemu-system-i386';
const hasQemu = spawnSync(QEMU, ['--version']).status === 0;
if (!hasQemu)
  console.warn('QEMU IS NOT INSTALLED: nobody checks that the guest programs pass on devices that are not ours.');

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

/** Boot a program and return what came over the serial line when it said that it was done. */
function runProgram(program: ProgramName, machine: string, disk?: string): Promise<string> {
  const serial = ['-serial', 'stdio', '-display', 'none', '-monitor', 'none', '-net', 'none'];
  const drive = disk === undefined ? [] : ['-drive', `file=${disk},format=raw,if=ide`];
  const child = spawn(QEMU, ['-M', machine, '-m', '16', '-bios', assembledFile(program).pathname, ...drive, ...serial]);
  return new Promise((resolve, reject) => {
    let transcript = '';
    child.stdout.on('data', (chunk: Buffer) => {
      transcript += chunk.toString('latin1');
      if (/(done, failures: \d+|no PCI IDE controller)\r\n/.test(transcript)) child.kill();
    });
    child.on('error', reject);
    child.on('close', () => resolve(transcript));
  });
}

/** Numbers of the sectors in which two images differ. */
function changedSectors(before: Buffer, after: Buffer): number[] {
  const sectors = Array.from({ length: DISK_SECTORS }, (_, sector) => sector);
  return sectors.filter((sector) => {
    const [start, end] = [sector * SECTOR, (sector + 1) * SECTOR];
    return before.compare(after, start, end, start, end) !== 0;
  });
}

describe.runIf(hasQemu).each([
  { program: 'tour', machine: 'isapc', checks: 34, written: 128 },
  { program: 'tour', machine: 'pc', checks: 34, written: 128 },
  { program: 'disk-dma', machine: 'pc', checks: 10, written: 64 },
] as const)('$program on QEMU machine $machine', ({ program, machine, checks, written }) => {
  const directory = mkdtempSync(join(tmpdir(), 'selfio-qemu-'));
  const file = join(directory, 'disk.img');
  let transcript = '';
  beforeAll(async () => {
    writeFileSync(file, numberedDisk());
    transcript = await runProgram(program, machine, file);
  }, 30_000);
  afterAll(() => rmSync(directory, { recursive: true }));

  it('passes every check', () => {
    expect(transcript).not.toMatch(/FAILED|unexpected/);
    expect(transcript.match(/ ok\r\n/g)).toHaveLength(checks);
    expect(transcript).toMatch(/done, failures: 0\r\n$/);
  });

  it('writes its sectors from 128 on and no others', () => {
    const expected = Array.from({ length: written }, (_, index) => 128 + index);
    expect(changedSectors(numberedDisk(), readFileSync(file))).toEqual(expected);
  });

  if (program === 'tour') {
    it('reads the sectors that are on the disk', () => {
      const sum = crc32(numberedDisk().subarray(0, 64 * SECTOR));
      expect(transcript).toContain(`crc32 of the first 64 sectors: ${sum.toString(16).padStart(8, '0')}\r\n`);
      expect(transcript).toContain('sectors: 2048\r\n');
    });
  }
});

describe.runIf(hasQemu)('disk-dma on a machine without PCI', () => {
  it('says so', async () => {
    expect(await runProgram('disk-dma', 'isapc')).toBe('dma: no PCI IDE controller\r\n');
  });
});
