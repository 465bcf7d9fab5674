import fc from 'fast-check';
import { DmaControl } from '../../conformance/fw-cfg/fw-cfg-driver';
import { input, output, type Program, type Step } from '../../helpers/device-program/steps';

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
