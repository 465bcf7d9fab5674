import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { assembledRom, OPTION_ROM_NAMES, OPTION_ROMS, type OptionRomName } from './index';

const folder = fileURLToPath(new URL('.', import.meta.url));
/** Place of the expansion header's offset, and of the header's own checksum ([PnP] 3.2). */
const HEADER_POINTER = 0x1a;
const HEADER_CHECKSUM = 9;
const HEADER_BYTES = 32;

/**
 * Assemble an option ROM with NASM, which must be installed, and set its two checksums.
 * @throws when NASM reports an error or a warning
 */
export function assembleOptionRom(name: OptionRomName): Uint8Array {
  const { source, access } = OPTION_ROMS[name];
  const directory = mkdtempSync(join(tmpdir(), 'selfio-nasm-'));
  try {
    const output = join(directory, 'image');
    const options = ['-f', 'bin', '-Wall', '-Werror', '-d', `ACCESS="${access}"`, '-i', folder, '-o', output];
    execFileSync('nasm', [...options, join(folder, `${source}.asm`)], { stdio: 'pipe' });
    return withChecksums(new Uint8Array(readFileSync(output)));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function withChecksums(image: Uint8Array): Uint8Array {
  const header = image[HEADER_POINTER]! | (image[HEADER_POINTER + 1]! << 8);
  image[header + HEADER_CHECKSUM] = -sum(image.subarray(header, header + HEADER_BYTES));
  image[image.length - 1] = -sum(image);
  return image;
}

function sum(bytes: Uint8Array): number {
  return bytes.reduce((total, byte) => total + byte, 0);
}

/** Run as a program, this assembles all of them anew and keeps the bytes. */
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  mkdirSync(new URL('assembled/', import.meta.url), { recursive: true });
  for (const name of OPTION_ROM_NAMES) {
    const image = assembleOptionRom(name);
    writeFileSync(assembledRom(name), image);
    process.stdout.write(`${name}: ${image.length} bytes\n`);
  }
}
