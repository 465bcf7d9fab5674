import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildFirmware } from '../../../firmware-emu/toolchain/build';
import { patternDisk } from '../placements/guest-run';
import { DISK_SECTORS, fileContents, StringMachine } from './guest-run';
import { FILE_NAME, Mode, type Program, simpleProgram, stringGuest } from './steps';

const QEMU = 'qemu-system-i386';
const found = spawnSync(QEMU, ['--version']).status === 0;
if (!found) {
  const advice = `${QEMU} IS NOT INSTALLED: nobody compares string I/O with another processor (apt-get install qemu-system-x86)`;
  if (process.env.SELFIO_REQUIRE_QEMU === '1') throw new Error(`${advice}, and SELFIO_REQUIRE_QEMU=1 forbids that`);
  console.warn(`\n*** ${advice} ***\n`);
}

/** End of the memory that the guest sums up. */
const TOLD = 0x20_0000;
const SUMMED = 0x2_0000;
const SUMS = (TOLD - SUMMED) / 0x1000;
const WORDS = 4;
/** Pages between which a PC has no RAM. */
const HOLE = 0xa0;
const HOLE_END = 0x100;
const UNLIMITED = 0xffff_ffff;
/** EFLAGS in the log: without RF, which QEMU does not push between the elements of a repetition ([SDM] vol. 3, 17.3.1.1 does). */
const FLAGS_WORD = 5;
const RF = 0x10000;
const ENTRY_WORDS = 8;

/** What comes to the debug console under QEMU's TCG. */
function runUnderQemu(program: Program): Uint8Array {
  const work = mkdtempSync(join(tmpdir(), 'selfio-string-'));
  try {
    const [image, file, disk, output] = ['guest.bin', 'file', 'disk', 'output'].map((name) => join(work, name)) as [
      string,
      string,
      string,
      string,
    ];
    writeFileSync(disk, patternDisk(DISK_SECTORS));
    writeFileSync(image, stringGuest(program, TOLD));
    writeFileSync(file, fileContents());
    const machine = ['-M', 'pc', '-cpu', 'pentium', '-m', '2', '-accel', 'tcg', '-nodefaults', '-display', 'none'];
    const console = ['-debugcon', `file:${output}`, '-global', 'isa-debugcon.iobase=0x402'];
    const end = ['-device', 'isa-debug-exit,iobase=0x501', '-no-reboot'];
    const drive = ['-drive', `file=${disk},format=raw,if=ide`];
    const items = ['-fw_cfg', `name=${FILE_NAME},file=${file}`];
    const { status } = spawnSync(QEMU, [...machine, '-bios', image, ...drive, ...items, ...console, ...end], {
      timeout: 30_000,
    });
    // The debug device ends QEMU with an odd status; 0 is a reset, after three faults.
    if (status === null || status === 0) throw new Error(`the guest did not come to its end under QEMU (${status})`);
    return readFileSync(output);
  } finally {
    rmSync(work, { recursive: true });
  }
}

function wordsOf(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / WORDS }, (_, word) => view.getUint32(word * WORDS, true));
}

/** What came to the debug console: what the instructions wrote, the log, and the sum of each page. */
function readable(bytes: Uint8Array, entries: number): string[] {
  const logStart = bytes.length - (SUMS + entries * ENTRY_WORDS) * WORDS;
  const words = wordsOf(bytes.subarray(logStart));
  const lines = Array.from({ length: entries }, (_, entry) => {
    const line = words.slice(entry * ENTRY_WORDS, (entry + 1) * ENTRY_WORDS);
    line[FLAGS_WORD] = (line[FLAGS_WORD]! & ~RF) >>> 0;
    return line.map((word) => word.toString(16)).join(' ');
  });
  const sums = words.slice(-SUMS).map((sum, index) => ({ page: SUMMED / 0x1000 + index, sum }));
  const ram = sums.filter(({ page }) => page < HOLE || page >= HOLE_END);
  return [
    Buffer.from(bytes.subarray(0, logStart)).toString('hex'),
    ...lines,
    ...ram.map(({ page, sum }) => `page ${page.toString(16)}: ${sum.toString(16)}`),
  ];
}

describe.runIf(found)('the same guest on QEMU', () => {
  let machine: StringMachine;
  beforeAll(async () => {
    machine = new StringMachine(new WebAssembly.Module((await buildFirmware()) as BufferSource));
  });

  it.each(Object.entries(Mode))('ends alike, in mode %s', (_, mode) => {
    fc.assert(
      fc.property(simpleProgram(mode), (program) => {
        const { outcome, log, written } = machine.run(program, UNLIMITED, TOLD);
        expect(outcome).toBe('halted');
        expect(readable(Uint8Array.from(written), log.length)).toEqual(readable(runUnderQemu(program), log.length));
      }),
      { numRuns: 4, seed: 2012, endOnFailure: true },
    );
  });
});

const hasNasm = spawnSync('nasm', ['--version']).status === 0;
if (!hasNasm) console.warn('NASM IS NOT INSTALLED: nobody checks that the guest of this test belongs to its source.');

it.runIf(hasNasm)('the guest is what NASM makes of its source', () => {
  const folder = new URL('.', import.meta.url).pathname;
  const work = mkdtempSync(join(tmpdir(), 'selfio-nasm-'));
  const output = join(work, 'guest.bin');
  execFileSync('nasm', ['-f', 'bin', '-Wall', '-Werror', '-o', output, 'string-guest.asm'], { cwd: folder });
  expect(Buffer.compare(readFileSync(output), readFileSync(join(folder, 'string-guest.bin')))).toBe(0);
  rmSync(work, { recursive: true });
});
