import { runTool } from './tools';

/** What a file system is to look like. */
export interface FileSystemOptions {
  readonly bytes: number;
  readonly label: string;
  /** Directory whose content the file system holds. */
  readonly content: string;
}

/** Package that `makeExt2` needs in its tool tree. */
export const EXT2_PACKAGE = 'e2fsprogs';

/** One for all: it is told apart by its label, and nothing random belongs into an image. */
const UUID = '5e1f1000-0000-4000-8000-000000000001';

/**
 * Write an ext2 file system (1 KiB blocks, no journal) into a new file. Features that GRUB 2.06 or a kernel's ext2 driver
 * would refuse are left out.
 */
export function makeExt2(tools: string, file: string, options: FileSystemOptions): void {
  const features = ['-t', 'ext2', '-b', '1024', '-O', 'none,filetype,sparse_super', '-I', '128', '-m', '0'];
  const identity = ['-U', UUID, '-E', `hash_seed=${UUID},root_owner=0:0`, '-L', options.label];
  const blocks = String(options.bytes / 1024);
  runTool(tools, 'sbin/mke2fs', ['-q', '-F', ...features, ...identity, '-d', options.content, file, blocks]);
}
