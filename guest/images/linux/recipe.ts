import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PartitionType, writeDisk } from '../disk';
import { GuestError } from '../errors';
import { makeExt2 } from '../ext2';
import { unpackGrub, writeGrubDisk } from '../grub';
import type { Build, Recipe } from '../recipe';
import { runTool } from '../tools';
import { packUncompressed, parseBzImage } from './bzimage';
import { LINUX_COMMAND_LINE } from './command-line';
import { makeInitrd } from './initrd';

const MIB = 1024 * 1024;
const DATA_PARTITION_BYTES = 32 * MIB;
const GRUB_DISK_BYTES = 96 * MIB;

/** Always depends on the newest kernel for 32-bit processors without PAE. */
const KERNEL_PACKAGE = 'linux-image-686:i386';
const KERNEL_NAME = /^linux-image-\d.*-686:i386$/;

const XZ_MAGIC = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);

/** Debian's kernel for 32-bit processors with busybox, to be started directly or by GRUB. */
export const linux: Recipe = {
  revision: 3,
  make(build, output) {
    const kernel = unpackKernel(build);
    const busybox = build.unpack('busybox', 'busybox-static:i386');
    const tools = unpackGrub(build);
    build.unpackTools('grub', 'xz-utils');

    const bzImage = readFileSync(kernel.image);
    const parts = parseBzImage(bzImage, kernel.image);
    build.progress(`decompress the kernel, ${bzImage.length} bytes`);
    const vmlinux = decompress(tools, build.scratch, parts.payload);
    writeFileSync(join(output, 'bzimage'), bzImage);
    writeFileSync(join(output, 'vmlinux'), vmlinux);
    build.progress('make the initial RAM disk');
    writeFileSync(join(output, 'initrd.gz'), makeInitrd(join(busybox, 'bin/busybox'), kernel.modules));

    build.progress('make the disks');
    makeDataDisk(tools, build.scratch, join(output, 'data.img'));
    makeBootDisk(tools, build.scratch, output, packUncompressed(parts, vmlinux));
  },
};

function unpackKernel(build: Build): { image: string; modules: string } {
  const name = build.dependenciesOf(KERNEL_PACKAGE).find((dependency) => KERNEL_NAME.test(dependency));
  if (name === undefined) {
    throw new GuestError(
      `package ${KERNEL_PACKAGE} is not in this system's package sources (/etc/apt); Debian 12 has it`,
    );
  }
  const tree = build.unpack('kernel', name);
  const version = name.slice('linux-image-'.length, -':i386'.length);
  return { image: join(tree, `boot/vmlinuz-${version}`), modules: join(tree, `lib/modules/${version}/kernel`) };
}

/** The kernel's payload is one xz stream; the size appended to it is not part of that. */
function decompress(tools: string, scratch: string, payload: Uint8Array): Buffer {
  if (!XZ_MAGIC.equals(payload.subarray(0, XZ_MAGIC.length)))
    throw new GuestError('the kernel is not compressed with xz');
  const file = join(scratch, 'payload.xz');
  writeFileSync(file, payload);
  return runTool(tools, 'usr/bin/xz', ['--decompress', '--stdout', '--single-stream', file]);
}

/** A disk for a kernel that is started directly: one ext2 partition with a text file. */
function makeDataDisk(tools: string, scratch: string, file: string): void {
  const content = join(scratch, 'data');
  mkdirSync(content);
  writeFileSync(join(content, 'README'), 'An ext2 file system on the first partition of /dev/sda.\n');
  const partition = join(scratch, 'data-partition.img');
  makeExt2(tools, partition, { bytes: DATA_PARTITION_BYTES, label: 'data', content });
  writeDisk(file, { partition, partitionBytes: DATA_PARTITION_BYTES, type: PartitionType.LINUX });
}

/** A disk from which SeaBIOS starts GRUB and GRUB the kernel. */
function makeBootDisk(tools: string, scratch: string, output: string, uncompressed: Uint8Array): void {
  const content = join(scratch, 'boot-disk');
  mkdirSync(join(content, 'boot/grub'), { recursive: true });
  copyFileSync(join(output, 'bzimage'), join(content, 'boot/vmlinuz'));
  copyFileSync(join(output, 'initrd.gz'), join(content, 'boot/initrd.gz'));
  writeFileSync(join(content, 'boot/vmlinuz-uncompressed'), uncompressed);
  writeFileSync(join(content, 'boot/grub/grub.cfg'), GRUB_CONFIG);
  writeGrubDisk(tools, scratch, join(output, 'boot.img'), { bytes: GRUB_DISK_BYTES, content });
}

/** The decompressed kernel comes first because the packaged one spends most of its boot on decompressing itself. */
const GRUB_CONFIG = `set timeout=1
menuentry "Debian Linux, decompressed beforehand" {
  linux /boot/vmlinuz-uncompressed ${LINUX_COMMAND_LINE}
  initrd /boot/initrd.gz
}
menuentry "Debian Linux, kernel image as packaged" {
  linux /boot/vmlinuz ${LINUX_COMMAND_LINE}
  initrd /boot/initrd.gz
}
`;
