import { join } from 'node:path';
import { run } from './process';

/** What a file system is to look like. */
export interface FileSystemOptions {
  readonly bytes: number;
  readonly label: string;
  /** Directory whose content the file system holds. */
  readonly content: string;
}

/** A tree of unpacked packages whose programs can be run in place. */
export interface ToolTree {
  readonly root: string;
}

/** Run a program of an unpacked package with the libraries unpacked beside it. */
export function runTool(tools: ToolTree, program: string, args: readonly string[]): Buffer {
  const triplet = { x64: 'x86_64-linux-gnu', ia32: 'i386-linux-gnu', arm64: 'aarch64-linux-gnu' }[
    process.arch as string
  ];
  const folders = ['lib', 'usr/lib', `lib/${triplet}`, `usr/lib/${triplet}`].map((folder) => join(tools.root, folder));
  return run(join(tools.root, program), args, { env: { LD_LIBRARY_PATH: folders.join(':') } });
}

/** Packages that `makeExt2` needs in its tool tree, besides their libraries. */
export const EXT2_PACKAGE = 'e2fsprogs';

/** Fixed, so that the same content gives the same image. */
const UUID = '5e1f1000-0000-4000-8000-000000000001';

/**
 * Write an ext2 file system (1 KiB blocks, no journal) into a new file. Extended features that GRUB 2.06 or a kernel's
 * ext2 driver would refuse are left out.
 */
export function makeExt2(tools: ToolTree, file: string, options: FileSystemOptions): void {
  const blocks = options.bytes / 1024;
  const features = ['-t', 'ext2', '-b', '1024', '-O', 'none,filetype,sparse_super', '-I', '128', '-m', '0'];
  const identity = ['-U', UUID, '-E', `hash_seed=${UUID},root_owner=0:0`, '-L', options.label];
  runTool(tools, 'sbin/mke2fs', ['-q', '-F', ...features, ...identity, '-d', options.content, file, String(blocks)]);
}
