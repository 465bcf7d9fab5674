import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FIRMWARE_DATA, REGION_END } from '../../hypervisor/abi/layout';
import { auditFirmware } from './audit';
import { addFuel } from './fuel';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const OUTPUT = join(ROOT, 'build', 'firmware');
/** Folders whose sources go into the firmware binary, as DESIGN's boundaries allow. */
const SOURCES = ['firmware-emu', 'pv-drivers/protocol', 'pv-drivers/ring', 'pv-drivers/frontend', 'hypervisor/abi'];

/**
 * The firmware as bytes: compiled from its sources, audited, and bounded by fuel. A binary built from the same sources by
 * the same compiler is taken from `build/`.
 *
 * @param root replaces the project's folder, for tests that compile changed sources
 * @param announce called when there is something to compile, which takes seconds
 * @throws Error with the compiler's messages, or with the audit's findings
 */
export async function buildFirmware(root: string = ROOT, announce: () => void = () => {}): Promise<Uint8Array> {
  const file = join(OUTPUT, `firmware-${hashSources(root)}.wasm`);
  if (existsSync(file)) return readFileSync(file);
  announce();
  const binary = await compile(root);
  const findings = auditFirmware(binary);
  if (findings.length > 0) throw new Error(`firmware audit: the binary ${findings.join('; it ')}`);
  const result = addFuel(binary);
  mkdirSync(OUTPUT, { recursive: true });
  writeFileSync(`${file}.${process.pid}`, result);
  renameSync(`${file}.${process.pid}`, file);
  return result;
}

function listSources(root: string): string[] {
  return SOURCES.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.startsWith(`toolchain${sep}`))
      .map((name) => join(folder, name)),
  ).sort();
}

function hashSources(root: string): string {
  const hash = createHash('sha256');
  const toolchain = ['build.ts', 'fuel.ts', 'audit.ts'].map((name) => join(ROOT, 'firmware-emu', 'toolchain', name));
  for (const name of listSources(root))
    hash
      .update(name)
      .update('\0')
      .update(readFileSync(join(root, name)));
  for (const path of [...toolchain, join(ROOT, 'node_modules', 'assemblyscript', 'package.json')]) {
    hash.update(readFileSync(path));
  }
  return hash.digest('hex').slice(0, 16);
}

/** -O3 takes a second longer and is no faster. Numbers are decimal because the compiler reads `--memoryBase 0x…` as 0 without a word. */
const OPTIONS = [
  ...['-O2', '--noAssert', '--runtime', 'stub', '--enable', 'threads'],
  ...['--importMemory', '--sharedMemory', '--noExportMemory'],
  ...['--initialMemory', String(REGION_END / 65536), '--maximumMemory', String(REGION_END / 65536)],
  ...['--memoryBase', String(FIRMWARE_DATA)],
];

/** The compiler loads binaryen (about a second), hence only when there is something to compile. */
async function compile(root: string): Promise<Uint8Array> {
  const asc = await import('assemblyscript/asc');
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main(['firmware-emu/main.ts', '--outFile', 'firmware.wasm', ...OPTIONS], {
    readFile: (name, base) => readSource(join(relative('.', base), name), root),
    writeFile: (name, content) => {
      if (name === 'firmware.wasm') binary = content as Uint8Array;
    },
    listFiles: () => [],
  });
  if (error || !binary) throw new Error(`firmware does not compile:\n${stderr.toString() || error?.message}`);
  return binary;
}

function readSource(name: string, root: string): string | null {
  const path = join(root, name);
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
}
