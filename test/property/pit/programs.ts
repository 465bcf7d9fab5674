import fc from 'fast-check';
import { middleOfClock } from '../../conformance/pit/pit-driver';
import type { Simplify } from '../../helpers/device-program/simplified';
import { input, output, type Program, type Step, wait } from '../../helpers/device-program/steps';

/** What a driver, or a guest gone wild, does to the 8254. Shrinks as an operation, not as single port accesses. */
export type PitOperation =
  | { readonly do: 'program'; readonly counter: number; readonly control: number; readonly count: number }
  | { readonly do: 'count'; readonly counter: number; readonly bytes: readonly number[] }
  | { readonly do: 'clock'; readonly clocks: number }
  | { readonly do: 'latch'; readonly counter: number; readonly reads: number }
  | { readonly do: 'read back'; readonly command: number; readonly reads: readonly number[] }
  | { readonly do: 'read'; readonly port: number }
  | { readonly do: 'system'; readonly value: number }
  | { readonly do: 'write'; readonly port: number; readonly value: number };

const counter = fc.integer({ min: 0, max: 2 });
const byte = fc.integer({ min: 0, max: 255 });
/** Small counts reach their events soon; a few large ones test the high byte and zero. */
const count = fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 2, max: 24 }) }, fc.constantFrom(0, 256, 999, 0x1234));
const clocks = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 12 }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 600 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 150_000 }) },
);

const clock = fc.record({ do: fc.constant('clock' as const), clocks });
const latch = fc.record({ do: fc.constant('latch' as const), counter, reads: fc.integer({ min: 0, max: 3 }) });
const readBack = fc.record({
  do: fc.constant('read back' as const),
  command: fc.integer({ min: 0xc0, max: 0xff }),
  reads: fc.array(counter, { maxLength: 4 }),
});
const read = fc.record({ do: fc.constant('read' as const), port: fc.constantFrom(0x40, 0x41, 0x42, 0x43, 0x61) });

const programOf = (mode: fc.Arbitrary<number>, bcd: fc.Arbitrary<number>, target: fc.Arbitrary<number>) =>
  fc.record({ counter: target, access: fc.integer({ min: 1, max: 3 }), mode, bcd, count }).map((p) => ({
    do: 'program' as const,
    counter: p.counter,
    control: (p.counter << 6) | (p.access << 4) | (p.mode << 1) | p.bcd,
    count: p.count,
  }));

/** Any operation, for an implementation that claims to be an 8254. */
const anyOperation: fc.Arbitrary<PitOperation> = fc.oneof(
  { weight: 5, arbitrary: programOf(fc.integer({ min: 0, max: 7 }), fc.constantFrom(0, 0, 0, 1), counter) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('count' as const),
      counter,
      bytes: fc.array(byte, { minLength: 1, maxLength: 2 }),
    }),
  },
  { weight: 8, arbitrary: clock },
  { weight: 3, arbitrary: latch },
  { weight: 3, arbitrary: readBack },
  { weight: 4, arbitrary: read },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('system' as const), value: fc.integer({ min: 0, max: 15 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      port: fc.constantFrom(0x40, 0x41, 0x42, 0x43),
      value: byte,
    }),
  },
);

/** What QEMU's 8254 models: modes 0, 2 and 3, binary, GATE high, counts only after a control word. */
const qemuOperation: fc.Arbitrary<PitOperation> = fc.oneof(
  { weight: 4, arbitrary: programOf(fc.constantFrom(0, 2, 3), fc.constant(0), counter) },
  { weight: 8, arbitrary: clock },
  { weight: 3, arbitrary: latch },
  { weight: 3, arbitrary: readBack },
  { weight: 3, arbitrary: read },
);

const COUNTER_PORTS = [0x40, 0x41, 0x42] as const;

function countBytes(control: number, value: number): readonly number[] {
  const access = (control >> 4) & 3;
  const raw = control & 1 ? Number.parseInt(String(value % 10_000), 16) : value;
  if (access === 3) {
    return [raw & 0xff, raw >> 8];
  }
  // One byte alone must not give the illegal count of 1, nor an accidental zero for a small count.
  return [access === 2 ? Math.max(raw >> 8, 1) : raw & 0xff];
}

function accesses(operation: PitOperation): readonly Step[] {
  switch (operation.do) {
    case 'program': {
      const bytes = countBytes(operation.control, operation.count);
      return [output(0x43, operation.control), ...bytes.map((value) => output(0x40 + operation.counter, value))];
    }
    case 'count':
      return operation.bytes.map((value) => output(0x40 + operation.counter, value));
    case 'latch':
      return [
        output(0x43, operation.counter << 6),
        ...new Array<Step>(operation.reads).fill(input(COUNTER_PORTS[operation.counter]!)),
      ];
    case 'read back':
      return [output(0x43, operation.command), ...operation.reads.map((index) => input(COUNTER_PORTS[index]!))];
    case 'read':
      return [input(operation.port)];
    case 'system':
      return [output(0x61, operation.value)];
    case 'write':
      return [output(operation.port, operation.value)];
    case 'clock':
      return [];
  }
}

const usesBcd = (step: Step): boolean =>
  step.kind === 'out' &&
  step.port === 0x43 &&
  step.value < 0xc0 &&
  (step.value & 0x31) > 0x10 &&
  (step.value & 1) === 1;

const decimalDigits = (value: number): number => (value & 0x88 & ((value << 1) | (value << 2)) ? value & 0x77 : value);

/** The counting element with digits above 9 is nobody's specification: a program that counts in BCD writes decimals. */
function writeDecimals(program: Step[]): Program {
  return program.some(usesBcd)
    ? program.map((step) =>
        step.kind === 'out' && step.port < 0x43 ? { ...step, value: decimalDigits(step.value) } : step,
      )
    : program;
}

/** Lays operations out in time: accesses in the middle of CLK periods, so that none falls on an edge. */
export function compile(operations: readonly PitOperation[], prologue: readonly Step[] = []): Program {
  const program: Step[] = [wait(middleOfClock(0)), ...prologue];
  let now = 0;
  for (const operation of operations) {
    program.push(...accesses(operation));
    const clocksPassed = operation.do === 'clock' ? operation.clocks : 0;
    if (clocksPassed > 0) {
      program.push(wait(middleOfClock(now + clocksPassed) - middleOfClock(now)));
      now += clocksPassed;
    }
  }
  return writeDecimals(program);
}

/** [8254]: "each counter must be programmed before it can be used". The gates are high, as QEMU's reset leaves 0 and 1. */
const PROGRAMMED: readonly Step[] = [
  output(0x61, 0x01),
  ...[0, 1, 2].flatMap((index) => [
    output(0x43, (index << 6) | 0x36),
    output(0x40 + index, 0),
    output(0x40 + index, 0),
  ]),
];

const operations = (operation: fc.Arbitrary<PitOperation>) => fc.array(operation, { minLength: 1, maxLength: 24 });

export const pitPrograms: fc.Arbitrary<Program> = operations(anyOperation).map((list) =>
  compile([{ do: 'clock', clocks: 1 }, ...list], PROGRAMMED),
);

/** Programs within what QEMU models. */
export const qemuPitPrograms: fc.Arbitrary<Program> = operations(qemuOperation).map((list) =>
  compile([{ do: 'clock', clocks: 1 }, ...list.flatMap(withClock)], PROGRAMMED),
);

/** A control word is followed by the CLK that loads the count: before it QEMU shows the old count in the new mode. */
function withClock(operation: PitOperation): readonly PitOperation[] {
  if (operation.do !== 'program') {
    return [operation];
  }
  // Three reads empty the latches, which a control word does not in QEMU.
  const drain: PitOperation = { do: 'read back', command: 0xf0, reads: new Array<number>(3).fill(operation.counter) };
  return [drain, operation, { do: 'clock', clocks: 1 }];
}

/** The firmware's refresh bit follows no counter: see the inaccuracies in its README. */
export const withoutRefresh: Simplify = (step, value, word) => [
  step.kind === 'in' && step.port === 0x61 ? value & ~0x10 : value,
  word,
];

export const pitPorts = (port: number, write: boolean): string => {
  const names: Record<number, string> = { 67: write ? 'control' : 'port 43h', 97: 'port 61h' };
  return names[port] ?? `counter ${port - 0x40}`;
};
