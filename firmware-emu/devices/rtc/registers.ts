/** MC146818 real-time clock. Sections are those of Motorola's data sheet MC146818 (1984) by heading. */

/** Crystal on a PC in hertz. */
export const RTC_FREQUENCY: u64 = 32_768;
/** Ticks between two updates are 2 to this power. */
export const SECOND_SHIFT: u32 = 15;
export const TICKS_PER_SECOND: u64 = 1 << 15;
/** From the end of divider reset to the first update: half a second ("Divider Control"). */
export const FIRST_UPDATE_TICKS: u64 = 1 << 14;
/**
 * How long before the end of an update UIP is set: 244 us notice, then 1984 us of update with a 32.768 kHz time base ("Update Cycle",
 * table 6), together 73 ticks.
 */
export const UPDATE_TICKS: u64 = 73;

/** Addresses ("Address Map", figure 10). */
export namespace RtcRegister {
  export const SECONDS: u32 = 0x00;
  export const SECONDS_ALARM: u32 = 0x01;
  export const MINUTES: u32 = 0x02;
  export const MINUTES_ALARM: u32 = 0x03;
  export const HOURS: u32 = 0x04;
  export const HOURS_ALARM: u32 = 0x05;
  /** 1 is Sunday. */
  export const DAY_OF_WEEK: u32 = 0x06;
  export const DAY_OF_MONTH: u32 = 0x07;
  export const MONTH: u32 = 0x08;
  export const YEAR: u32 = 0x09;
  export const A: u32 = 0x0a;
  export const B: u32 = 0x0b;
  export const C: u32 = 0x0c;
  export const D: u32 = 0x0d;
  /** A byte of RAM by the chip; by the PC's convention the century, which this clock keeps, as QEMU's does. */
  export const CENTURY: u32 = 0x32;
}

/** Bytes that the 7-bit address reaches. */
export const RTC_BYTES: u32 = 128;

/** Register A ("Register A"). */
export namespace RegisterA {
  export const UPDATE_IN_PROGRESS: u32 = 0x80;
  export const DIVIDER_SHIFT: u32 = 4;
  /** The highest divider setting for a time base; those above are tests and divider reset. */
  export const LAST_DIVIDER: u32 = 2;
  export const RATE: u32 = 0x0f;
  /** 32.768 kHz time base, 1024 Hz: what a PC's BIOS sets. */
  export const INITIAL: u32 = 0x26;
}

/** Register B ("Register B"). */
export namespace RegisterB {
  export const SET: u32 = 0x80;
  export const PERIODIC_ENABLE: u32 = 0x40;
  export const ALARM_ENABLE: u32 = 0x20;
  export const UPDATE_ENABLE: u32 = 0x10;
  export const BINARY: u32 = 0x04;
  export const HOURS_24: u32 = 0x02;
  /** What RESET leaves alone: it clears the interrupt enables and the square wave's ("RESET"). */
  export const KEPT_IN_RESET: u32 = 0x87;
}

/** Register C ("Register C"): flags at the places of their enables in register B. */
export namespace RegisterC {
  export const INTERRUPT: u32 = 0x80;
  export const PERIODIC: u32 = 0x40;
  export const ALARM: u32 = 0x20;
  export const UPDATE: u32 = 0x10;
  export const FLAGS: u32 = 0x70;
}

/** Register D: RAM and time are valid; the battery is good. */
export const VALID: u32 = 0x80;

/** Hours: afternoon in 12-hour mode ("Time, Calendar, and Alarm Locations", table 3). */
export const AFTERNOON: u32 = 0x80;
/** An alarm byte of C0h or more matches anything ("Alarm"). */
export const ALARM_ANY: u32 = 0xc0;
