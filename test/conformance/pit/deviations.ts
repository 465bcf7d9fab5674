import {
  Effect,
  type Explained,
  NOTHING,
  type PortDeviation,
  type Probe,
  portDeviation,
  probeFrom,
  unmodelled,
} from '../../helpers/device-program/deviation';
import { input, output, type Program, type Step, wait } from '../../helpers/device-program/steps';
import type { Pit8254 } from '../../reference/pit/pit';
import { middleOfClock } from './pit-driver';

const [COUNTER_0, COUNTER_2, CONTROL, SYSTEM] = [0x40, 0x42, 0x43, 0x61] as const;
const STATUS_OUT = 0x80;
const STATUS_NULL_COUNT = 0x40;
const SYSTEM_OUT_2 = 0x20;
const SYSTEM_REFRESH = 0x10;
const IRQ_LEVEL = 1;
const IRQ_ROSE = 2;

/** A little more than whole periods: QEMU counts them from the write, and rounds down. */
const clocks = (count: number): Step => wait(middleOfClock(count) - middleOfClock(0) + 40);

/** A probe that differs at its last step. GATE 2 is high, and time is in the middle of a CLK period. */
function probe(steps: Program, ours: number, qemu: number): Probe {
  return probeFrom([wait(middleOfClock(0)), output(SYSTEM, 1)])(ours, qemu, ...steps);
}

/**
 * A wait after which the refresh bit is 0 although nobody has programmed counter 1: it has stayed 0, or toggled to it at the
 * usual 18 CLK, as if a BIOS had.
 */
const REFRESH_IS_LOW = clocks(18);

/** Counter 2 programmed, with its count taken up. */
const counter2 = (control: number, ...bytes: number[]): readonly Step[] => [
  output(CONTROL, 0x80 | control),
  ...bytes.map((byte) => output(COUNTER_2, byte)),
  clocks(1),
];
const latchAndRead: readonly Step[] = [output(CONTROL, 0x80), input(COUNTER_2)];
const readStatus: readonly Step[] = [output(CONTROL, 0xe8), input(COUNTER_2)];

const selects = (step: Step | undefined, counter: number): boolean =>
  step?.kind === 'out' && step.port === CONTROL && step.value >> 6 === counter && (step.value & 0x30) !== 0;

/** Where this step shows the OUT pins of those counters for which `applies` holds. */
function outOf(step: Step | undefined, pit: Pit8254, applies: (counter: number) => boolean): Explained {
  const interrupt = applies(0) ? IRQ_LEVEL : 0;
  if (step?.kind !== 'in') {
    return { interrupt };
  }
  if (step.port === SYSTEM) {
    return { value: applies(2) ? SYSTEM_OUT_2 : 0, interrupt };
  }
  const counter = step.port - COUNTER_0;
  return { value: readsStatus(pit, counter) && applies(counter) ? STATUS_OUT : 0, interrupt };
}

const readsStatus = (pit: Pit8254, counter: number): boolean => pit.counters[counter]?.latchedStatus !== undefined;

/** Where QEMU 7.2's 8254 answers otherwise than the data sheet. Random programs keep to what QEMU models. */
export const PIT_DEVIATIONS: readonly PortDeviation<Pit8254>[] = [
  portDeviation({
    device: 'pit',
    id: 'mode-2-out',
    what: 'OUT in mode 2',
    qemu: 'low, and high for a moment at the reload; the interrupt rises one CLK after it',
    ours: 'low for one CLK before the reload, high for the rest',
    why: 'A read of OUT or of the interrupt request sees the level, and when it rises',
    clause: '[8254] Mode 2: "OUT goes low for one CLK pulse" when the count has decremented to 1',
    effect: Effect.Observation,
    probe: probe([...counter2(0x14, 9), clocks(3), ...readStatus], 0x94, 0x14),
    explains({ difference, before }) {
      const { value, interrupt } = outOf(difference.step, before, (counter) => before.counters[counter]!.mode === 2);
      return { value: value ?? 0, interrupt: interrupt ? IRQ_LEVEL | IRQ_ROSE : 0 };
    },
  }),
  portDeviation({
    device: 'pit',
    id: 'control-word-out',
    what: 'OUT between a control word and the CLK that loads the count',
    qemu: 'goes on as the old count would give it in the new mode',
    ours: 'low in mode 0, high in the others, at once',
    why: 'A guest that waits for OUT after a control word must not see an old event',
    clause: '[8254] Programming: "OUT goes to a known initial state; no CLK pulses are required for this"',
    effect: Effect.Observation,
    probe: probe([...counter2(0x10, 1), clocks(3), output(CONTROL, 0x90), input(SYSTEM)], 0x01, 0x31),
    explains({ difference: { step }, before }) {
      const fresh = (counter: number) => !before.counters[counter]!.counting || selects(step, counter);
      const { value, interrupt } = outOf(step, before, fresh);
      return { value: value ?? 0, interrupt: interrupt ? IRQ_LEVEL | IRQ_ROSE : 0 };
    },
  }),
  portDeviation({
    device: 'pit',
    id: 'null-count',
    what: 'Null count, bit 6 of the status byte',
    qemu: 'always 0',
    ours: '1 from the control word or a new count until that count is in the counting element',
    why: 'It is the only way to learn that a count has been taken up',
    clause: '[8254] Read-Back Command, figure 12',
    effect: Effect.Observation,
    probe: probe([output(CONTROL, 0x96), output(COUNTER_2, 6), ...readStatus], 0xd6, 0x96),
    explains: ({ difference: { step }, before }) =>
      step?.kind === 'in' && readsStatus(before, step.port - COUNTER_0) ? { value: STATUS_NULL_COUNT } : NOTHING,
  }),
  portDeviation({
    device: 'port61',
    id: 'refresh-toggle',
    what: 'Bit 4 of port 61h',
    qemu: 'changes with every read',
    ours: 'changes with every refresh request, that is every rising edge of counter 1',
    why: 'Programs measure time with it',
    clause: '[PIIX] NMI Status and Control Register, bit 4',
    effect: Effect.Observation,
    probe: probe([REFRESH_IS_LOW, input(SYSTEM)], 0x21, 0x31),
    explains: ({ difference: { step } }) =>
      step?.kind === 'in' && step.port === SYSTEM ? { value: SYSTEM_REFRESH } : NOTHING,
  }),
  portDeviation({
    device: 'pit',
    id: 'odd-count',
    what: 'The count read in mode 3 with an odd initial count',
    qemu: 'counts down in twos from the odd count, in both halves',
    ours: 'counts down in twos from the count less one, with a zero at the end of the high half',
    why: 'The sequence is given tick by tick',
    clause: '[8254] Mode 3: "the initial count minus one (an even number) is loaded"',
    effect: Effect.Observation,
    probe: probe([...counter2(0x16, 5), ...latchAndRead], 4, 3),
    explains({ difference: { step }, before }) {
      const counter = step?.kind === 'in' ? before.counters[step.port - COUNTER_0] : undefined;
      const odd = counter?.mode === 3 && counter.loaded % 2 === 1 && counter.latchedStatus === undefined;
      return odd ? { value: 0xff } : NOTHING;
    },
  }),
  portDeviation({
    device: 'pit',
    id: 'control-port-read',
    what: 'Reading port 43h',
    qemu: '00',
    ours: 'FF, as a bus that nobody drives',
    why: 'The chip does not answer',
    clause: '[8254] figure 14: RD with A1 A0 = 11 is "No-Operation (3-State)"',
    effect: Effect.Observation,
    probe: probe([input(CONTROL)], 0xff, 0x00),
    explains: ({ difference: { step } }) => (step?.kind === 'in' && step.port === CONTROL ? { value: 0xff } : NOTHING),
  }),
  portDeviation({
    device: 'pit',
    id: 'new-count-mode-2-3',
    what: 'A count written to modes 2 and 3 while they run, without a control word',
    qemu: 'starts a new period at once',
    ours: 'lets the period (mode 3: the half) end first',
    why: 'A guest that changes the rate must not lose a tick',
    clause: '[8254] Mode 2: "the new count will be loaded at the end of the current counting cycle"',
    effect: Effect.State,
    probe: probe([...counter2(0x14, 9), output(COUNTER_2, 90), clocks(3), ...latchAndRead], 6, 87),
    explains: unmodelled,
  }),
  portDeviation({
    device: 'pit',
    id: 'load-clock',
    what: 'The count read after it has been written',
    qemu: 'counts from the write',
    ours: 'counts from the CLK that loads it, which does not count',
    why: 'OUT comes N+1 CLK after the write; the bench gives QEMU the count at that CLK to compare all else',
    clause: '[8254] Mode 0: "This CLK pulse does not decrement the count"',
    effect: Effect.State,
    probe: probe([...counter2(0x10, 9), clocks(3), ...latchAndRead], 6, 5),
    explains: unmodelled,
  }),
  portDeviation({
    device: 'pit',
    id: 'bcd',
    what: 'Counting in decades',
    qemu: 'counts in binary',
    ours: 'counts in decades',
    why: 'The bit is part of every control word',
    clause: '[8254] figure 7: BCD = 1 selects a "Binary Coded Decimal (BCD) Counter (4 Decades)"',
    effect: Effect.State,
    probe: probe([...counter2(0x13, 0x10), output(SYSTEM, 0), output(SYSTEM, 1), clocks(2), ...latchAndRead], 9, 0xe),
    explains: unmodelled,
  }),
  portDeviation({
    device: 'pit',
    id: 'gate-stops',
    what: 'GATE low in modes 0, 2, 3 and 4',
    qemu: 'counts on',
    ours: 'stops; modes 2 and 3 raise OUT',
    why: 'Speaker and delay loops gate counter 2',
    clause: '[8254] figure 21, GATE pin operations',
    effect: Effect.State,
    probe: probe([...counter2(0x18, 90), output(SYSTEM, 0), clocks(9), ...latchAndRead], 90, 80),
    explains: unmodelled,
  }),
  portDeviation({
    device: 'pit',
    id: 'mode-4-out',
    what: 'OUT in modes 4 and 5',
    qemu: 'low, and high for one CLK at the end',
    ours: 'high, and low for one CLK at the end',
    why: 'The edge that requests an interrupt comes one CLK later',
    clause: '[8254] Mode 4: when the initial count expires "OUT will go low for one CLK pulse"',
    effect: Effect.State,
    probe: probe([...counter2(0x18, 90), ...readStatus], 0x98, 0x18),
    explains: unmodelled,
  }),
  portDeviation({
    device: 'pit',
    id: 'latch-kept',
    what: 'A control word for a counter whose count is latched',
    qemu: 'keeps the latch',
    ours: 'drops the latch',
    why: 'The first read after programming must not give an old count',
    clause: '[8254] Counter Latch Command: "until it is read by the CPU (or until the Counter is reprogrammed)"',
    effect: Effect.State,
    probe: probe([...counter2(0x10, 9), output(CONTROL, 0x80), ...counter2(0x10, 200), input(COUNTER_2)], 200, 8),
    explains: unmodelled,
  }),
  portDeviation({
    device: 'pit',
    id: 'mode-7',
    what: 'Mode field 7',
    qemu: 'a mode of its own, with the count of mode 2',
    ours: 'mode 3',
    why: 'The bit is "don\'t care"',
    clause: '[8254] figure 7: mode 3 is X11',
    effect: Effect.State,
    probe: probe([...counter2(0x1e, 90), clocks(2), ...latchAndRead], 86, 87),
    explains: unmodelled,
  }),
  portDeviation({
    device: 'port61',
    id: 'error-enables',
    what: 'Bits 3 and 2 of port 61h, the enables of IOCHK# and SERR#',
    qemu: 'read as 0',
    ours: 'read as written',
    why: 'They are read/write',
    clause: '[PIIX] NMI Status and Control Register, bits 3 and 2',
    effect: Effect.Observation,
    probe: probe([REFRESH_IS_LOW, output(SYSTEM, 0x0d), input(SYSTEM)], 0x2d, 0x31),
    explains: ({ difference: { step } }) => (step?.kind === 'in' && step.port === SYSTEM ? { value: 0x0c } : NOTHING),
  }),
];
