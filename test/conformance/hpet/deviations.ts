import {
  Effect,
  NOTHING,
  type PortDeviation,
  portDeviation,
  probeFrom,
  unmodelled,
} from '../../helpers/device-program/deviation';
import { input, output, type Step, wait } from '../../helpers/device-program/steps';
import type { Hpet } from '../../reference/hpet/hpet';
import { ENABLE, FORCE_32, LEVEL, PERIODIC, SET_VALUE } from './hpet-driver';

const BASE = 0xfed0_0000;
const [CONFIGURATION, STATUS, COUNTER] = [0x10, 0x20, 0xf0] as const;
const [TIMER_0, TIMER_1] = [0x100, 0x120] as const;
const COMPARATOR = 8;
const ROUTE_2 = 2 << 9;

const write = (offset: number, value: number): Step => output(BASE + offset, value, 4);
const read = (offset: number): Step => input(BASE + offset, 4);
const ticks = (count: number): Step => wait(10 * count);
const compare = (timer: number, value: number): readonly Step[] => [
  write(timer + COMPARATOR, value),
  write(timer + COMPARATOR + 4, 0),
];
/** Interrupt words of lines 0, 2 and 8, two bits each: here line 2 high, pulsed. */
const LINE_2_HIGH = 1 << 2;
const LINE_2_PULSED = 2 << 2;

const probe = probeFrom([]);

/** Where QEMU 7.2's HPET answers otherwise than the specification. */
export const HPET_DEVIATIONS: readonly PortDeviation<Hpet>[] = [
  portDeviation({
    device: 'hpet',
    id: 'wrap-interrupt',
    what: 'A one-shot timer of 32 bits that is armed for a time after the wrap of the lower half',
    qemu: 'interrupts before the wrap and at the match',
    ours: 'interrupts at the match, each time it comes round',
    why: 'The comparator can only say that two values are equal',
    clause: '[HPET] 2.3.9.2.1: "generate an interrupt when the value in the main counter matches" (2.4.3.1)',
    effect: Effect.State,
    probe: probe(
      0,
      LINE_2_PULSED,
      ...[write(COUNTER, 0xffff_ff00), write(TIMER_0, ENABLE | FORCE_32 | ROUTE_2), write(TIMER_0 + COMPARATOR, 100)],
      ...[write(CONFIGURATION, 1), ticks(300)],
    ),
    explains: ({ before }) => (before.matchesAfterWrap ? { value: 7, interrupt: 0x3f } : NOTHING),
  }),
  portDeviation({
    device: 'hpet',
    id: 'past-comparator',
    what: 'A one-shot comparator value that the counter has passed',
    qemu: 'interrupts at once',
    ours: 'waits until the counter comes round',
    why: 'Drivers read the counter again to find out; an interrupt that they do not expect is spurious',
    clause:
      '[HPET] 2.3.9.2.1, warning: "the counter may pass the value before it reaches the register and the interrupt will be missed"',
    effect: Effect.State,
    probe: probe(
      0,
      LINE_2_PULSED,
      ...[write(CONFIGURATION, 1), ticks(1000), write(TIMER_0, ENABLE | ROUTE_2), ...compare(TIMER_0, 500), ticks(100)],
    ),
    explains: unmodelled,
  }),
  portDeviation({
    device: 'hpet',
    id: 'disabled-status',
    what: 'A level-triggered timer whose interrupt is disabled, at its match',
    qemu: 'stands still',
    ours: 'sets its status bit',
    why: 'The status is there to be polled',
    clause: '[HPET] 2.3.8, Tn_INT_ENB_CNF: "the timer will still operate and generate appropriate status bits"',
    effect: Effect.State,
    probe: probe(
      1,
      0,
      ...[write(TIMER_0, LEVEL | ROUTE_2), ...compare(TIMER_0, 500), write(CONFIGURATION, 1), ticks(600), read(STATUS)],
    ),
    explains: unmodelled,
  }),
  portDeviation({
    device: 'hpet',
    id: 'level-to-edge',
    what: 'A timer made edge-triggered while its level-triggered interrupt is active',
    qemu: 'leaves the line high',
    ours: 'takes the line down',
    why: 'Nothing could take it down afterwards',
    clause: '[HPET] 2.3.8, Tn_INT_TYPE_CNF = 0: "an edge-type interrupt is generated"',
    effect: Effect.State,
    probe: probe(
      0,
      LINE_2_HIGH,
      ...[write(TIMER_0, LEVEL | ENABLE | ROUTE_2), ...compare(TIMER_0, 500), write(CONFIGURATION, 1), ticks(600)],
      write(TIMER_0, ENABLE | ROUTE_2),
    ),
    explains: unmodelled,
  }),
  portDeviation({
    device: 'hpet',
    id: 'shared-level',
    what: 'Two level-triggered timers on one line, one of them acknowledged',
    qemu: 'takes the line down',
    ours: 'leaves the line high',
    why: 'The other has not been served',
    clause: '[HPET] 2.3.8, Tn_INT_TYPE_CNF = 1: "held active until it is cleared"',
    effect: Effect.State,
    probe: probe(
      LINE_2_HIGH,
      0,
      ...[write(TIMER_0, LEVEL | ENABLE | ROUTE_2), write(TIMER_1, LEVEL | ENABLE | ROUTE_2)],
      ...[...compare(TIMER_0, 500), ...compare(TIMER_1, 510), write(CONFIGURATION, 1), ticks(600), write(STATUS, 1)],
    ),
    explains: unmodelled,
  }),
  portDeviation({
    device: 'hpet',
    id: 'narrow-upper-half',
    what: 'The upper half of the comparator of a timer forced to 32 bits',
    qemu: 'holds what is written',
    ours: 'stays 0',
    why: 'The timer behaves as one that has no upper half',
    clause: '[HPET] 2.3.8, Tn_32MODE_CNF: "force a 64-bit timer to behave as a 32-bit timer"',
    effect: Effect.Observation,
    probe: probe(0, 5, write(TIMER_0, FORCE_32), write(TIMER_0 + 12, 5), read(TIMER_0 + 12)),
    explains: unmodelled,
  }),
  portDeviation({
    device: 'hpet',
    id: 'unsupported-route',
    what: 'An interrupt route that is not among the capabilities',
    qemu: 'reads back as written',
    ours: 'is not taken',
    why: 'Reading back is how software learns that it is not supported',
    clause: '[HPET] 2.3.8, Tn_INT_ROUTE_CNF: "the value read back will not match what is written"',
    effect: Effect.State,
    probe: probe(0x30, 0x30 | (9 << 9), write(TIMER_0, 9 << 9), read(TIMER_0)),
    explains: unmodelled,
  }),
  portDeviation({
    device: 'hpet',
    id: 'periodic-comparator',
    what: 'The comparator of a periodic timer at the very tick of its match',
    qemu: 'still the old value; it moves on one tick later, with a second interrupt',
    ours: 'the next match',
    why: 'One period, one interrupt',
    clause:
      '[HPET] 2.3.9.1: "After the main counter equals the value in this register, the value in this register is increased"',
    effect: Effect.State,
    probe: probe(
      1000,
      500,
      ...[write(TIMER_0, FORCE_32 | PERIODIC | SET_VALUE | ENABLE | ROUTE_2), write(TIMER_0 + COMPARATOR, 500)],
      ...[write(CONFIGURATION, 1), ticks(500), read(TIMER_0 + COMPARATOR)],
    ),
    explains: unmodelled,
  }),
];
