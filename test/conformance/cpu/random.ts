/** Seeded pseudo-random numbers (xorshift32): the same seed gives the same cases on every machine. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0 || 0x9e3779b9;
    for (let i = 0; i < 8; i++) this.word();
  }

  /** Uniform 32-bit unsigned. */
  word(): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x >>> 0;
    return Math.imul(this.state, 0x9e3779b1) >>> 0;
  }

  /** Uniform in 0..limit-1. */
  below(limit: number): number {
    return Math.floor((this.word() / 0x1_0000_0000) * limit);
  }

  /** Uniform in low..high. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  chance(oneIn: number): boolean {
    return this.below(oneIn) === 0;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)];
  }

  /** An operand of `size` bytes (1, 2, 4), unsigned: half of them from the edges where carries and overflows happen. */
  operand(size: number): number {
    const bits = size * 8;
    const mask = size === 4 ? 0xffffffff : (1 << bits) - 1;
    const sign = 2 ** (bits - 1);
    switch (this.below(8)) {
      case 0:
        return this.pick([0, 1, 2, mask, mask - 1]);
      case 1:
        return (this.pick([sign, sign - 1, sign + 1]) & mask) >>> 0;
      case 2:
        return (2 ** this.below(bits)) >>> 0;
      case 3:
        return this.below(256) & mask;
      default:
        return (this.word() & mask) >>> 0;
    }
  }
}
