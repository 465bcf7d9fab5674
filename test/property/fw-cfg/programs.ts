import fc from 'fast-check';
import { DmaControl } from '../../conformance/fw-cfg/fw-cfg-driver';
import {
  input,
  type Observations,
  output,
  PER_STEP,
  type Program,
  type ProgramRunner,
  type Step,
} from '../../helpers/device-program/steps';
import type { FwCfgFile } from '../../reference/fw-cfg/fw-cfg';

const [SELECTOR, DATA, DMA_HIGH, DMA_LOW] = [0x510, 0x511, 0x514, 0x518] as const;
const DESCRIPTOR = 0x1_0000;
const BUFFER = 0x1_0100;
const BUFFER_BYTES = 64;

export type FwCfgOperation =
  | { readonly do: 'select'; readonly key: number }
  | { readonly do: 'read'; readonly count: number }
  | { readonly do: 'dma'; readonly control: number; readonly key: number; readonly length: number; readonly at: number }
  | { readonly do: 'read port'; readonly port: number };

const swap = (value: number): number =>
  ((value >>> 24) | ((value >>> 8) & 0xff00) | ((value << 8) & 0xff_0000) | (value << 24)) >>> 0;

function accesses(operation: FwCfgOperation): readonly Step[] {
  switch (operation.do) {
    case 'select':
      return [output(SELECTOR, operation.key, 2)];
    case 'read':
      return new Array<Step>(operation.count).fill(input(DATA));
    case 'dma':
      return [
        ...[(operation.key << 16) | operation.control, operation.length, 0, operation.at].map((word, index) =>
          output(DESCRIPTOR + 4 * index, swap(word >>> 0), 4),
        ),
        output(DMA_HIGH, 0, 4),
        output(DMA_LOW, swap(DESCRIPTOR), 4),
        input(DESCRIPTOR, 4),
        ...[0, 4, 8, 12].map((offset) => input(BUFFER + offset, 4)),
      ];
    case 'read port':
      return [input(operation.port)];
  }
}

const CLEARED: readonly Step[] = Array.from({ length: BUFFER_BYTES / 4 }, (_, index) =>
  output(BUFFER + 4 * index, 0, 4),
);

/** Programs over the items with these keys. */
export function fwCfgPrograms(keys: readonly number[]): fc.Arbitrary<Program> {
  const key = fc.constantFrom(...keys, 0x3fff).chain((plain) => fc.constantFrom(plain, plain | 0x4000));
  const operation: fc.Arbitrary<FwCfgOperation> = fc.oneof(
    fc.record({ do: fc.constant('select' as const), key }),
    fc.record({ do: fc.constant('read' as const), count: fc.integer({ min: 1, max: 40 }) }),
    fc.record({
      do: fc.constant('dma' as const),
      control: fc.integer({ min: 0, max: 31 }).map((bits) => bits & ~DmaControl.Error),
      key,
      length: fc.integer({ min: 0, max: 40 }),
      at: fc.constantFrom(BUFFER, BUFFER + 3),
    }),
    fc.record({ do: fc.constant('read port' as const), port: fc.integer({ min: DMA_HIGH, max: 0x51b }) }),
  );
  return fc.array(operation, { minLength: 1, maxLength: 12 }).map((list) => [...CLEARED, ...list.flatMap(accesses)]);
}

export const fwCfgPorts = (port: number): string => `${port.toString(16)}h`;

export const FILE_DIRECTORY = 0x19;
const ENTRY_BYTES = 64;

/** Reads `count` bytes of an item. */
async function readItem(runner: ProgramRunner, key: number, count: number): Promise<Uint8Array> {
  const seen: Observations = await runner.run([output(0x510, key, 2), ...new Array(count).fill(input(0x511))]);
  return Uint8Array.from({ length: count }, (_, index) => seen[(index + 1) * PER_STEP]!);
}

/** The files of either side, so that the reference can have the same under the same keys. */
export async function readFiles(runner: ProgramRunner): Promise<FwCfgFile[]> {
  const count = new DataView((await readItem(runner, FILE_DIRECTORY, 4)).buffer).getUint32(0);
  const directory = new DataView((await readItem(runner, FILE_DIRECTORY, 4 + count * ENTRY_BYTES)).buffer);
  const files: FwCfgFile[] = [];
  for (let entry = 4; entry < directory.byteLength; entry += ENTRY_BYTES) {
    const name = String.fromCharCode(...new Uint8Array(directory.buffer, entry + 8, 56)).replace(/\0.*$/s, '');
    const key = directory.getUint16(entry + 4);
    files[key - 0x20] = { name, contents: await readItem(runner, key, directory.getUint32(entry)) };
  }
  return files;
}
