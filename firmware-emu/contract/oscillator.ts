const NANOSECONDS_PER_SECOND: u64 = 1_000_000_000;
/** Fraction bits of the reciprocal: 30 bits of nanoseconds times at most 34 bits stay below 2^64. */
const SHIFT: u64 = 34;

/**
 * A free-running oscillator, read off virtual time: how many of its periods have passed since the machine was reset. Exact for any time
 * and without drift, because whole seconds and the rest are counted apart: the rest times the frequency fits 64 bits.
 *
 * Reading it costs multiplications only. A 64-bit division runs once when a new second begins, since devices are read far
 * more often than once a second.
 */
@unmanaged
export class Oscillator {
  private frequency: u64;
  /** Frequency / 10^9 with SHIFT fraction bits, rounded up. */
  private reciprocal: u64;
  /** The second that contains the last time asked for: its start in nanoseconds and in periods. */
  private secondStart: u64;
  private secondTicks: u64;

  /** @param frequency in hertz, 1 to 10^8 */
  connect(frequency: u64): void {
    this.frequency = frequency;
    this.reciprocal = ((frequency << SHIFT) + NANOSECONDS_PER_SECOND - 1) / NANOSECONDS_PER_SECOND;
    this.secondStart = 0;
    this.secondTicks = 0;
  }

  /** Whole periods in `time` nanoseconds: floor(time * frequency / 10^9). */
  ticks(time: u64): u64 {
    if (time - this.secondStart >= NANOSECONDS_PER_SECOND) this.enterSecond(time);
    const rest = time - this.secondStart;
    const estimate = (rest * this.reciprocal) >> SHIFT;
    const excess = estimate * NANOSECONDS_PER_SECOND > rest * this.frequency;
    return this.secondTicks + (excess ? estimate - 1 : estimate);
  }

  /** First nanosecond at which `ticks` gives `tick` or more: ceil(tick * 10^9 / frequency). */
  time(tick: u64): u64 {
    const seconds = tick / this.frequency;
    const rest = tick - seconds * this.frequency;
    return seconds * NANOSECONDS_PER_SECOND + (rest * NANOSECONDS_PER_SECOND + this.frequency - 1) / this.frequency;
  }

  private enterSecond(time: u64): void {
    const seconds = time / NANOSECONDS_PER_SECOND;
    this.secondStart = seconds * NANOSECONDS_PER_SECOND;
    this.secondTicks = seconds * this.frequency;
  }
}

/** `dividend` modulo `divisor`; hardly ever is the dividend so large that it takes a 64-bit division. */
export function remainder(dividend: u64, divisor: u32): u32 {
  const small = <u32>dividend;
  return dividend == <u64>small ? small % divisor : <u32>(dividend % divisor);
}
