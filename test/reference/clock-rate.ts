/**
 * Conversion between virtual nanoseconds and the ticks of an oscillator, exact for every time below 2^53 ns (104 days).
 *
 * Whole seconds and the rest are converted apart: `ns * hertz` alone would leave the range of exact integers after
 * about two hours at 1.19 MHz, and an increment per step would drift.
 */
const NS_PER_SECOND = 1_000_000_000;

export class ClockRate {
  /** `hertz` is a whole number of ticks per second, 1 .. 9_000_000 (so that the rest's product stays exact). */
  constructor(readonly hertz: number) {
    if (!Number.isInteger(hertz) || hertz < 1 || hertz > 9_000_000) {
      throw new RangeError(`no exact conversion for ${hertz} Hz`);
    }
  }

  /** Ticks that have happened when virtual time is `ns`; tick k happens at k/hertz seconds, tick 0 at power-on. */
  ticksAt(ns: number): number {
    const seconds = Math.floor(ns / NS_PER_SECOND);
    const rest = ns - seconds * NS_PER_SECOND;
    return seconds * this.hertz + Math.floor((rest * this.hertz) / NS_PER_SECOND);
  }

  /** The first whole nanosecond at which tick `tick` has happened. */
  timeOf(tick: number): number {
    const seconds = Math.floor(tick / this.hertz);
    const rest = tick - seconds * this.hertz;
    return seconds * NS_PER_SECOND + Math.ceil((rest * NS_PER_SECOND) / this.hertz);
  }
}
