/** Pseudo-random numbers of a run: the same seed, the same numbers (xorshift of 32 bits, [Marsaglia 2003] 3). */
export class Random {
  private state: number;

  /** @param seed 0 to 2^32 - 1 */
  constructor(seed: number) {
    // Zero is the one state that xorshift cannot leave.
    this.state = (seed ^ 0x9e3779b9) | 0 || 1;
  }

  /** Above 0, at most 1. */
  next(): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return (this.state >>> 0) / 2 ** 32;
  }

  /** Exponentially distributed around `mean`. */
  exponential(mean: number): number {
    return -mean * Math.log(this.next());
  }
}
