/**
 * The shadow page: registers whose read has no side effect, published by the firmware so that the hypervisor can answer a
 * read without entering it. Constants are byte offsets from SHADOW_PAGE; every field is a little-endian u32.
 *
 * An 8-bit register has one entry: the value in bits 0-7, and SHADOW_VALID while a read of one byte would give that value and
 * change nothing. The firmware brings the entries of a device up to date at the end of every entry that can have changed them.
 *
 * What qualifies, and when:
 * - 16550: IER (or the divisor's high byte), LCR, MCR and SCR always; LSR while it shows no error, because reading it clears
 *   those ([16550D] 8.6.3), and only where characters take no time. Never the receiver buffer, IIR and MSR: reading takes a
 *   character, acknowledges an interrupt, clears deltas.
 * - IDE: Error to Device (1-6) and Alternate Status always; Status while no interrupt is pending, because reading it
 *   acknowledges the interrupt ([ATA-6] 7.15).
 * - HPET: the main counter while it runs, as virtual time divided by the period, plus an offset.
 *
 * What does not, although software polls it: the 8254's counters. A read gives alternately the low and the high byte, and
 * releases a latched count ([8254] "Counter Latch Command"), so the same read twice gives two values: its effect is its purpose.
 */
export const SHADOW_VALID: u32 = 0x100;

/** Register `r` (0-7) of COM `n + 1`: entry `n * 8 + r`. */
export const SHADOW_UARTS: u32 = 0x000;
/** Register `r` of the command block (0-7) of channel `c`: entry `c * 16 + r`; Alternate Status is `r` 8. */
export const SHADOW_IDE: u32 = 0x080;
export const SHADOW_ALTERNATE_STATUS: u32 = 8;

/** HPET main counter: nonzero while it can be told from the time. */
export const SHADOW_HPET_VALID: u32 = 0x100;
/** Nanoseconds of one tick. */
export const SHADOW_HPET_PERIOD: u32 = 0x104;
/** u64: counter = time / period + offset, modulo 2^64. */
export const SHADOW_HPET_OFFSET: u32 = 0x108;
