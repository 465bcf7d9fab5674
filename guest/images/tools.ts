import { join } from 'node:path';
import { run } from './process';

/** Debian's names for the directories of shared libraries, by Node's names of processors. */
const LIBRARY_FOLDERS: Partial<Record<NodeJS.Architecture, string>> = {
  x64: 'x86_64-linux-gnu',
  ia32: 'i386-linux-gnu',
  arm64: 'aarch64-linux-gnu',
  arm: 'arm-linux-gnueabihf',
  riscv64: 'riscv64-linux-gnu',
};

/**
 * Run a program of unpacked packages with the shared libraries and helper programs unpacked beside it.
 * @param root tree that `Build.unpackTools` returned
 * @param program path in the tree
 * @returns what it wrote to standard output
 */
export function runTool(root: string, program: string, args: readonly string[]): Buffer {
  const folder = LIBRARY_FOLDERS[process.arch] ?? '';
  const libraries = ['lib', 'usr/lib'].map((base) => join(root, base, folder)).join(':');
  const path = `${join(root, 'usr/bin')}:${process.env.PATH ?? ''}`;
  return run(join(root, program), args, { env: { LD_LIBRARY_PATH: libraries, PATH: path } });
}
