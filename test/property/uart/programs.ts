import fc from 'fast-check';
import { input, output, type Program, type SerialCharacter, type Step, wait } from '../../helpers/device-program/steps';
import type { UartOptions } from '../../reference/uart/registers';

const BASE = 0x3f8;
const [DATA, IER, FCR, LCR, MCR, LSR] = [0, 1, 2, 3, 4, 5] as const;
const IIR = FCR;
const DLAB = 0x80;
const BIT_NS_AT_115200 = 1e9 / 115_200;

/** What a serial driver, its peer, or a guest gone wild does. */
export type UartOperation =
  | { readonly do: 'line'; readonly divisor: number; readonly format: number }
  | { readonly do: 'enable'; readonly mask: number }
  | { readonly do: 'fifo'; readonly control: number }
  | { readonly do: 'modem control'; readonly value: number }
  | { readonly do: 'send'; readonly bytes: readonly number[] }
  | { readonly do: 'arrive'; readonly characters: readonly SerialCharacter[] }
  /** Reads of registers, 0 .. 7. */
  | { readonly do: 'read'; readonly registers: readonly number[] }
  | { readonly do: 'read word'; readonly register: number }
  /** More than the transmitter has room for, and time for all of it to leave. */
  | { readonly do: 'burst'; readonly first: number; readonly count: number }
  | { readonly do: 'bits'; readonly eighths: number }
  /** Up to half a bit before `characters` characters have passed, and half a bit beyond, with a look at both times. */
  | { readonly do: 'characters'; readonly count: number }
  | { readonly do: 'pins'; readonly inputs: number }
  | { readonly do: 'far end'; readonly accepts: boolean }
  | { readonly do: 'write'; readonly register: number; readonly value: number };

const byte = fc.integer({ min: 0, max: 255 });
const register = fc.integer({ min: 0, max: 7 });
/** Small divisors keep characters short; 0 and the largest are the ends of the range. */
const divisor = fc.constantFrom(1, 1, 2, 3, 12, 12, 0x180, 0, 0xffff);

const line = fc.record({ do: fc.constant('line' as const), divisor, format: fc.integer({ min: 0, max: 0x3f }) });
const enable = fc.record({ do: fc.constant('enable' as const), mask: fc.integer({ min: 0, max: 15 }) });
const fifo = fc.record({
  do: fc.constant('fifo' as const),
  control: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(0x01, 0x41, 0x81, 0xc1, 0x07, 0x87) }, byte),
});
const send = fc.record({ do: fc.constant('send' as const), bytes: fc.array(byte, { minLength: 1, maxLength: 20 }) });
const burst = fc.record({
  do: fc.constant('burst' as const),
  first: byte,
  count: fc.integer({ min: 16, max: 20 }),
});
const read = fc.record({
  do: fc.constant('read' as const),
  registers: fc.array(fc.oneof({ weight: 2, arbitrary: fc.constantFrom(0, 0, 2, 5, 6) }, register), {
    minLength: 1,
    maxLength: 6,
  }),
});
const readWord = fc.record({ do: fc.constant('read word' as const), register: fc.constantFrom(0, 2, 4, 6) });
const bits = fc.record({ do: fc.constant('bits' as const), eighths: fc.integer({ min: 1, max: 400 }) });
/** Four characters are the FIFO's time-out. */
const characters = fc.record({ do: fc.constant('characters' as const), count: fc.constantFrom(1, 2, 4, 4, 4) });
const write = fc.record({ do: fc.constant('write' as const), register, value: byte });
const modemControl = fc.record({
  do: fc.constant('modem control' as const),
  value: fc.oneof(fc.constantFrom(0x10, 0x1b, 0x0b, 0x00), fc.integer({ min: 0, max: 31 })),
});

const character: fc.Arbitrary<SerialCharacter> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ value: byte }) },
  { weight: 1, arbitrary: fc.record({ value: byte, fault: fc.constantFrom('parity', 'framing', 'break') }) },
);
const arrive = (maxLength: number, of: fc.Arbitrary<SerialCharacter>) =>
  fc.record({ do: fc.constant('arrive' as const), characters: fc.array(of, { minLength: 1, maxLength }) });
const pins = fc.record({
  do: fc.constant('pins' as const),
  inputs: fc.integer({ min: 0, max: 15 }).map((i) => i << 4),
});
const farEnd = fc.record({ do: fc.constant('far end' as const), accepts: fc.boolean() });

const common: fc.WeightedArbitrary<UartOperation>[] = [
  { weight: 3, arbitrary: enable },
  { weight: 3, arbitrary: fifo },
  { weight: 3, arbitrary: modemControl },
  { weight: 4, arbitrary: send },
  { weight: 6, arbitrary: read },
  { weight: 1, arbitrary: readWord },
  { weight: 3, arbitrary: bits },
  { weight: 3, arbitrary: characters },
];

const operations = (all: fc.WeightedArbitrary<UartOperation>[]) =>
  fc.array(fc.oneof(...all), { minLength: 1, maxLength: 24 });

function accesses(operation: UartOperation): readonly Step[] {
  switch (operation.do) {
    case 'line':
      return [
        output(BASE + LCR, operation.format | DLAB),
        output(BASE + DATA, operation.divisor & 0xff),
        output(BASE + IER, operation.divisor >> 8),
        output(BASE + LCR, operation.format),
      ];
    case 'enable':
      return [output(BASE + IER, operation.mask)];
    case 'fifo':
      return [output(BASE + FCR, operation.control)];
    case 'modem control':
      return [output(BASE + MCR, operation.value)];
    case 'send':
      return operation.bytes.map((value) => output(BASE + DATA, value));
    case 'burst':
      return [
        output(BASE + FCR, 0x01),
        ...Array.from({ length: operation.count }, (_, index) => output(BASE + DATA, (operation.first + index) & 0xff)),
      ];
    case 'arrive':
      return operation.characters.map((each) => ({ kind: 'character', character: each }));
    case 'read':
      return operation.registers.map((index) => input(BASE + index));
    case 'read word':
      return [input(BASE + operation.register, 2)];
    case 'pins':
      return [{ kind: 'modem', inputs: operation.inputs }];
    case 'far end':
      return [{ kind: 'accepts', accepts: operation.accepts }];
    case 'write':
      return [output(BASE + operation.register, operation.value)];
    case 'bits':
    case 'characters':
      return [];
  }
}

/** Keeps account of the registers that decide how long a character is and where a byte goes. */
class Shadow {
  private lcr = 0;
  private divisor = 12;

  see(step: Step): void {
    if (step.kind !== 'out') {
      return;
    }
    if (step.port === BASE + LCR) {
      this.lcr = step.value;
    } else if (this.latch && step.port === BASE + DATA) {
      this.divisor = (this.divisor & 0xff00) | step.value;
    } else if (this.latch && step.port === BASE + IER) {
      this.divisor = (this.divisor & 0xff) | (step.value << 8);
    }
  }

  get latch(): boolean {
    return (this.lcr & DLAB) !== 0;
  }

  private bitsTime(bits: number): number {
    return Math.ceil(BIT_NS_AT_115200 * (this.divisor === 0 ? 33 : this.divisor) * bits);
  }

  private waitBits(bits: number): Step {
    return wait(this.bitsTime(bits));
  }

  /** Some eighths of a bit, and 3 % of a bit more: sums of a program's waits never end where a character does. */
  wait(eighths: number): Step {
    return this.waitBits(eighths / 8 + 0.03);
  }

  /** A little more than a character's time, in ns. */
  get characterTime(): number {
    return this.bitsTime(this.characterBits + 0.03);
  }

  /** Length of a character in bits: start, data, parity, stop. */
  private get characterBits(): number {
    const data = 5 + (this.lcr & 3);
    const stop = (this.lcr & 4) === 0 ? 1 : data === 5 ? 1.5 : 2;
    return 1 + data + ((this.lcr & 8) >> 3) + stop;
  }

  aroundCharacters(count: number): readonly Step[] {
    const looks = [input(BASE + IIR), input(BASE + LSR)];
    return [this.waitBits(count * this.characterBits - 0.47), ...looks, this.waitBits(0.98), ...looks];
  }
}

function timeOf(operation: UartOperation, shadow: Shadow): readonly Step[] | undefined {
  if (operation.do === 'bits') {
    return [shadow.wait(operation.eighths)];
  }
  return operation.do === 'characters' ? shadow.aroundCharacters(operation.count) : undefined;
}

function withTime(operation: UartOperation): readonly UartOperation[] {
  return operation.do === 'burst' ? [operation, { do: 'characters', count: operation.count }] : [operation];
}

function compile(list: readonly UartOperation[]): Program {
  const shadow = new Shadow();
  const program: Step[] = [];
  for (const operation of list.flatMap(withTime)) {
    const steps = timeOf(operation, shadow) ?? accesses(operation);
    for (const step of steps) {
      shadow.see(step);
      program.push(step);
    }
  }
  return program;
}

/** Any operation, for an implementation that claims to be a 16550A. */
export const uartPrograms: fc.Arbitrary<Program> = operations([
  ...common,
  { weight: 2, arbitrary: line },
  { weight: 5, arbitrary: arrive(20, character) },
  { weight: 1, arbitrary: burst },
  { weight: 1, arbitrary: pins },
  { weight: 1, arbitrary: farEnd },
  { weight: 3, arbitrary: write },
]).map(compile);

/** Programs for a line that is as slow as it says: each character comes when the one before has passed. */
const pacedUartPrograms: fc.Arbitrary<Program> = uartPrograms.map((program) => {
  const shadow = new Shadow();
  let before = 0;
  return program.flatMap((step) => {
    shadow.see(step);
    if (step.kind !== 'character') return [step];
    const pause = wait(Math.max(before, shadow.characterTime));
    before = shadow.characterTime;
    return [pause, step];
  });
});

const without = (program: Program, kinds: readonly Step['kind'][]): Program =>
  program.filter(({ kind }) => !kinds.includes(kind));

/**
 * What the firmware's console can bring as the reference's line does. A mark for the modem lines waits behind characters
 * that wait for room. On a slow line characters that have waited come in one after the other, and in the reference at once:
 * there the outside is only asked to take, unless it does not wait.
 */
export function uartProgramsFor({ timing, backPressure }: Partial<UartOptions>): fc.Arbitrary<Program> {
  if (timing !== 'timed') return uartPrograms.map((program) => (backPressure ? program : without(program, ['modem'])));
  return backPressure ? pacedUartPrograms : uartPrograms.map((program) => without(program, ['modem', 'character']));
}

/** What QEMU's receiver has room for: it takes characters from the outside only up to the trigger level. */
class QemuReceiver {
  private waiting = 0;
  private room = 1;
  private lcr = 0;
  private loopback = false;

  /** False for a character that QEMU would not take at once. */
  takes(step: Step): boolean {
    if (step.kind === 'character') {
      if (this.loopback || this.waiting >= this.room) {
        return false;
      }
      this.waiting++;
    } else if (step.kind === 'in' || step.kind === 'out') {
      this.access(step);
    }
    return true;
  }

  private access(step: Extract<Step, { kind: 'in' | 'out' }>): void {
    const index = step.port - BASE;
    if (step.kind === 'in') {
      this.waiting -= index === DATA && (this.lcr & DLAB) === 0 && this.waiting > 0 ? 1 : 0;
    } else if (index === LCR) {
      this.lcr = step.value;
    } else if (index === MCR) {
      this.loopback = (step.value & 0x10) !== 0;
    } else if (index === FCR) {
      this.room = step.value & 1 ? [1, 4, 8, 14][step.value >> 6]! : 1;
    } else if (index === DATA && this.loopback && (this.lcr & DLAB) === 0) {
      this.waiting++;
    }
  }
}

/** QEMU ignores the word length, sends during a break, and takes FCR bits without bit 0: see the deviations. */
function withinQemu(step: Step): Step {
  if (step.kind === 'out' && step.port === BASE + LCR) {
    return { ...step, value: (step.value & 0xbf) | 0x03 };
  }
  return step.kind === 'out' && step.port === BASE + FCR && (step.value & 1) === 0 ? { ...step, value: 0 } : step;
}

/** Programs within what QEMU's UART models, and what its socket can bring. */
export const qemuUartPrograms: fc.Arbitrary<Program> = operations([
  ...common,
  { weight: 4, arbitrary: line },
  { weight: 4, arbitrary: arrive(4, fc.record({ value: byte })) },
  { weight: 2, arbitrary: write },
]).map((list) => {
  const receiver = new QemuReceiver();
  const program = compile([{ do: 'write', register: LCR, value: 0x03 }, ...list]).map(withinQemu);
  return program.filter((step) => receiver.takes(step));
});

const READ_NAMES = ['RBR', 'IER', 'IIR', 'LCR', 'MCR', 'LSR', 'MSR', 'SCR'] as const;
const WRITE_NAMES = ['THR', 'IER', 'FCR', 'LCR', 'MCR', 'LSR', 'MSR', 'SCR'] as const;

export const uartPorts = (port: number, write: boolean): string =>
  (write ? WRITE_NAMES : READ_NAMES)[port - BASE] ?? `port ${port.toString(16)}h`;
