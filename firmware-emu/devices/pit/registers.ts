/** The 8254 Programmable Interval Timer. Sections are those of Intel's data sheet 231164-005 by heading. */

/** Input clock on a PC in hertz: 14.31818 MHz / 12, to the next whole hertz. */
export const PIT_FREQUENCY: u64 = 1_193_182;

/** Ports relative to the 8254's base (figure 5, "Read/Write Operations Summary"). */
export namespace PitPort {
  /** Counters 0, 1 and 2. */
  export const CONTROL: u32 = 3;
  /** System control port B (61h) of the PC, as an offset from the 8254 at 40h. */
  export const SYSTEM_CONTROL: u32 = 0x21;
}

/** Control word (figure 7, "Control Word Format"). */
export namespace ControlWord {
  export const COUNTER_SHIFT: u32 = 6;
  /** In place of a counter number: the read-back command. */
  export const READ_BACK: u32 = 3;
  /** What the status byte repeats: read/write format, mode and BCD. */
  export const PROGRAMMED: u32 = 0x3f;
  export const FORMAT_SHIFT: u32 = 4;
  export const MODE_SHIFT: u32 = 1;
  export const BCD: u32 = 0x01;
}

/** Read/write format: bits 4 and 5 of the control word. */
export namespace Format {
  /** Not a format but the counter latch command. */
  export const LATCH: u32 = 0;
  export const LOW: u32 = 1;
  export const HIGH: u32 = 2;
  /** Least significant byte first, then the most significant. */
  export const WORD: u32 = 3;
}

/** Read-back command (figure 10): the bits that ask for a latch are active low. */
export namespace ReadBack {
  export const NO_COUNT: u32 = 0x20;
  export const NO_STATUS: u32 = 0x10;
  /** Counter 0; counters 1 and 2 follow. */
  export const COUNTER_0: u32 = 0x02;
}

/** Status byte (figure 11): the programmed control word in bits 0-5. */
export namespace Status {
  export const OUT: u32 = 0x80;
  export const NULL_COUNT: u32 = 0x40;
}

/** Counter modes ("Mode Definitions"). Modes 6 and 7 are 2 and 3: bit 2 does not matter to them. */
export namespace Mode {
  export const INTERRUPT_ON_TERMINAL_COUNT: u32 = 0;
  export const ONE_SHOT: u32 = 1;
  export const RATE_GENERATOR: u32 = 2;
  export const SQUARE_WAVE: u32 = 3;
  export const SOFTWARE_STROBE: u32 = 4;
  export const HARDWARE_STROBE: u32 = 5;
}

/** System control port B, 61h ([PIIX3] register NMISC). Bits 6 and 7 report errors of the bus: none. */
export namespace SystemControl {
  export const GATE_2: u32 = 0x01;
  export const SPEAKER: u32 = 0x02;
  /** What is read as written: gate, speaker, and the two bits that disable error reports. */
  export const WRITABLE: u32 = 0x0f;
  /** Toggles with every memory refresh. */
  export const REFRESH: u32 = 0x10;
  export const OUT_2: u32 = 0x20;
}

/** Input clocks between two refreshes, 15.085 us: what a PC's BIOS programs into counter 1. */
export const REFRESH_TICKS: u64 = 18;
