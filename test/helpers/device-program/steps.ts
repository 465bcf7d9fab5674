/**
 * Operation programs for devices behind ports: what a guest, the outside and time do to a device, as plain data, so
 * that one program runs on the reference emulator, on QEMU and on the firmware, and shrinks to something readable.
 */

export type Width = 1 | 2 | 4;

/** A character on a serial line, with what was wrong with it. A break is a character of all zero bits. */
export interface SerialCharacter {
  readonly value: number;
  readonly fault?: 'parity' | 'framing' | 'break';
}

/** Something that comes from outside the guest. */
export type Stimulus =
  | { readonly kind: 'character'; readonly character: SerialCharacter }
  /** Modem input pins as the MSR's bits 7..4 show them: DCD 80h, RI 40h, DSR 20h, CTS 10h. */
  | { readonly kind: 'modem'; readonly inputs: number }
  /** Whether the far end of a serial line takes characters. */
  | { readonly kind: 'accepts'; readonly accepts: boolean }
  /** An input pin of an interrupt controller, 0 .. 15. */
  | { readonly kind: 'input'; readonly line: number; readonly level: boolean }
  /** The bus's hard reset. */
  | { readonly kind: 'reset' };

export type Step =
  | { readonly kind: 'in'; readonly port: number; readonly width: Width }
  | { readonly kind: 'out'; readonly port: number; readonly width: Width; readonly value: number }
  /** Virtual time goes on by this many ns. */
  | { readonly kind: 'advance'; readonly ns: number }
  /** The processor's interrupt acknowledge cycle; yields the vector. */
  | { readonly kind: 'acknowledge' }
  | Stimulus;

export type Program = readonly Step[];

/** What all ends of a comparison must be able to do. Calls are in the program's order. */
export interface UnderTest {
  readonly name: string;
  /** As after power-on, at a whole second of virtual time, so that a program always meets the same phase. */
  reset(): void;
  read(port: number, width: Width): number;
  write(port: number, width: Width, value: number): void;
  advance(ns: number): void;
  stimulate(stimulus: Stimulus): void;
  /** Only for interrupt controllers. */
  acknowledge?(): number;
  /** For each interrupt line that the device has, lowest first: its level, and whether it has risen since the last call. */
  interrupt(): number;
  /** Appends what the device has sent to the outside since the last call. */
  takeOutput(into: number[]): void;
}

/**
 * What a program showed: two numbers a step (value read or 0, `UnderTest.interrupt`), then the bytes that went out.
 */
export type Observations = number[];

export const PER_STEP = 2;

/**
 * Anything that turns a program into observations, at once or later. It starts from a reset each time. `expectedOutput`
 * is how many bytes of output are worth waiting for.
 */
export interface ProgramRunner {
  readonly name: string;
  run(program: Program, expectedOutput?: number): Observations | Promise<Observations>;
}

export const input = (port: number, width: Width = 1): Step => ({ kind: 'in', port, width });
export const output = (port: number, value: number, width: Width = 1): Step => ({ kind: 'out', port, width, value });
export const wait = (ns: number): Step => ({ kind: 'advance', ns });
