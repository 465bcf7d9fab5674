import fc from 'fast-check';
import { ENABLE, FORCE_32, LEVEL, PERIODIC, SET_VALUE } from '../../conformance/hpet/hpet-driver';
import { input, output, type Program, type Step, wait } from '../../helpers/device-program/steps';

const BASE = 0xfed0_0000;
const [CONFIGURATION, STATUS, COUNTER] = [0x10, 0x20, 0xf0] as const;
const ROUTE_2 = 2 << 9;
const TICK_NS = 10;

/** What a driver does to an HPET. Comparators are given by how far off they are, in ticks. */
export type HpetOperation =
  | { readonly do: 'restart'; readonly legacy: boolean; readonly low: number; readonly high: number }
  | {
      readonly do: 'arm';
      readonly timer: number;
      readonly mode: number;
      readonly after: number;
      readonly period: number;
    }
  | { readonly do: 'disable'; readonly timer: number }
  /** Another type, or no interrupt, while it may be active. */
  | { readonly do: 'change'; readonly timer: number; readonly settings: number }
  | { readonly do: 'acknowledge'; readonly bits: number }
  | { readonly do: 'read'; readonly offset: number }
  | { readonly do: 'wait'; readonly ticks: number }
  | { readonly do: 'write'; readonly offset: number; readonly value: number };

const timer = fc.integer({ min: 0, max: 2 });
/** Whole hundreds for comparators, and waits that never add up to one: no access falls onto a match. */
const hundreds = (max: number) => fc.integer({ min: 1, max }).map((n) => 100 * n);
const offset = fc.constantFrom(
  ...[0x00, 0x04, CONFIGURATION, STATUS, COUNTER, COUNTER + 4],
  ...[0, 1, 2].flatMap((n) => [0x100 + 0x20 * n, 0x104 + 0x20 * n, 0x108 + 0x20 * n, 0x10c + 0x20 * n]),
);

const common: fc.WeightedArbitrary<HpetOperation>[] = [
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('restart' as const),
      legacy: fc.boolean(),
      low: fc.constantFrom(0, 0, 0x7fff_ff00, 0xffff_ff00),
      high: fc.constantFrom(0, 1, 0x1234_5678),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('arm' as const),
      timer,
      mode: fc.subarray([LEVEL, PERIODIC, FORCE_32]).map((bits) => bits.reduce((sum, bit) => sum | bit, 0)),
      after: hundreds(50),
      period: hundreds(20),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('disable' as const), timer }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('acknowledge' as const), bits: fc.integer({ min: 0, max: 7 }) }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('read' as const), offset }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('wait' as const), ticks: hundreds(60) }) },
];

const write = (at: number, value: number): Step => output(BASE + at, value >>> 0, 4);

/** Before a timer changes its type: see the deviation level-to-edge. */
const ACKNOWLEDGE_ALL = write(STATUS, 7);

/** Whether SET_VALUE holds for one half of a comparator or for both is left open; `arm` sets it for each half. */
const isConfiguration = (offset: number): boolean => offset >= 0x100 && (offset & 0x1f) === 0;

class Compiler {
  readonly program: Step[] = [];
  private counter = 0n;

  private emit(...steps: readonly Step[]): void {
    this.program.push(...steps);
  }

  add(operation: HpetOperation): void {
    switch (operation.do) {
      case 'restart':
        this.restart(operation.legacy, operation.low, operation.high);
        break;
      case 'arm':
        this.arm(operation.timer, operation.mode, BigInt(operation.after), BigInt(operation.period));
        break;
      case 'disable':
        this.emit(ACKNOWLEDGE_ALL, write(0x100 + 0x20 * operation.timer, ROUTE_2));
        break;
      case 'change':
        this.emit(write(0x100 + 0x20 * operation.timer, ROUTE_2 | operation.settings), input(BASE + STATUS, 4));
        break;
      case 'acknowledge':
        this.emit(write(STATUS, operation.bits), input(BASE + STATUS, 4));
        break;
      case 'read':
        this.emit(input(BASE + operation.offset, 4));
        break;
      case 'wait':
        this.emit(wait((operation.ticks + 3) * TICK_NS));
        this.counter += BigInt(operation.ticks + 3);
        break;
      case 'write':
        this.emit(
          write(operation.offset, isConfiguration(operation.offset) ? operation.value & ~SET_VALUE : operation.value),
        );
        break;
    }
  }

  /** Every timer off, a new counter value, and go. */
  private restart(legacy: boolean, low: number, high: number): void {
    this.emit(
      ACKNOWLEDGE_ALL,
      write(CONFIGURATION, 0),
      ...[0, 1, 2].map((index) => write(0x100 + 0x20 * index, ROUTE_2)),
    );
    this.emit(write(COUNTER, low), write(COUNTER + 4, high), write(CONFIGURATION, legacy ? 3 : 1));
    this.counter = (BigInt(high) << 32n) | BigInt(low);
  }

  /** Next hundred of the counter plus `after`: matches stay on whole hundreds. */
  private arm(index: number, mode: number, after: bigint, period: bigint): void {
    const at = 0x100 + 0x20 * index;
    const settings = ROUTE_2 | ENABLE | mode;
    const match = (this.counter / 100n + 1n) * 100n + after;
    const [low, high] = [Number(match & 0xffff_ffffn), Number(match >> 32n)];
    this.emit(ACKNOWLEDGE_ALL);
    // A timer forced to 32 bits has no upper half.
    const upper = (value: number): readonly Step[] => (mode & FORCE_32 ? [] : [write(at + 12, value)]);
    if (mode & PERIODIC) {
      this.emit(write(at, settings | SET_VALUE), write(at + 8, low), write(at, settings | SET_VALUE), ...upper(high));
      this.emit(write(at, settings), write(at + 8, Number(period)), ...upper(0));
    } else {
      this.emit(write(at, settings), write(at + 8, low), ...upper(high));
    }
  }
}

function compile(list: readonly HpetOperation[]): Program {
  const compiler = new Compiler();
  compiler.add({ do: 'restart', legacy: false, low: 0, high: 0 });
  for (const operation of list) {
    compiler.add(operation);
  }
  return compiler.program;
}

const programs = (all: fc.WeightedArbitrary<HpetOperation>[]): fc.Arbitrary<Program> =>
  fc.array(fc.oneof(...all), { minLength: 1, maxLength: 20 }).map(compile);

/**
 * Programs within what QEMU models: a timer is armed with a comparator that is still to come, and a level-triggered
 * one has the line for itself.
 */
export const qemuHpetPrograms: fc.Arbitrary<Program> = fc
  .tuple(fc.array(fc.oneof(...common), { minLength: 1, maxLength: 20 }), fc.option(timer))
  .map(([list, only]) => compile(list.map((operation) => unshared(operation, only))));

function unshared(operation: HpetOperation, only: number | null): HpetOperation {
  if (operation.do !== 'arm') {
    return operation;
  }
  return only === null ? { ...operation, mode: operation.mode & ~LEVEL } : { ...operation, timer: only };
}

/** Any operation. */
export const hpetPrograms: fc.Arbitrary<Program> = programs([
  ...common,
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('change' as const),
      timer,
      settings: fc.constantFrom(0, LEVEL, ENABLE, ENABLE | LEVEL),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      offset,
      value: fc.integer({ min: 0, max: 0xffff_ffff }),
    }),
  },
]);

/** Line 2 and those that no ISA device of the firmware's machine has, a bit each. */
export const FIRMWARE_ROUTES = 0x0ca4;

export const hpetPorts = (address: number): string => `HPET ${(address - BASE).toString(16).padStart(3, '0')}h`;
