import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { boot } from '../../../experiments/commands/boot';

/** What `boot` does when the guest, and not the user, is at fault: a report and exit code 1, images as they were. */

const BIOS_BYTES = 0x10000;
const RESET_VECTOR = 0xfff0;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'selfio-boot-failures-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A BIOS whose reset vector jumps to `code` at F000:0000. */
function bios(name: string, code: readonly number[]): string {
  const image = new Uint8Array(BIOS_BYTES);
  image.set(code);
  image.set([0xea, 0x00, 0x00, 0x00, 0xf0], RESET_VECTOR); // jmp f000h:0
  return write(name, image);
}

function write(name: string, bytes: Uint8Array): string {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
}

/** lidt [cs:7], whose limit is 0; int3: neither the breakpoint nor the double fault has a gate. */
const TRIPLE_FAULT = [0x2e, 0x0f, 0x01, 0x1e, 0x07, 0x00, 0xcc, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00];
/** cli; hlt */
const HALT = [0xfa, 0xf4];

/** Run boot in this process: its exit code, and what it wrote to standard error. */
async function run(...words: string[]): Promise<{ code: number; report: string }> {
  let report = '';
  const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    report += String(text);
    return true;
  });
  const output = ['--serial', join(folder, 'serial.txt')];
  try {
    return { code: await boot([...words, ...output, '--limit', '10']), report };
  } finally {
    stderr.mockRestore();
  }
}

/** A program that prints `text` on COM1 and then spins. */
function printing(text: string): number[] {
  const bytes = [...text].map((character) => character.charCodeAt(0));
  const start = 0x20;
  const code = [
    ...[0xbe, start, 0x00, 0xb9, bytes.length & 0xff, bytes.length >> 8], // mov si, start; mov cx, length
    ...[0xba, 0xfb, 0x03, 0xb0, 0x03, 0xee], // mov dx, 3fbh; mov al, 3; out dx, al: words of eight bits
    ...[0xba, 0xf8, 0x03], // mov dx, 3f8h
    ...[0x2e, 0xac, 0xee, 0xe2, 0xfb], // again: cs lodsb; out dx, al; loop again
    ...[0xeb, 0xfe], // jmp $
  ];
  return [...code, ...new Array<number>(start - code.length).fill(0), ...bytes];
}

describe('boot reports a guest that failed, with exit code 1', () => {
  it('triple fault: processor state and last happenings', async () => {
    const { code, report } = await run('--bios', bios('crash.bin', TRIPLE_FAULT), '--disk', blankDisk('a.img'));
    expect(code).toBe(1);
    expect(report).toContain('triple fault');
    expect(report).toMatch(/eip 00000006/);
    expect(report).toMatch(/cs 0000f000/);
    expect(report).toContain('last exit: shutdown');
    expect(report).toContain('last happenings:');
  });

  it('kernel panic: its reason, processor state and last happenings', async () => {
    const words = '[    1.500000] ---[ end Kernel panic - not syncing: no root ]---\r\n';
    const { code, report } = await run('--bios', bios('panic.bin', printing(words)), '--disk', blankDisk('b.img'));
    expect(code).toBe(1);
    expect(report).toContain("the guest's kernel panicked: no root");
    expect(report).toMatch(/access +3f8h/);
  });

  it('but not one that talks about a panic', async () => {
    const words = 'grep "end Kernel panic - not syncing: no root ]---"\r\nno such line\r\n';
    const { code, report } = await run(
      ...['--bios', bios('talk.bin', printing(words)), '--disk', blankDisk('c.img')],
      ...['--expect', 'no such line'],
    );
    expect(code).toBe(0);
    expect(report).toContain('the scenario is through');
  });

  it('a scenario that was not gone through: what it waited for', async () => {
    const image = bios('halt.bin', HALT);
    const { code, report } = await run('--bios', image, '--disk', blankDisk('d.img'), '--expect', 'login:');
    expect(code).toBe(1);
    expect(report).toContain('the scenario still waited for: expect "login:"');
  });
});

function blankDisk(name: string): string {
  return write(name, new Uint8Array(1024));
}

describe('boot damages no image', () => {
  it('not when the guest crashes, and not when it only reads', async () => {
    const disk = write(
      'noise.img',
      new Uint8Array(4096).map((_, index) => (index * 37) & 0xff),
    );
    const digest = () => createHash('sha256').update(readFileSync(disk)).digest('hex');
    const before = digest();
    await run('--bios', bios('crash.bin', TRIPLE_FAULT), '--disk', disk);
    expect(digest()).toBe(before);
  });
});

const PROJECT = join(import.meta.dirname, '../../..');

describe('boot gives the terminal back as it was', () => {
  it('after a crash, wrong use, a signal and a user who has had enough', () => {
    const crash = bios('crash.bin', TRIPLE_FAULT);
    const spin = bios('spin.bin', [0xeb, 0xfe]);
    const disk = blankDisk('e.img');
    const selfio = `node --import tsx experiments/main.ts boot --disk ${disk}`;
    const shell = [
      'stty -g',
      `${selfio} --bios ${crash} >/dev/null 2>&1; echo crash $?; stty -g`,
      `${selfio} --bios /nowhere >/dev/null 2>&1; echo use $?; stty -g`,
      `timeout --foreground --preserve-status 5 ${selfio} --bios ${spin} >/dev/null 2>&1; echo signal $?; stty -g`,
      // Meanwhile the terminal is raw: otherwise there would be nothing to give back.
      'before=$(stty -g)',
      `${selfio} --bios ${spin} --limit 3 </dev/tty >/dev/null 2>&1 & run=$!`,
      'while kill -0 $run 2>/dev/null; do [ "$(stty -g)" = "$before" ] || { echo raw; break; }; sleep 0.2; done',
      'wait $run; echo limit $?; stty -g',
    ].join('\n');
    const script = write('terminal.sh', new TextEncoder().encode(shell));
    const result = spawnSync('script', ['-qec', `sh ${script}`, '/dev/null'], { cwd: PROJECT, encoding: 'utf8' });
    const lines = result.stdout.split(/\r?\n/).filter((line) => line !== '');
    const settings = lines.filter((line) => line.includes(':'));
    expect(lines.filter((line) => !line.includes(':'))).toEqual(['crash 1', 'use 2', 'signal 0', 'raw', 'limit 0']);
    expect(settings.length).toBe(5);
    expect(new Set(settings).size).toBe(1);
  });
});
