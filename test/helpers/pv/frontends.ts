import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/**
 * The real front-ends, compiled from their AssemblyScript with the firmware's options, as functions that tests can call.
 *
 * `frontend-exports.as` is AssemblyScript with a suffix of its own, because tests are checked by `tsc`, to which
 * AssemblyScript's operators on pointers make no sense.
 */
export interface FrontendExports {
  blockConnect(index: number, port: number): void;
  blockBegin(index: number, operation: number, sectorLow: number, sectorHigh: number): number;
  blockAddSegment(index: number, address: number, bytes: number): number;
  blockSubmit(index: number, tag: number): number;
  blockCancel(index: number): void;
  blockTransfer(
    index: number,
    operation: number,
    sector: number,
    address: number,
    sectors: number,
    tag: number,
  ): number;
  blockFlush(index: number, tag: number): number;
  blockPoll(index: number): number;
  blockTag(index: number): number;
  blockStatus(index: number): number;
  blockInFlight(index: number): number;
  blockAbandon(index: number): void;
  blockBroken(index: number): number;
  blockMoveIndices(index: number, value: number): void;
  consoleConnect(index: number, port: number): void;
  consoleWrite(index: number, byte: number): number;
  consoleRead(index: number): number;
  consoleOutputSpace(index: number): number;
  consoleInputAvailable(index: number): number;
  consoleNotify(index: number): void;
  consoleBroken(index: number): number;
  consoleMoveIndices(index: number, value: number): void;
}

export interface Frontends {
  readonly call: FrontendExports;
  /** The domain's memory: 1 GiB of address space, of which only touched pages cost. One for all tests of a file. */
  readonly memory: Uint8Array;
  /** Called at each event_send. */
  onEvent: (port: number) => void;
}

const ROOT = join(import.meta.dirname, '..', '..', '..');
const ENTRY = 'test/helpers/pv/frontend-exports';
const MEMORY_PAGES = 16384;
const OPTIONS = [
  ...['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'threads'],
  ...['--importMemory', '--sharedMemory', '--noExportMemory'],
  ...['--initialMemory', String(MEMORY_PAGES), '--maximumMemory', String(MEMORY_PAGES)],
  ...['--memoryBase', String(0x3fff0000)],
];

/** A change of one source, by which a test plants a fault. */
export interface Edit {
  /** Path from the project's folder. */
  readonly file: string;
  /** Text that must occur exactly once. */
  readonly from: string;
  readonly to: string;
}

/** The engine limits how many memories of this size a process may have, so all instances of a test file share one. */
let shared: WebAssembly.Memory | undefined;

export async function loadFrontends(edit?: Edit): Promise<Frontends> {
  shared ??= new WebAssembly.Memory({ initial: MEMORY_PAGES, maximum: MEMORY_PAGES, shared: true });
  const memory = shared;
  const frontends = { memory: new Uint8Array(memory.buffer), onEvent: (_port: number) => {} };
  const imports = {
    env: { memory },
    hypercall: {
      event_send: (port: number) => {
        frontends.onEvent(port);
        return 0;
      },
    },
  };
  const { instance } = await WebAssembly.instantiate(await compileFrontends(edit), imports);
  return Object.assign(frontends, { call: instance.exports as unknown as FrontendExports });
}

/** The front-ends' binary. */
export async function compileFrontends(edit?: Edit): Promise<Uint8Array<ArrayBuffer>> {
  const asc = await import('assemblyscript/asc');
  let binary: Uint8Array<ArrayBuffer> | undefined;
  const { error, stderr } = await asc.main([`${ENTRY}.ts`, '--outFile', 'frontends.wasm', ...OPTIONS], {
    readFile: (name, base) => readSource(relative('.', join(base, name)), edit),
    writeFile: (name, content) => {
      if (name === 'frontends.wasm') binary = content as Uint8Array<ArrayBuffer>;
    },
    listFiles: () => [],
  });
  if (error || !binary) throw new Error(`front-ends do not compile:\n${stderr.toString() || error?.message}`);
  return binary;
}

function readSource(name: string, edit: Edit | undefined): string | null {
  const path = join(ROOT, name === `${ENTRY}.ts` ? `${ENTRY}.as` : name);
  if (!existsSync(path)) return null;
  const source = readFileSync(path, 'utf8');
  if (name !== edit?.file) return source;
  if (source.split(edit.from).length !== 2) throw new Error(`${name}: '${edit.from}' does not occur exactly once`);
  return source.replace(edit.from, () => edit.to);
}
