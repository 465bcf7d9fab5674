import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PARTITION_START, PartitionType, writeDisk } from './disk';
import type { Recipe } from './recipe';
import { runTool } from './tools';

const MIB = 1024 * 1024;
const PARTITION_BYTES = 15 * MIB;

/** A prompt on COM1 that waits for ever. */
const CONFIG = `SERIAL 0 115200
SAY This is SYSLINUX. Type ls.c32 or cat.c32 readme.
PROMPT 1
TIMEOUT 0
DEFAULT ls.c32
`;

const README_TEXT = 'This FAT16 file system is the first partition of a disk that SYSLINUX was started from.\n';

/** Commands for the prompt with the libraries they load. */
const MODULES = ['ls.c32', 'cat.c32', 'libcom32.c32', 'libutil.c32'];

/** A 16 MiB disk that boots to the prompt of SYSLINUX on the serial console, from FAT16. */
export const syslinux: Recipe = {
  revision: 1,
  make(build, output) {
    const tools = build.unpackTools('syslinux', 'syslinux-common', 'syslinux', 'mtools', 'dosfstools');
    const partition = join(build.scratch, 'partition.img');
    build.progress('make the disk');
    // The boot record of the file system must know where on the disk it lies: the hidden sectors.
    const identity = ['-i', '5e1f1000', '-n', 'GUEST', '-h', String(PARTITION_START)];
    runTool(tools, 'sbin/mkfs.fat', ['-C', '-F', '16', ...identity, partition, String(PARTITION_BYTES / 1024)]);
    runTool(tools, 'usr/bin/syslinux', ['--install', partition]);
    const add = (name: string, source: string) =>
      runTool(tools, 'usr/bin/mcopy', ['-i', partition, source, `::${name}`]);
    const addText = (name: string, text: string) => {
      writeFileSync(join(build.scratch, name), text);
      add(name, join(build.scratch, name));
    };
    addText('syslinux.cfg', CONFIG);
    addText('readme', README_TEXT);
    for (const module of MODULES) add(module, join(tools, 'usr/lib/syslinux/modules/bios', module));
    const bootCode = readFileSync(join(tools, 'usr/lib/syslinux/mbr/mbr.bin'));
    writeDisk(join(output, 'disk.img'), {
      bootCode,
      partition,
      partitionBytes: PARTITION_BYTES,
      type: PartitionType.FAT16,
    });
  },
};
