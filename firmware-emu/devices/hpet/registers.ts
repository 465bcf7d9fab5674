/** High precision event timers. Sections are those of Intel's "IA-PC HPET Specification", revision 1.0a (October 2004) [HPET]. */

/** Main counter in hertz, and its period in femtoseconds: 10 ns, as QEMU's. */
export const HPET_FREQUENCY: u64 = 100_000_000;
const PERIOD_FEMTOSECONDS: u32 = 10_000_000;

export const TIMER_COUNT: u32 = 3;

/** Offsets of 32-bit halves ([HPET] 2.3.1, table 2). */
export namespace HpetRegister {
  export const CAPABILITIES: u32 = 0x000;
  export const PERIOD: u32 = 0x004;
  export const CONFIGURATION: u32 = 0x010;
  export const INTERRUPT_STATUS: u32 = 0x020;
  export const COUNTER_LOW: u32 = 0x0f0;
  export const COUNTER_HIGH: u32 = 0x0f4;
  /** Timer 0; the others follow at this distance. */
  export const TIMERS: u32 = 0x100;
  export const TIMER_STRIDE_SHIFT: u32 = 5;
}

/** Offsets within a timer. */
export namespace TimerRegister {
  export const CONFIGURATION: u32 = 0x00;
  export const ROUTE_CAPABILITY: u32 = 0x04;
  export const COMPARATOR_LOW: u32 = 0x08;
  export const COMPARATOR_HIGH: u32 = 0x0c;
}

/** General capabilities ([HPET] 2.3.4): Intel, legacy replacement, a 64-bit counter, three timers, revision 1; then the period. */
export const CAPABILITIES: u32 = 0x8086_a201;
export const CAPABILITIES_HIGH: u32 = PERIOD_FEMTOSECONDS;

/** General configuration ([HPET] 2.3.5). */
export namespace Configuration {
  export const ENABLE: u32 = 0x01;
  export const LEGACY_REPLACEMENT: u32 = 0x02;
  export const MASK: u32 = 0x03;
}

/** Timer configuration ([HPET] 2.3.8). */
export namespace TimerConfiguration {
  export const LEVEL: u32 = 0x0002;
  export const INTERRUPT: u32 = 0x0004;
  export const PERIODIC: u32 = 0x0008;
  /** The timer can be periodic, and has 64 bits. */
  export const CAPABILITIES: u32 = 0x0030;
  /** The next write of the comparator sets what is compared, not only the period. Reads 0. */
  export const SET_VALUE: u32 = 0x0040;
  export const WIDTH_32: u32 = 0x0100;
  export const ROUTE_SHIFT: u32 = 9;
  export const ROUTE: u32 = 0x3e00;
  /** Everything that software can set but the route and SET_VALUE. */
  export const MASK: u32 = 0x010e;
}

/**
 * Lines that a timer can be routed to: 2, which QEMU offers and which belongs to no device on a PC, and the ISA lines that
 * nobody else has, 5, 7, 10 and 11.
 */
export const ROUTE_CAPABILITY: u32 = 0x0000_0ca4;
/** Lines of timers 0 and 1 in legacy replacement: those of the PIT and of the clock ([HPET] 2.3.5, table 5). */
export const LEGACY_ROUTE_0: u32 = 0;
export const LEGACY_ROUTE_1: u32 = 8;
/** No line. */
export const NO_ROUTE: u32 = 32;
