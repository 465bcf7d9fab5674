import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PARTITION_START, PartitionType, SECTOR_SIZE, writeDisk } from './disk';
import { EXT2_PACKAGE, makeExt2 } from './ext2';
import type { Build, Recipe } from './recipe';
import { runTool } from './tools';

const MIB = 1024 * 1024;
const MODULE_FOLDER = 'usr/lib/grub/i386-pc';

/** Inside core.img: what a prompt on the serial console, file commands and booting Linux or a multiboot kernel need. */
const MODULES = [
  ...['biosdisk', 'part_msdos', 'ext2', 'serial', 'terminal', 'normal', 'configfile', 'test', 'echo'],
  ...['ls', 'cat', 'linux', 'multiboot', 'boot', 'halt', 'reboot'],
];

/** Beside it on the disk, so that `insmod` has something to load through the disk driver. */
const LOADABLE_MODULES = ['hexdump', 'lsmmap', 'date', 'sleep', 'help', 'memrw', 'hello'];

/** Runs before normal mode: everything goes over COM1, there is neither screen nor keyboard. */
const EARLY_CONFIG = 'serial --unit=0 --speed=115200\nterminal_input serial\nterminal_output serial\n';

/** Packages of the boot loader and of the tools that make its disk. */
export function unpackGrub(build: Build): string {
  build.unpack('grub', 'grub-pc-bin:i386');
  return build.unpackTools('grub', 'grub-common', EXT2_PACKAGE);
}

export interface GrubDisk {
  /** Size of the whole disk in bytes. */
  readonly bytes: number;
  /** Directory whose content goes into the file system; GRUB's own files are added under boot/grub. */
  readonly content: string;
}

/**
 * Write a disk that GRUB boots: boot.img in the boot sector, core.img from sector 1, one ext2 partition. This is what
 * grub-install leaves behind, made without a loop device: both images carry sector 1 and 2 as their defaults.
 */
export function writeGrubDisk(tools: string, scratch: string, file: string, disk: GrubDisk): void {
  const modules = join(tools, MODULE_FOLDER);
  const target = join(disk.content, 'boot/grub/i386-pc');
  mkdirSync(target, { recursive: true });
  for (const name of LOADABLE_MODULES) copyFileSync(join(modules, `${name}.mod`), join(target, `${name}.mod`));
  const early = join(scratch, 'early.cfg');
  const core = join(scratch, 'core.img');
  writeFileSync(early, EARLY_CONFIG);
  const place = ['-O', 'i386-pc', '-d', modules, '-p', '(hd0,msdos1)/boot/grub'];
  runTool(tools, 'usr/bin/grub-mkimage', [...place, '-c', early, '-o', core, ...MODULES]);
  const partition = join(scratch, 'partition.img');
  const partitionBytes = disk.bytes - PARTITION_START * SECTOR_SIZE;
  makeExt2(tools, partition, { bytes: partitionBytes, label: 'guest', content: disk.content });
  const bootCode = readFileSync(join(modules, 'boot.img'));
  const embedded = readFileSync(core);
  writeDisk(file, { bootCode, embedded, partition, partitionBytes, type: PartitionType.LINUX });
}

const README_TEXT = `This file system is the first partition of a disk that GRUB was started from.
Every sector of it reached GRUB through the BIOS, the IDE task file and whatever emulates the drive.
`;

/** A 16 MiB disk that boots to GRUB's prompt on the serial console. */
export const grub: Recipe = {
  revision: 1,
  make(build, output) {
    const tools = unpackGrub(build);
    const content = join(build.scratch, 'content');
    mkdirSync(join(content, 'text'), { recursive: true });
    writeFileSync(join(content, 'README'), README_TEXT);
    const lines = Array.from({ length: 2000 }, (_, line) => `line ${line} of a file of 2000 lines\n`);
    writeFileSync(join(content, 'text/lines.txt'), lines.join(''));
    build.progress('make the disk');
    writeGrubDisk(tools, build.scratch, join(output, 'disk.img'), { bytes: 16 * MIB, content });
  },
};
