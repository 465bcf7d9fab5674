import fc from 'fast-check';
import { input, output, type Program, type Step, wait } from '../../helpers/device-program/steps';

const BASE = 0x600;
const [STATUS, ENABLES, CONTROL, TIMER] = [BASE, BASE + 2, BASE + 4, BASE + 8] as const;
const END = BASE + 12;
const SLEEP_ENABLE = 0x2000;
const SLEEP_TYPE = 0x1c00;
/** What makes TMR_STS interrupt. */
const [SCI_ENABLE, TIMER_EVENT] = [1, 1] as const;

const word = fc.integer({ min: 0, max: 0xffff });
/** A sleep of type 0 switches the machine off. */
const staysOn = (value: number): number =>
  (value & SLEEP_ENABLE) !== 0 && (value & SLEEP_TYPE) === 0 ? value | 0x0400 : value;
/** A byte of the control register that could switch it off together with the other half is written as no sleep. */
const sleepless = (offset: number, value: number): number => (offset === 5 ? value & ~(SLEEP_ENABLE >> 8) : value);

const step: fc.Arbitrary<readonly Step[]> = fc.oneof(
  // The timer's highest bit changes every 2.34 s.
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 2500 }).map((ms) => [wait(ms * 1_000_003)]) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 3_000_000 }).map((ns) => [wait(ns)]) },
  { weight: 4, arbitrary: fc.constant([input(TIMER, 4)]) },
  {
    weight: 3,
    arbitrary: fc.constantFrom([input(STATUS, 2)], [input(ENABLES, 2)], [input(CONTROL, 2)], [input(STATUS, 4)]),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.integer({ min: 0, max: 11 }), fc.constantFrom(1 as const, 2 as const, 4 as const))
      .filter(([offset, width]) => BASE + offset + width <= END)
      .map(([offset, width]) => [input(BASE + offset, width)]),
  },
  {
    weight: 3,
    arbitrary: fc.oneof(fc.constantFrom(TIMER_EVENT, 0xffff), word).map((value) => [output(STATUS, value, 2)]),
  },
  {
    weight: 3,
    arbitrary: fc.oneof(fc.constantFrom(TIMER_EVENT, 0x0721, 0), word).map((value) => [output(ENABLES, value, 2)]),
  },
  {
    weight: 3,
    arbitrary: fc.oneof(fc.constantFrom(SCI_ENABLE, 0), word).map((value) => [output(CONTROL, staysOn(value), 2)]),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 7, 8, 11), fc.integer({ min: 0, max: 255 }))
      .map(([offset, value]) => [output(BASE + offset, sleepless(offset, value))]),
  },
);

/** Any access to the registers of a PIIX4's PM1 block and timer, and time between. */
export const pmPrograms: fc.Arbitrary<Program> = fc
  .array(step, { minLength: 8, maxLength: 60 })
  .map((steps) => [output(ENABLES, TIMER_EVENT, 2), output(CONTROL, SCI_ENABLE, 2), ...steps.flat()]);

const qemuStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 900 }).map((n) => wait(n * 1_300_007)) },
  { weight: 4, arbitrary: fc.constant(input(TIMER, 4)) },
  { weight: 3, arbitrary: fc.constantFrom(input(STATUS, 2), input(ENABLES, 2), input(CONTROL, 2)) },
  { weight: 2, arbitrary: fc.constantFrom(output(STATUS, 0x0001, 2), output(STATUS, 0x0520, 2)) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(output(ENABLES, 0x0001, 2), output(ENABLES, 0x0000, 2), output(ENABLES, 0x0321, 2)),
  },
);

/** Programs within what QEMU models: SCI_EN stays set. */
export const qemuPmPrograms: fc.Arbitrary<Program> = fc
  .array(qemuStep, { minLength: 1, maxLength: 24 })
  .map((steps) => [output(CONTROL, SCI_ENABLE, 2), output(STATUS, 0xffff, 2), ...steps]);

const NAMES = ['PM1 status', '', 'PM1 enable', '', 'PM1 control', '', '', '', 'PM timer'];
export const pmPorts = (port: number): string => NAMES[port - BASE] || `PM ${(port - BASE).toString(16)}h`;
