import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { addLoader, blobConfig, fitMachine } from '../../experiments/blobs/loaders';
import { parsePlacements } from '../../experiments/options';
import { LINUX_COMMAND_LINE, LINUX_COMMAND_LINE_PCI, locateGuest } from '../../guest/images';
import { assembledRom } from '../../guest/programs/option-roms';
import { bootImage, ISA_DEVICES, type MachineConfig } from '../../hypervisor/config';
import { memoryPiece } from '../../pv-drivers/backend/concatenated-disk';
import { type Disk, DiskResult } from '../../pv-drivers/backend/disk';
import { converse, describeWithGuest } from './converse';

const MIB = 2 ** 20;
const DEBUG = 0;
const PROBE = 1;
/** What the loaders report: kernel copied, initial RAM disk copied, booting. */
const PROBES = [2001, 2002, 2003];
const LIMIT = 60e9;
/** Without ACPI Linux can only halt. */
const POWERED_OFF = 'expect System halted';
/** Key of the kernel among the items. */
const KERNEL_DATA = 0x11;

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

interface Loaded {
  loader: string;
  kernel: string;
  initrd?: string;
  commandLine?: string;
  placement?: string;
  /** Files of fw_cfg besides. */
  files?: string[];
  changes?: (blobs: Partial<MachineConfig>) => Partial<MachineConfig>;
}

/** SeaBIOS with an option ROM for a kernel: what came to the debug console, and the probes. */
async function boot(options: Loaded, scenario = 'expect never', limit = LIMIT) {
  const { loader, kernel, initrd, commandLine = '', placement = 'reflect', files = [], changes = () => ({}) } = options;
  const text: number[] = [];
  const probes: number[] = [];
  const ramBytes = 64 * MIB;
  const { placements } = parsePlacements([placement]);
  const hardware = fitMachine(loader, { devices: ISA_DEVICES, placements, expansionRom: undefined });
  const blobs = blobConfig(files, (disk) => addLoader(disk, loader, { kernel, initrd, commandLine, ramBytes }));
  const talk = await converse(
    {
      bios: readFileSync(locateGuest('seabios').bios),
      ramBytes,
      ...hardware,
      ...blobs,
      ...changes(blobs),
      debug: (channel, value) => {
        if (channel === DEBUG) text.push(value);
        else if (channel === PROBE) probes.push(value);
      },
    },
    scenario,
    limit,
  );
  return { ...talk, debug: String.fromCharCode(...text), probes };
}

/** The disk of blobs, on which the sectors of the kernel cannot be read. */
function unreadable({ blobs, blobDisk }: Partial<MachineConfig>): Disk {
  const disk = blobDisk!;
  const { sector, bytes } = blobs!.find(({ key }) => key === KERNEL_DATA)!;
  const end = sector + Math.ceil(bytes / 512);
  return {
    ...{ sectors: disk.sectors, readOnly: true, write: () => DiskResult.READ_ONLY, flush: () => DiskResult.OK },
    read: (first, target, offset, length) =>
      first < end && first + length / 512 > sector ? DiskResult.IO_ERROR : disk.read(first, target, offset, length),
  };
}

/** Loaders, each where it has been seen to matter who emulates what it reads from. */
const PLACED = [
  ['multiboot', 'reflect'],
  ['multiboot-dma', 'reflect'],
  ['multiboot-pci', 'reflect'],
  ['multiboot-pci', 'inkernel'],
  ['multiboot-pci', 'ioemu'],
  ['multiboot-pv', 'reflect'],
  ['multiboot-pv', 'inkernel'],
  ['multiboot-pv', 'ioemu'],
] as const;

describeWithGuest('seabios', 'SeaBIOS, and a Multiboot kernel', () => {
  const modules = [moduleFile('first', 300_000), moduleFile('second', 5)] as const;
  const hexadecimal = (value: number) => value.toString(16).padStart(8, '0');

  describe.each(PLACED)('by the loader %s under %s', (loader, placement) => {
    it.each(['kernel-elf.bin', 'kernel-addresses.bin'])('%s finds everything', async (name) => {
      const initrd = `${modules[0]} one=1,${modules[1]}`;
      const kernel = join(folder, name);
      const { debug, probes, result } = await boot({ loader, placement, kernel, initrd, commandLine: 'a=b c' });
      expect(result.outcome).toBe('halted');
      expect(probes).toEqual(PROBES);
      const said = debug.slice(debug.indexOf('magic'));
      expect(said).toContain('magic 2badb002\n');
      // With PCI the BIOS keeps the last pages for its tables.
      const [, length] = /map 00100000\nlength (03[ef]\w{5})\ntype 00000001\n/.exec(said)!;
      if (!loader.endsWith('pci')) expect(length).toBe(hexadecimal(63 * MIB));
      expect(said).toContain(`lower ${hexadecimal(639)}\nupper ${hexadecimal(Number.parseInt(length!, 16) / 1024)}\n`);
      expect(said).toContain(' a=b c\n');
      expect(said).toMatch(/first one=1 at 0020.000\n/);
      expect(said).toContain(`sum ${hexadecimal(sumOf(modules[0]))}\nsecond at `);
      expect(said).toContain(`sum ${hexadecimal(sumOf(modules[1]))}\nmap 00000000\n`);
    });
  });

  /** Clear of what the loader and SeaBIOS use; what is not copied over stays. */
  const FIRST = 0x200000;
  const UNTOUCHED = 0xa5;

  /** [Multiboot] 3.1.1: a file that is loaded whole at `load` and halts. */
  function haltingKernel(load: number, bytes: number): Uint8Array {
    const file = Uint8Array.from({ length: bytes }, (_, index) => (index * 13) ^ (index >> 7));
    const [magic, flags] = [0x1badb002, 0x10000];
    const header = [magic, flags, -(magic + flags), load, load, load + bytes, 0, load + 32];
    new Uint32Array(file.buffer, 0, 8).set(header);
    file.set([0xfa, 0xf4], 32); // CLI, HLT
    return file;
  }

  describe.each(['multiboot', 'multiboot-dma', 'multiboot-pci', 'multiboot-pv'])('the loader %s', (loader) => {
    it.each([
      ['a sector', FIRST, 512],
      ['less than a sector', FIRST + 0x800, 100],
      ['a window and a byte', FIRST, 0x10001],
      ['to an odd place', FIRST + 0x1ff1, 20_003],
      ['to the middle of a sector', FIRST + 0x1900, 70_000],
      ['to a sector within a page', FIRST + 0xa00, 1_100_003],
    ])('copies %s, and not a byte more', async (_, load, bytes) => {
      const contents = haltingKernel(load, bytes);
      const kernel = join(work, 'halting');
      writeFileSync(kernel, contents);
      const around = bootImage(FIRST - 0x1000, memoryPiece(new Uint8Array(0x200000).fill(UNTOUCHED)));
      const { machine, result } = await boot({ loader, kernel, changes: () => ({ images: [around] }) });
      expect(result.outcome).toBe('halted');
      const { bytes: ram } = machine.platform.memory;
      expect(Buffer.compare(ram.subarray(load, load + bytes), contents)).toBe(0);
      const outside = [...ram.subarray(load - 0x1000, load), ...ram.subarray(load + bytes, load + bytes + 0x1000)];
      expect(outside.every((byte) => byte === UNTOUCHED)).toBe(true);
    });
  });

  it.each([
    ['multiboot-dma', 'fw_cfg refuses a transfer'],
    ['multiboot-pci', 'the ROM card cannot read an item'],
    ['multiboot-pv', 'the PV disk cannot read an item'],
  ])('%s leaves it to the BIOS when the kernel cannot be read', async (loader, complaint) => {
    const kernel = join(folder, 'kernel-elf.bin');
    const { debug, probes, finished } = await boot(
      { loader, kernel, changes: (blobs) => ({ blobDisk: unreadable(blobs) }) },
      'expect No bootable device',
    );
    expect(finished).toBe(true);
    expect(debug).toContain(`${complaint}\n`);
    expect(probes).toEqual([]);
  });

  it.each([
    ['multiboot-pci', 'there is no ROM card'],
    ['multiboot-pv', 'there is no PV disk'],
  ] as const)('%s does so too when what it reads from is not there', async (loader, complaint) => {
    const { debug, probes, finished } = await boot(
      {
        loader,
        kernel: join(folder, 'kernel-elf.bin'),
        files: [`name=genroms/stray.bin,file=${fileURLToPath(assembledRom(loader))}`],
        changes: () => ({ devices: ISA_DEVICES, expansionRom: undefined }),
      },
      'expect No bootable device',
    );
    expect(finished).toBe(true);
    expect(debug).toContain(`${complaint}\n`);
    expect(probes).toEqual([]);
  });
});

describeWithGuest('linux', 'Linux, entered by our LinuxBoot', () => {
  it.each([
    ['linuxboot', 'reflect'],
    ['linuxboot-dma', 'reflect'],
    ['linuxboot-pci', 'reflect'],
    ['linuxboot-pci', 'inkernel'],
    ['linuxboot-pci', 'ioemu'],
    ['linuxboot-pv', 'reflect'],
  ])('%s under %s reaches user space', async (loader, placement) => {
    const { kernel, initrd } = locateGuest('linux');
    const usual = loader === 'linuxboot-pci' ? LINUX_COMMAND_LINE_PCI : LINUX_COMMAND_LINE;
    const commandLine = `${usual} run="poweroff"`;
    const { probes, finished } = await boot({ loader, placement, kernel, initrd, commandLine }, POWERED_OFF);
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
