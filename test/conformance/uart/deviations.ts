import {
  Effect,
  type PortDeviation,
  portDeviation,
  probeFrom,
  unmodelled,
} from '../../helpers/device-program/deviation';
import { input, output, type Program, type SerialCharacter, type Step, wait } from '../../helpers/device-program/steps';
import type { Uart16550 } from '../../reference/uart/uart';

const BASE = 0x3f8;
const [DATA, IER, IIR, LCR, MCR, LSR, MSR] = [0, 1, 2, 3, 4, 5, 6] as const;
const FCR = IIR;
const IRQ = 3;

const write = (register: number, value: number): Step => output(BASE + register, value);
const read = (register: number): Step => input(BASE + register);
const arrive = (value: number, fault?: SerialCharacter['fault']): Step => ({
  kind: 'character',
  character: fault === undefined ? { value } : { value, fault },
});
/** Whole bits at 115200 baud, and a little. */
const bits = (count: number): Step => wait(Math.ceil((count * 1e9) / 115_200) + 1_000);
const EIGHT_BITS_FAST: Program = [write(LCR, 0x83), write(DATA, 1), write(IER, 0), write(LCR, 0x03)];

const probe = probeFrom(EIGHT_BITS_FAST);

const reads = (step: Step | undefined, register: number): boolean =>
  step?.kind === 'in' && step.port <= BASE + register && BASE + register < step.port + step.width;

/** Where a register's byte is in the value of a read that touches it. */
const lane = (step: Step | undefined, register: number, bitsOfIt: number): number =>
  step?.kind === 'in' ? bitsOfIt << (8 * (BASE + register - step.port)) : 0;

/** Where QEMU 7.2's 16550A answers otherwise than the data sheet. */
export const UART_DEVIATIONS: readonly PortDeviation<Uart16550>[] = [
  portDeviation({
    device: 'uart',
    id: 'loopback-deltas',
    what: 'Modem control outputs changed in loopback, and loopback switched on or off',
    qemu: 'sets no delta bits and raises no modem status interrupt',
    ours: 'sets them and raises it',
    why: 'Diagnostics test the modem interrupt this way',
    clause: '[16550D] 8.8 bit 4: "the MODEM Control Interrupts are also operational"',
    effect: Effect.Observation,
    probe: probe(0x11, 0x10, write(MCR, 0x10), read(MSR), write(MCR, 0x12), read(MSR)),
    explains({ difference: { step }, before, after }) {
      const value = (reads(step, MSR) ? lane(step, MSR, 0x0f) : 0) | (reads(step, IIR) ? lane(step, IIR, 0x01) : 0);
      return { value, interrupt: before.interrupts.modemStatus || after.interrupts.modemStatus ? IRQ : 0 };
    },
  }),
  portDeviation({
    device: 'uart',
    id: 'reset-modem-control',
    what: 'MCR after a reset',
    qemu: '08, OUT2 set',
    ours: '00',
    why: 'A driver that only adds bits must find none',
    clause: '[16550D] table I: MODEM Control Register, Master Reset: all bits low',
    effect: Effect.Observation,
    probe: probe(0x00, 0x08, read(MCR)),
    explains: unmodelled,
  }),
  portDeviation({
    device: 'uart',
    id: 'reset-fifo-control',
    what: 'A reset with the FIFOs enabled, then a character',
    qemu: 'keeps the FIFO control register, trigger level and all, and shows IIR bits 7 and 6 as 0',
    ours: 'FIFOs off',
    why: 'A driver that knows no FIFO waits for the first character to interrupt',
    clause: '[16550D] table I: FIFO Control, Master Reset: all bits low',
    effect: Effect.State,
    probe: probe(0x04, 0x01, write(FCR, 0xc1), { kind: 'reset' }, write(IER, 1), arrive(1), read(IIR)),
    explains: unmodelled,
  }),
  portDeviation({
    device: 'uart',
    id: 'word-length',
    what: 'Characters of fewer than eight bits',
    qemu: 'passes all eight bits in both directions',
    ours: 'passes the bits of the word',
    why: 'The word length is what the register is for',
    clause: '[16550D] 8.1 bits 0 and 1: "the number of bits in each transmitted or received serial character"',
    effect: Effect.Observation,
    probe: probe(0x1f, 0xff, write(LCR, 0x00), write(MCR, 0x10), write(DATA, 0xff), read(DATA)),
    explains: unmodelled,
  }),
  portDeviation({
    device: 'uart',
    id: 'fifo-control-bit-0',
    what: 'FCR written with bit 0 clear and FIFOs off',
    qemu: 'obeys the clear bits, and drops the received character',
    ours: 'ignores the write',
    why: 'A probe for a FIFO must not lose a character',
    clause: '[16550D] 8.5 bit 0: "must be a 1 when other FCR bits are written to or they will not be programmed"',
    effect: Effect.State,
    probe: probe(0x61, 0x60, arrive(0x41), write(FCR, 0x02), read(LSR)),
    explains: unmodelled,
  }),
  portDeviation({
    device: 'uart',
    id: 'outside-in-loopback',
    what: 'A character from the outside in loopback',
    qemu: 'received',
    ours: 'not received (it waits outside, or is lost, as back-pressure is set)',
    why: 'The receiver input is disconnected',
    clause: '[16550D] 8.8 bit 4: "the receiver Serial Input (SIN) is disconnected"',
    effect: Effect.State,
    probe: probe(0x60, 0x61, write(MCR, 0x10), arrive(0x41), read(LSR)),
    explains: unmodelled,
  }),
  portDeviation({
    device: 'uart',
    id: 'break-transmits',
    what: 'Data written while LCR bit 6 sends a break',
    qemu: 'goes out',
    ours: 'does not go out',
    why: 'The output is held at zero',
    clause: '[16550D] 8.1 bit 6: "the serial output (SOUT) is forced to the Spacing (logic 0) state"',
    effect: Effect.Observation,
    probe: { program: [write(LCR, 0x43), write(DATA, 0x55)], at: 2, seen: [undefined, 0x55] },
    explains: unmodelled,
  }),
  portDeviation({
    device: 'uart',
    id: 'break-in-fifo',
    what: 'A break behind another character in the FIFO',
    qemu: 'shows BI at once, and never bit 7',
    ours: 'shows bit 7 at once, and BI when the break is at the top',
    why: 'The error belongs to its character',
    clause: '[16550D] 8.4 bits 4 and 7',
    effect: Effect.State,
    probe: probe(0xe1, 0x71, write(FCR, 0x81), arrive(0x41), arrive(0, 'break'), read(LSR)),
    explains: unmodelled,
  }),
  portDeviation({
    device: 'uart',
    id: 'break-cleared-by-data',
    what: 'BI after the data has been read and the LSR has not',
    qemu: '0',
    ours: '1',
    why: 'Drivers read the LSR after an interrupt, in whatever order',
    clause:
      '[16550D] 8.4 bit 4: "The BI indicator is reset whenever the CPU reads the contents of the Line Status Register"',
    effect: Effect.Observation,
    probe: probe(0x70, 0x60, arrive(0, 'break'), read(DATA), read(LSR)),
    explains: unmodelled,
  }),
  portDeviation({
    device: 'uart',
    id: 'room-up-to-trigger',
    what: 'A second character with a trigger level of one, shown by when the time-out comes',
    qemu: 'waits outside, so the time-out runs from the first',
    ours: 'is received, so the time-out runs from the second',
    why: 'The FIFO holds sixteen characters whatever the trigger level',
    clause:
      '[16550D] 8.11: "the most recent serial character received was longer than 4 continuous character times ago"',
    effect: Effect.State,
    probe: probe(0xc4, 0xcc, write(IER, 1), write(FCR, 1), arrive(1), bits(30), arrive(2), bits(20), read(IIR)),
    explains: unmodelled,
  }),
];
