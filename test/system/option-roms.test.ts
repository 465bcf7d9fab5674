import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { addLoader, blobConfig } from '../../experiments/blobs/loaders';
import { LINUX_COMMAND_LINE, locateGuest } from '../../guest/images';
import { converse, describeWithGuest } from './converse';

const MIB = 2 ** 20;
const DEBUG = 0;
const PROBE = 1;
/** What the loaders report: kernel copied, initial RAM disk copied, booting. */
const PROBES = [2001, 2002, 2003];
const LIMIT = 60e9;

const folder = fileURLToPath(new URL('multiboot/', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'selfio-multiboot-'));
afterAll(() => rmSync(work, { recursive: true }));

/** A module whose bytes add up to something. */
function moduleFile(name: string, bytes: number): string {
  const path = join(work, name);
  writeFileSync(
    path,
    Uint8Array.from({ length: bytes }, (_, index) => index * 7 + (index >> 8)),
  );
  return path;
}

function sumOf(path: string): number {
  return readFileSync(path).reduce((sum, byte) => sum + byte, 0);
}

/** SeaBIOS with an option ROM for a kernel: what came to the debug console, and the probes. */
async function boot(loader: string, kernel: string, initrd: string | undefined, commandLine: string, scenario: string) {
  const text: number[] = [];
  const probes: number[] = [];
  const ramBytes = 64 * MIB;
  const blobs = blobConfig([], (disk) => addLoader(disk, loader, { kernel, initrd, commandLine, ramBytes }));
  const talk = await converse(
    {
      bios: readFileSync(locateGuest('seabios').bios),
      ramBytes,
      ...blobs,
      debug: (channel, value) => {
        if (channel === DEBUG) text.push(value);
        else if (channel === PROBE) probes.push(value);
      },
    },
    scenario,
    LIMIT,
  );
  return { ...talk, debug: String.fromCharCode(...text), probes };
}

describeWithGuest('seabios', 'SeaBIOS, and a Multiboot kernel from fw_cfg', () => {
  const modules = [moduleFile('first', 300_000), moduleFile('second', 5)] as const;
  const hexadecimal = (value: number) => value.toString(16).padStart(8, '0');

  describe.each(['multiboot', 'multiboot-dma'])('by the loader %s', (loader) => {
    it.each(['kernel-elf.bin', 'kernel-addresses.bin'])('%s finds everything', async (kernel) => {
      const initrd = `${modules[0]} one=1,${modules[1]}`;
      const { debug, probes, result } = await boot(loader, join(folder, kernel), initrd, 'a=b c', 'expect never');
      expect(result.outcome).toBe('halted');
      expect(probes).toEqual(PROBES);
      const said = debug.slice(debug.indexOf('magic'));
      expect(said).toContain('magic 2badb002\n');
      expect(said).toContain(`lower ${hexadecimal(639)}\nupper ${hexadecimal(63 * 1024)}\n`);
      expect(said).toContain(' a=b c\n');
      expect(said).toMatch(/first one=1 at 0020.000\n/);
      expect(said).toContain(`sum ${hexadecimal(sumOf(modules[0]))}\nsecond at `);
      expect(said).toContain(`sum ${hexadecimal(sumOf(modules[1]))}\nmap 00000000\n`);
      expect(said).toContain(`map 00100000\nlength ${hexadecimal(63 * MIB)}\ntype 00000001\n`);
    });
  });
});

describeWithGuest('linux', 'Linux, entered by our LinuxBoot', () => {
  it.each(['linuxboot', 'linuxboot-dma'])('%s reaches user space', async (loader) => {
    const { kernel, initrd } = locateGuest('linux');
    const commandLine = `${LINUX_COMMAND_LINE} run="poweroff"`;
    const { probes, finished } = await boot(loader, kernel, initrd, commandLine, 'expect System halted');
    expect(probes).toEqual(PROBES);
    expect(finished).toBe(true);
  });
});

const hasNasm = spawnSync('nasm', ['--version']).status === 0;

it.runIf(hasNasm).each([
  ['kernel-elf.bin', 1],
  ['kernel-addresses.bin', 0],
])('%s is what NASM makes of its source', (name, elf) => {
  const output = join(work, 'assembled');
  const options = ['-f', 'bin', '-Wall', '-Werror', '-d', `AS_ELF=${elf}`, '-o', output];
  execFileSync('nasm', [...options, join(folder, 'kernel.asm')]);
  expect(Buffer.compare(readFileSync(output), readFileSync(join(folder, name)))).toBe(0);
});
