import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addFuel } from '../../firmware-emu/toolchain/fuel';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
/** Pages of a domain's memory, and where the firmware's static data lies. */
const PAGES = 0x4000_0000 / 65_536;
const FIRMWARE_DATA = 0x3fff_0000;

/** As the firmware is built, but with hardly any optimization: a mutant lives for a second. */
const OPTIONS = [
  ...['-O0', '--noAssert', '--runtime', 'stub', '--enable', 'threads'],
  ...['--importMemory', '--sharedMemory', '--noExportMemory'],
  ...['--initialMemory', String(PAGES), '--maximumMemory', String(PAGES), '--memoryBase', String(FIRMWARE_DATA)],
];

/** One planted fault: a piece of a source file, there exactly once, and what stands in its place. */
export interface Mutant {
  /** What is wrong, in a few words. */
  readonly name: string;
  /** Path in the project. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** Why no suite can be expected to notice; such a mutant counts as survived. */
  readonly survives?: string;
}

/** The text of a file of the project, with the fault planted if it is the mutant's. */
export function sourceOf(file: string, mutant: Mutant | undefined): string {
  const text = readFileSync(join(ROOT, file), 'utf8');
  if (file !== mutant?.file) return text;
  const parts = text.split(mutant.find);
  if (parts.length !== 2) throw new Error(`mutant "${mutant.name}": ${file} has its text ${parts.length - 1} times`);
  return parts.join(mutant.replace);
}

/** The firmware with a fault, or without one. */
export async function compileMutant(mutant: Mutant | undefined): Promise<WebAssembly.Module> {
  const asc = await import('assemblyscript/asc');
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main(['firmware-emu/main.ts', '--outFile', 'firmware.wasm', ...OPTIONS], {
    readFile: (name, base) => {
      const path = join(relative('.', base), name);
      return existsSync(join(ROOT, path)) ? sourceOf(path, mutant) : null;
    },
    writeFile: (name, content) => {
      if (name === 'firmware.wasm') binary = content as Uint8Array;
    },
    listFiles: () => [],
  });
  if (error || !binary) throw new Error(`mutant "${mutant?.name}" does not compile:\n${stderr.toString()}`);
  return new WebAssembly.Module(addFuel(binary) as BufferSource);
}
