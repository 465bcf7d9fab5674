/**
 * Registers of the 8250, 16450 and 16550A. Sections are those of the National Semiconductor PC16550D data sheet (June 1995).
 */

/** What an access reaches once the divisor latch access bit is taken into account ([16550D] table II). */
export namespace UartRegister {
  export const RECEIVER_BUFFER: u32 = 0;
  export const TRANSMITTER_HOLDING: u32 = 1;
  export const INTERRUPT_ENABLE: u32 = 2;
  export const INTERRUPT_IDENTIFICATION: u32 = 3;
  export const FIFO_CONTROL: u32 = 4;
  export const LINE_CONTROL: u32 = 5;
  export const MODEM_CONTROL: u32 = 6;
  export const LINE_STATUS: u32 = 7;
  export const MODEM_STATUS: u32 = 8;
  export const SCRATCH: u32 = 9;
  export const DIVISOR_LOW: u32 = 10;
  export const DIVISOR_HIGH: u32 = 11;
  /** A write that reaches nothing. */
  export const NONE: u32 = 12;
}

/** Interrupt enable register ([16550D] 8.7); bits 4-7 are always 0. */
export namespace InterruptEnable {
  export const RECEIVED_DATA: u32 = 0x01;
  export const TRANSMITTER_EMPTY: u32 = 0x02;
  export const LINE_STATUS: u32 = 0x04;
  export const MODEM_STATUS: u32 = 0x08;
  export const MASK: u32 = 0x0f;
}

/** Interrupt identification register ([16550D] 8.6, table IV), highest priority first. */
export namespace InterruptId {
  export const LINE_STATUS: u32 = 0x06;
  export const RECEIVED_DATA: u32 = 0x04;
  export const CHARACTER_TIMEOUT: u32 = 0x0c;
  export const TRANSMITTER_EMPTY: u32 = 0x02;
  export const MODEM_STATUS: u32 = 0x00;
  export const NONE: u32 = 0x01;
  /** Set while the FIFOs are enabled. */
  export const FIFOS: u32 = 0xc0;
}

/** FIFO control register ([16550D] 8.5), write-only. */
export namespace FifoControl {
  export const ENABLE: u32 = 0x01;
  export const RESET_RECEIVER: u32 = 0x02;
  export const RESET_TRANSMITTER: u32 = 0x04;
  /** Bits 6 and 7: trigger level 1, 4, 8 or 14 characters. */
  export const TRIGGER_SHIFT: u32 = 6;
  /** The trigger levels, one byte for each value of bits 6-7. */
  export const TRIGGER_LEVELS: u32 = 0x0e080401;
}

/** Line control register ([16550D] 8.1). */
export namespace LineControl {
  /** Word length less 5. */
  export const WORD_LENGTH: u32 = 0x03;
  /** Two stop bits, or one and a half for five-bit characters. */
  export const STOP_BITS: u32 = 0x04;
  export const PARITY_ENABLE: u32 = 0x08;
  export const BREAK: u32 = 0x40;
  export const DIVISOR_ACCESS: u32 = 0x80;
}

/** Modem control register ([16550D] 8.8); bits 5-7 are always 0. */
export namespace ModemControl {
  export const DTR: u32 = 0x01;
  export const RTS: u32 = 0x02;
  export const OUT1: u32 = 0x04;
  export const OUT2: u32 = 0x08;
  export const LOOP: u32 = 0x10;
  export const MASK: u32 = 0x1f;
}

/** Line status register ([16550D] 8.4). */
export namespace LineStatus {
  export const DATA_READY: u32 = 0x01;
  export const OVERRUN: u32 = 0x02;
  export const PARITY: u32 = 0x04;
  export const FRAMING: u32 = 0x08;
  export const BREAK: u32 = 0x10;
  export const HOLDING_EMPTY: u32 = 0x20;
  export const TRANSMITTER_EMPTY: u32 = 0x40;
  export const FIFO_ERROR: u32 = 0x80;
  /** What travels through the FIFO with its character. */
  export const CHARACTER_ERRORS: u32 = 0x1c;
  /** What a read of the register clears, and what raises the line status interrupt. */
  export const ERRORS: u32 = 0x1e;
}

/** Modem status register ([16550D] 8.9): lines in bits 4-7, what changed since the last read in bits 0-3. */
export namespace ModemStatus {
  export const DELTA_CTS: u32 = 0x01;
  export const DELTA_DSR: u32 = 0x02;
  export const TRAILING_EDGE_RI: u32 = 0x04;
  export const DELTA_DCD: u32 = 0x08;
  export const CTS: u32 = 0x10;
  export const DSR: u32 = 0x20;
  export const RI: u32 = 0x40;
  export const DCD: u32 = 0x80;
  export const DELTAS: u32 = 0x0f;
  export const LINES: u32 = 0xf0;
  /** The lines with a terminal at the other end: everything but the ring indicator. */
  export const CONNECTED: u32 = 0xb0;
}

/** Characters in each FIFO ([16550D] 1.0). */
export const FIFO_SIZE: u32 = 16;

/** Models by capability; the numbers are those of the start info. */
export namespace UartModel {
  /** No scratch register, no FIFOs. */
  export const I8250: u32 = 1;
  /** Scratch register, no FIFOs. */
  export const I16450: u32 = 2;
  export const I16550A: u32 = 3;
}

/**
 * The unit of the line's time: 1/18 ns. Half a bit at divisor 1 takes 1/230,400 s = 78,125/18 ns with the PC's 1.8432 MHz crystal
 * ([16550D] 8.3), so in this unit every character time is a whole number and none of it is lost to rounding. 64 bits of it last
 * for 32 years.
 */
export const UNITS_PER_NANOSECOND: u64 = 18;
export const UNITS_PER_HALF_BIT: u64 = 78_125;
