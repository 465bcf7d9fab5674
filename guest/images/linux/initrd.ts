import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { CpioWriter } from './cpio';
import { findModules, type KernelModule, loadOrder } from './modules';

/**
 * Modules by the moment at which the init script inserts them. The ones named besides drivers are implementations of
 * checksums that the kernel would fetch with modprobe, which there is none of.
 */
const GROUPS = {
  common: ['crct10dif_generic', 'crc64_rocksoft_generic', 'sd_mod', 'libata'],
  pci: ['ata_piix', 'ata_generic'],
  isa: ['pata_legacy'],
  filesystem: ['crc32c_generic', 'ext4', 'sr_mod', 'isofs'],
} as const;

const DIRECTORIES = ['bin', 'command', 'dev', 'mnt', 'modules', 'proc', 'sys', 'tmp'];

/** Scripts of this folder and where they go. */
const SCRIPTS = { 'init.sh': 'init', 'disk-test.sh': 'command/disk-test' } as const;

/**
 * Make the initial RAM disk: busybox, the disk drivers with what they depend on, and the scripts of this folder.
 * @param busybox statically linked program
 * @param modules directory with the kernel's modules
 * @returns a gzip-compressed cpio archive
 */
export function makeInitrd(busybox: string, modules: string): Buffer {
  const archive = new CpioWriter();
  for (const directory of DIRECTORIES) archive.directory(directory);
  archive.device('dev/console', 5, 1);
  archive.file('bin/busybox', readFileSync(busybox), 0o755);
  archive.link('bin/sh', 'busybox');
  for (const [source, target] of Object.entries(SCRIPTS)) {
    archive.file(target, readFileSync(new URL(source, import.meta.url)), 0o755);
  }
  const available = findModules(modules);
  const placed = new Set<string>();
  for (const [group, wanted] of Object.entries(GROUPS)) {
    const added = loadOrder(wanted, available).filter((module) => !placed.has(module.name));
    for (const module of added) addModule(archive, module, placed);
    archive.file(`modules/${group}`, Buffer.from(added.map((module) => `${module.name}\n`).join('')));
  }
  return gzipSync(archive.finish(), { level: 9 });
}

function addModule(archive: CpioWriter, module: KernelModule, placed: Set<string>): void {
  archive.file(join('modules', `${module.name}.ko`), readFileSync(module.file));
  placed.add(module.name);
}
