import {
  Effect,
  NOTHING,
  type PortDeviation,
  type Probe,
  portDeviation,
  probeFrom,
  unmodelled,
} from '../../helpers/device-program/deviation';
import { input, output, type Program, type Step, wait } from '../../helpers/device-program/steps';
import type { Rtc146818 } from '../../reference/rtc/rtc';
import { BCD_24, timeBytes } from './rtc-driver';

const [A, B, C] = [0x0a, 0x0b, 0x0c] as const;
const PERIODIC = 0x40;

const put = (index: number, value: number): readonly Step[] => [output(0x70, index), output(0x71, value)];
const get = (index: number): readonly Step[] => [output(0x70, index), input(0x71)];
const milliseconds = (count: number): readonly Step[] => [wait(count * 1_000_000)];

const START: Program = [
  ...put(B, 0x82),
  ...put(A, 0x70),
  ...timeBytes({ year: 2020, month: 1, day: 1, weekday: 4, hour: 0, minute: 0, second: 0 }, BCD_24).flatMap(
    ([index, value]) => put(index, value),
  ),
  ...put(B, 0x02),
  ...put(A, 0x20),
  ...get(C),
];

/** A probe that differs at its last step. The clock has been started; its first second comes after 500 ms. */
function probe(ours: number, qemu: number, ...steps: readonly (readonly Step[])[]): Probe {
  return probeFrom(START)(ours, qemu, ...steps.flat());
}

/** Where QEMU 7.2's MC146818 answers otherwise than the data sheet. */
export const RTC_DEVIATIONS: readonly PortDeviation<Rtc146818>[] = [
  portDeviation({
    device: 'rtc',
    id: 'periodic-flag',
    what: 'PF while PIE is clear',
    qemu: 'stays 0',
    ours: 'set at every period',
    why: 'Programs poll it without interrupts',
    clause:
      '[MC146818] Register C, PF: "The PF bit is set independent of the state of the PIE bit" (PIE in Register B likewise)',
    effect: Effect.Observation,
    probe: probe(0x40, 0x00, put(A, 0x26), get(C), milliseconds(2), get(C)),
    explains: ({ difference: { step }, before }) =>
      step?.kind === 'in' && before.index === C && (before.control & PERIODIC) === 0 ? { value: PERIODIC } : NOTHING,
  }),
  portDeviation({
    device: 'rtc',
    id: 'update-window',
    what: 'UIP before an update',
    qemu: 'up for the last 244 us',
    ours: 'up for the 244 us before the update cycle and for the cycle, 1984 us',
    why: 'A driver that sees it down has 244 us; one that waits for it to fall waits for the whole cycle',
    clause: '[MC146818] table 6, update cycle times, 32.768 kHz',
    effect: Effect.Observation,
    probe: probe(0xa0, 0x20, milliseconds(499), get(A)),
    explains: ({ difference: { step, left }, before }) =>
      step?.kind === 'in' && before.index === A && (left[0]! & 0x80) !== 0 ? { value: 0x80 } : NOTHING,
  }),
  portDeviation({
    device: 'rtc',
    id: 'update-flag-with-set',
    what: 'UF while SET is 1',
    qemu: 'set every second',
    ours: 'not set',
    why: 'There is no update that could have ended',
    clause: '[MC146818] Register B, SET: "any update cycle in progress is aborted"; UF: "set after each update cycle"',
    effect: Effect.State,
    probe: probe(0x00, 0x10, put(B, 0x82), milliseconds(1500), get(C)),
    explains: unmodelled,
  }),
  portDeviation({
    device: 'rtc',
    id: 'reset-update-enable',
    what: 'UIE after a reset',
    qemu: 'kept',
    ours: '0',
    why: 'No interrupt may come after a reset',
    clause: '[MC146818] RESET: "Update ended interrupt enable (UIE) bit is cleared to zero"',
    effect: Effect.State,
    probe: probe(0x02, 0x12, put(B, 0x12), [{ kind: 'reset' }], get(B)),
    explains: unmodelled,
  }),
  portDeviation({
    device: 'rtc',
    id: 'periodic-in-divider-reset',
    what: 'Periodic interrupts while the divider is held in reset',
    qemu: 'go on',
    ours: 'stop',
    why: 'The rate is a tap of the divider',
    clause: '[MC146818] Register A, RS3 to RS0: they select "one of 15 taps" on the divider',
    effect: Effect.State,
    probe: probe(0x00, 0xc0, put(A, 0x66), put(B, 0x42), get(C), milliseconds(2), get(C)),
    explains: unmodelled,
  }),
  portDeviation({
    device: 'rtc',
    id: 'periodic-phase',
    what: 'The first periodic interrupt after PIE is set in the middle of a period',
    qemu: 'a whole period later',
    ours: 'at the end of the period that is under way',
    why: 'The divider runs on its own',
    clause: '[MC146818] Register A, RS3 to RS0, as above',
    effect: Effect.State,
    probe: probe(0xc0, 0x00, put(A, 0x2d), milliseconds(100), put(B, 0x42), get(C), milliseconds(30), get(C)),
    explains: unmodelled,
  }),
  portDeviation({
    device: 'rtc',
    id: 'day-of-week',
    what: 'A day of the week that does not fit the date',
    qemu: 'becomes the one that does',
    ours: 'counted from what was written',
    why: 'It is a counter of its own',
    clause: '[MC146818] table 3: day of the week, 1 to 7',
    effect: Effect.State,
    probe: probe(6, 4, put(B, 0x82), put(6, 6), put(B, 0x02), milliseconds(600), get(6)),
    explains: unmodelled,
  }),
  portDeviation({
    device: 'rtc',
    id: 'time-without-set',
    what: 'A time byte written while the clock runs',
    qemu: 'puts the second back to where the divider reset had it',
    ours: 'leaves the divider alone',
    why: 'Only the divider reset changes when seconds begin',
    clause:
      '[MC146818] Register A, DV2 to DV0: "the first update cycle begins one-half second later" is said of the divider alone',
    effect: Effect.State,
    probe: probe(0x30, 0x31, milliseconds(900), put(0, 0x30), milliseconds(550), get(0)),
    explains: unmodelled,
  }),
  portDeviation({
    device: 'rtc',
    id: 'alarm-half-day',
    what: 'An alarm in twelve-hour mode, set in the other half of the day',
    qemu: 'takes AM or PM from the present hour',
    ours: 'takes AM or PM from the alarm',
    why: 'An alarm at midnight is mostly set before it',
    clause: '[MC146818] table 3: hours alarm, 12-hour mode: 81 to 92 is PM',
    effect: Effect.State,
    probe: probe(
      0x30,
      0x10,
      ...[put(B, 0x80), put(0, 0x59), put(2, 0x59), put(4, 0x91), put(1, 0), put(3, 0), put(5, 0x12), put(B, 0)],
      ...[milliseconds(600), get(C)],
    ),
    explains: ({ before }) => (before.alarmInHalfDay ? { value: 0xa0, interrupt: 3 } : NOTHING),
  }),
  portDeviation({
    device: 'rtc',
    id: 'byte-37h',
    what: 'Byte 37h of the RAM',
    qemu: 'another name for the century, byte 32h',
    ours: 'a byte of its own',
    why: 'That was the PS/2, not the AT',
    clause: '[MC146818] Address Map: bytes 14 to 63 are general-purpose RAM',
    effect: Effect.State,
    probe: probe(0x20, 0x19, put(0x37, 0x19), get(0x32)),
    explains: unmodelled,
  }),
  portDeviation({
    device: 'rtc',
    id: 'year-2100',
    what: '28 February 2100',
    qemu: 'followed by 1 March',
    ours: 'followed by 29 February',
    why: 'The chip knows two digits of the year',
    clause: '[MC146818] Address Map: the year is one byte, 0 to 99, and leap years are compensated for automatically',
    effect: Effect.State,
    probe: probe(
      0x29,
      0x01,
      ...[put(B, 0x82), put(0, 0x59), put(2, 0x59), put(4, 0x23), put(6, 1), put(7, 0x28), put(8, 2), put(9, 0)],
      ...[put(0x32, 0x21), put(B, 0x02), milliseconds(600), get(7)],
    ),
    explains: unmodelled,
  }),
];
