import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { assembledFile, PROGRAM_NAMES, type ProgramName, sourceFile } from './index';

/**
 * Assemble a program with NASM, which must be installed.
 * @returns the image
 * @throws when NASM reports an error or a warning
 */
export function assemble(name: ProgramName): Uint8Array {
  const directory = mkdtempSync(join(tmpdir(), 'selfio-nasm-'));
  try {
    const output = join(directory, 'image');
    const include = fileURLToPath(new URL('.', import.meta.url));
    const source = fileURLToPath(sourceFile(name));
    execFileSync('nasm', ['-f', 'bin', '-Wall', '-Werror', '-i', include, '-o', output, source], { stdio: 'pipe' });
    return new Uint8Array(readFileSync(output));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Run as a program, this assembles every source anew and keeps the bytes. */
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const name of PROGRAM_NAMES) {
    const image = assemble(name);
    writeFileSync(assembledFile(name), image);
    process.stdout.write(`${name}: ${image.length} bytes\n`);
  }
}
