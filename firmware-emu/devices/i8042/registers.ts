/**
 * Keyboard controller of the PC/AT and the keyboard behind it. Sections are those of the IBM PC/AT Technical Reference (1984),
 * "Keyboard controller" [AT-KBC] and "Keyboard" [AT-KBD].
 */

/** Status register, port 64h ([AT-KBC] Status Register). */
export namespace Status {
  export const OUTPUT_FULL: u32 = 0x01;
  /** The self test was passed. */
  export const SYSTEM: u32 = 0x04;
  /** The last write went to port 64h. */
  export const COMMAND: u32 = 0x08;
  /** The keyboard lock is open. */
  export const UNLOCKED: u32 = 0x10;
  /** The output buffer holds what the auxiliary device sent (PS/2). */
  export const AUXILIARY: u32 = 0x20;
  export const TIMEOUT: u32 = 0x40;
}

/** Command byte ([AT-KBC] command 60h). */
export namespace CommandByte {
  export const KEYBOARD_INTERRUPT: u32 = 0x01;
  export const SYSTEM: u32 = 0x04;
  export const KEYBOARD_DISABLED: u32 = 0x10;
  export const AUXILIARY_DISABLED: u32 = 0x20;
  /** After reset: both interrupts on, as QEMU's controller starts. */
  export const INITIAL: u32 = 0x03;
}

/** Commands to the controller, port 64h ([AT-KBC] Commands; A7h-A9h, D2h-D4h: PS/2). */
export namespace Command {
  export const READ_COMMAND_BYTE: u32 = 0x20;
  export const WRITE_COMMAND_BYTE: u32 = 0x60;
  export const DISABLE_AUXILIARY: u32 = 0xa7;
  export const ENABLE_AUXILIARY: u32 = 0xa8;
  export const TEST_AUXILIARY: u32 = 0xa9;
  export const SELF_TEST: u32 = 0xaa;
  export const TEST_KEYBOARD: u32 = 0xab;
  export const DISABLE_KEYBOARD: u32 = 0xad;
  export const ENABLE_KEYBOARD: u32 = 0xae;
  export const READ_INPUT_PORT: u32 = 0xc0;
  export const READ_OUTPUT_PORT: u32 = 0xd0;
  export const WRITE_OUTPUT_PORT: u32 = 0xd1;
  export const WRITE_OUTPUT_BUFFER: u32 = 0xd2;
  export const WRITE_AUXILIARY_BUFFER: u32 = 0xd3;
  export const WRITE_AUXILIARY: u32 = 0xd4;
  export const CLOSE_ADDRESS_LINE: u32 = 0xdd;
  export const OPEN_ADDRESS_LINE: u32 = 0xdf;
  /** F0h-FFh: pulse the output port lines whose bit is 0; line 0 is the processor's reset. */
  export const PULSE: u32 = 0xf0;
}

/** Answers of the controller. */
export namespace Answer {
  export const SELF_TEST_PASSED: u32 = 0x55;
  export const TEST_PASSED: u32 = 0x00;
  /** Auxiliary interface test: the clock line is stuck low; nothing is plugged in. */
  export const CLOCK_LOW: u32 = 0x01;
  /** Input port: keyboard not locked, manufacturing jumper not installed. */
  export const INPUT_PORT: u32 = 0xa0;
}

/** Output port ([AT-KBC] Output Port). */
export namespace OutputPort {
  /** Low resets the processor. */
  export const RUN: u32 = 0x01;
  export const ADDRESS_LINE_20: u32 = 0x02;
  export const OUTPUT_FULL: u32 = 0x10;
  export const INITIAL: u32 = 0xcf;
}

/** Commands to the keyboard ([AT-KBD] Commands from the System). */
export namespace KeyboardCommand {
  export const SET_LEDS: u32 = 0xed;
  export const ECHO: u32 = 0xee;
  export const SCAN_CODE_SET: u32 = 0xf0;
  export const IDENTIFY: u32 = 0xf2;
  export const SET_RATE: u32 = 0xf3;
  export const ENABLE: u32 = 0xf4;
  export const DISABLE: u32 = 0xf5;
  export const SET_DEFAULTS: u32 = 0xf6;
  export const RESEND: u32 = 0xfe;
  export const RESET: u32 = 0xff;
}

/** What the keyboard sends ([AT-KBD] Commands to the System). */
export namespace KeyboardAnswer {
  export const ACKNOWLEDGE: u32 = 0xfa;
  export const SELF_TEST_PASSED: u32 = 0xaa;
  export const RESEND: u32 = 0xfe;
  /** Identification of the 101-key keyboard, two bytes. */
  export const IDENTITY_LOW: u32 = 0xab;
  export const IDENTITY_HIGH: u32 = 0x83;
}
