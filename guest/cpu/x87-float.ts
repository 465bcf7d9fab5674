/**
 * Double extended-precision numbers and their rounding ([SDM] vol. 1, 4.2.2, 4.8 and 8.2): a sign, a 15-bit biased
 * exponent and a 64-bit significand with an explicit integer bit, kept as two unsigned 32-bit halves.
 *
 * BigInt would halve this code, but allocates at each operation; it is left to division, roots and transcendental functions.
 */

/** Exception flags, as in the status and control words ([SDM] vol. 1, 8.1.3). */
export const Exception = {
  INVALID: 0x01,
  DENORMAL: 0x02,
  ZERO_DIVIDE: 0x04,
  OVERFLOW: 0x08,
  UNDERFLOW: 0x10,
  PRECISION: 0x20,
} as const;

export const Kind = { ZERO: 0, DENORMAL: 1, NORMAL: 2, INFINITY: 3, NAN: 4, UNSUPPORTED: 5 } as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

export const Rounding = { NEAREST: 0, DOWN: 1, UP: 2, TRUNCATE: 3 } as const;

export const EXPONENT_MAX = 0x7fff;
export const BIAS = 0x3fff;
/** By how much an unmasked overflow or underflow moves the exponent ([SDM] vol. 1, 8.5.4). */
export const WRAP = 24576;

const INTEGER_BIT = 0x8000_0000;
const QUIET_BIT = 0x4000_0000;
const TWO32 = 0x1_0000_0000;

/** One number; mutable, because operations write into numbers that their callers keep. */
export class Extended {
  /** 0 or 1. */
  sign = 0;
  /** Biased, 0-7FFFh. */
  exponent = 0;
  /** Significand halves, unsigned. */
  high = 0;
  low = 0;

  set(sign: number, exponent: number, high: number, low: number): this {
    this.sign = sign;
    this.exponent = exponent;
    this.high = high;
    this.low = low;
    return this;
  }

  copy(other: Extended): this {
    return this.set(other.sign, other.exponent, other.high, other.low);
  }

  /** The indefinite QNaN. */
  setIndefinite(): this {
    return this.set(1, EXPONENT_MAX, 0xc000_0000, 0);
  }

  setInfinity(sign: number): this {
    return this.set(sign, EXPONENT_MAX, INTEGER_BIT, 0);
  }

  setZero(sign: number): this {
    return this.set(sign, 0, 0, 0);
  }

  get kind(): Kind {
    if (this.exponent === 0) return this.high === 0 && this.low === 0 ? Kind.ZERO : Kind.DENORMAL;
    if (this.high < INTEGER_BIT) return Kind.UNSUPPORTED;
    if (this.exponent < EXPONENT_MAX) return Kind.NORMAL;
    return this.high === INTEGER_BIT && this.low === 0 ? Kind.INFINITY : Kind.NAN;
  }

  get signalling(): boolean {
    return this.kind === Kind.NAN && (this.high & QUIET_BIT) === 0;
  }

  get significand(): bigint {
    return (BigInt(this.high) << 32n) | BigInt(this.low);
  }
}

/** Rounds and finishes results; collects the exception flags of one instruction. */
export class Rounder {
  /** Rounding control. */
  rounding: number = Rounding.NEAREST;
  /** Bits of significand that arithmetic keeps: 24, 53 or 64. */
  precision = 64;
  /** Exceptions that are masked, a set of Exception bits. */
  masks = 0x3f;
  /** Exceptions met since `clear`. */
  flags = 0;
  /** The last rounding increased the magnitude: becomes C1. */
  roundedUp = false;

  /** The narrower memory operand that became this instruction's operand was denormal. */
  narrowDenormal = false;

  /** The value in work: 96 bits, the last of which is sticky. */
  protected high = 0;
  protected low = 0;
  protected extra = 0;

  clear(): void {
    this.flags = 0;
    this.roundedUp = false;
    this.narrowDenormal = false;
  }

  /** Flag an exception. @returns true when it is unmasked */
  raise(exception: number): boolean {
    this.flags |= exception;
    return (exception & ~this.masks) !== 0;
  }

  /** Shift the value in work right; bits that fall out stay in the lowest bit. `count` ≥ 0. */
  protected shiftRight(count: number): void {
    let rest = count;
    for (; rest >= 32; rest -= 32) {
      if (this.high === 0 && this.low === 0) {
        this.extra = this.extra === 0 ? 0 : 1;
        return;
      }
      this.extra = (this.low | (this.extra === 0 ? 0 : 1)) >>> 0;
      this.low = this.high;
      this.high = 0;
    }
    if (rest === 0) return;
    const lost = this.extra << (32 - rest) === 0 ? 0 : 1;
    this.extra = ((this.low << (32 - rest)) | (this.extra >>> rest) | lost) >>> 0;
    this.low = ((this.high << (32 - rest)) | (this.low >>> rest)) >>> 0;
    this.high = this.high >>> rest;
  }

  /** Shift the value in work left until its integer bit is set. @returns by how much; not for zero */
  protected normalise(): number {
    let count = 0;
    while (this.high === 0) {
      this.high = this.low;
      this.low = this.extra;
      this.extra = 0;
      count += 32;
    }
    const rest = Math.clz32(this.high);
    if (rest !== 0) {
      this.high = ((this.high << rest) | (this.low >>> (32 - rest))) >>> 0;
      this.low = ((this.low << rest) | (this.extra >>> (32 - rest))) >>> 0;
      this.extra = (this.extra << rest) >>> 0;
    }
    return count + rest;
  }

  /**
   * Round the value in work to `precision` bits. @returns true when the significand overflowed to 1.0 × 2 and was shifted back,
   * or, for a denormal, when it became normal
   */
  protected roundSignificand(sign: number, precision: number): boolean {
    this.roundedUp = false;
    const { high, low, extra } = this;
    // Everything below the kept bits as a fraction of their last place, in 32 bits with a sticky end.
    let fraction = extra;
    if (precision === 53) fraction = ((low << 21) | (extra === 0 ? 0 : 1)) >>> 0;
    if (precision === 24) fraction = ((high << 24) | (low >>> 8) | ((low & 0xff) === 0 && extra === 0 ? 0 : 1)) >>> 0;
    if (fraction === 0) return false;
    this.flags |= Exception.PRECISION;
    const odd = precision === 64 ? low & 1 : precision === 53 ? (low >>> 11) & 1 : (high >>> 8) & 1;
    this.truncate(precision);
    if (!this.awayFromZero(sign, fraction, odd)) return false;
    this.roundedUp = true;
    return this.increment(precision);
  }

  private awayFromZero(sign: number, fraction: number, odd: number): boolean {
    if (this.rounding === Rounding.NEAREST) return fraction > INTEGER_BIT || (fraction === INTEGER_BIT && odd !== 0);
    if (this.rounding === Rounding.TRUNCATE) return false;
    return (this.rounding === Rounding.DOWN) === (sign !== 0);
  }

  private truncate(precision: number): void {
    this.extra = 0;
    if (precision === 53) this.low = (this.low & ~0x7ff) >>> 0;
    if (precision === 24) {
      this.low = 0;
      this.high = (this.high & ~0xff) >>> 0;
    }
  }

  private increment(precision: number): boolean {
    const wasNormal = this.high >= INTEGER_BIT;
    const lowStep = precision === 64 ? 1 : precision === 53 ? 0x800 : 0;
    let low = this.low + lowStep;
    let high = this.high + (precision === 24 ? 0x100 : 0);
    if (low >= TWO32) {
      low -= TWO32;
      high += 1;
    }
    this.low = low;
    this.high = high;
    if (high >= TWO32) {
      this.high = INTEGER_BIT;
      return true;
    }
    return !wasNormal && high >= INTEGER_BIT;
  }

  /**
   * Round the value in work, which is normalised or zero, and give it to `result` with all consequences of range.
   * @param exponent biased, any integer
   */
  protected finish(result: Extended, sign: number, exponent: number, precision: number): void {
    if (this.high === 0 && this.low === 0 && this.extra === 0) {
      result.setZero(sign);
      return;
    }
    if (exponent <= 0) this.finishTiny(result, sign, exponent, precision);
    else {
      const carried = this.roundSignificand(sign, precision) ? 1 : 0;
      if (exponent + carried >= EXPONENT_MAX) this.finishHuge(result, sign, exponent + carried, precision);
      else result.set(sign, exponent + carried, this.high, this.low);
    }
  }

  /** Tininess is detected after rounding: what rounds up to the smallest normal number is not tiny ([SDM] vol. 1, 4.9.1.5). */
  private finishTiny(result: Extended, sign: number, exponent: number, precision: number): void {
    const { high, low, extra } = this;
    const before = this.flags;
    const carried = this.roundSignificand(sign, precision) ? 1 : 0;
    const tiny = exponent + carried <= 0;
    if (tiny && (this.masks & Exception.UNDERFLOW) === 0) {
      this.flags |= Exception.UNDERFLOW;
      result.set(sign, exponent + carried + WRAP, this.high, this.low);
      return;
    }
    this.flags = before;
    this.high = high;
    this.low = low;
    this.extra = extra;
    this.shiftRight(1 - exponent);
    const becameNormal = this.roundSignificand(sign, precision);
    if (tiny && (this.flags & Exception.PRECISION) !== 0) this.flags |= Exception.UNDERFLOW;
    result.set(sign, becameNormal || this.high >= INTEGER_BIT ? 1 : 0, this.high, this.low);
  }

  private finishHuge(result: Extended, sign: number, exponent: number, precision: number): void {
    if (this.raise(Exception.OVERFLOW)) {
      result.set(sign, exponent - WRAP, this.high, this.low);
      return;
    }
    this.flags |= Exception.PRECISION;
    const toInfinity =
      this.rounding === Rounding.NEAREST ||
      (this.rounding !== Rounding.TRUNCATE && (this.rounding === Rounding.DOWN) === (sign !== 0));
    this.roundedUp = toInfinity;
    if (toInfinity) result.setInfinity(sign);
    else {
      this.high = this.low = 0xffff_ffff;
      this.truncate(precision);
      result.set(sign, EXPONENT_MAX - 1, this.high, this.low);
    }
  }

  /**
   * Finish a result computed with BigInt: sign, and `value` × 2^(`scale`) as an integer and a power of two; `sticky` says that
   * the exact result has further non-zero bits below.
   */
  finishBig(result: Extended, sign: number, value: bigint, scale: number, sticky: boolean, precision: number): void {
    if (value === 0n) {
      result.setZero(sign);
      return;
    }
    const bits = value.toString(16).length * 4 - Math.clz32(Number.parseInt(value.toString(16)[0], 16)) + 28;
    const shift = bits - 96;
    let kept = shift > 0 ? value >> BigInt(shift) : value << BigInt(-shift);
    if (sticky || (shift > 0 && kept << BigInt(shift) !== value)) kept |= 1n;
    this.high = Number(kept >> 64n);
    this.low = Number((kept >> 32n) & 0xffff_ffffn);
    this.extra = Number(kept & 0xffff_ffffn);
    this.finish(result, sign, scale + bits - 1 + BIAS, precision);
  }

  /**
   * Settle operands that are no numbers or need an exception, for operations of two operands.
   * @returns true when `result` is final
   */
  protected special(result: Extended, a: Extended, b: Extended): boolean {
    const ka = a.kind;
    const kb = b.kind;
    if (ka === Kind.UNSUPPORTED || kb === Kind.UNSUPPORTED) {
      this.invalid(result);
      return true;
    }
    if (ka !== Kind.NAN && kb !== Kind.NAN) return false;
    this.propagate(result, a, b);
    return true;
  }

  /** Invalid operation: the indefinite QNaN. */
  invalid(result: Extended): void {
    this.flags |= Exception.INVALID;
    result.setIndefinite();
  }

  /** NaN operands of a two-operand instruction ([SDM] vol. 1, table 4-7). */
  propagate(result: Extended, a: Extended, b: Extended): void {
    const signals = [a.signalling, b.signalling];
    if (signals[0] || signals[1]) this.flags |= Exception.INVALID;
    let chosen = a;
    if (a.kind !== Kind.NAN) chosen = b;
    else if (b.kind === Kind.NAN) {
      if (signals[0] !== signals[1]) chosen = signals[0] ? b : a;
      else chosen = larger(a, b);
    }
    result.set(chosen.sign, EXPONENT_MAX, (chosen.high | QUIET_BIT) >>> 0, chosen.low);
  }

  /** NaN or unsupported operand of a one-operand instruction. @returns true when `result` is final */
  specialOne(result: Extended, a: Extended): boolean {
    const kind = a.kind;
    if (kind === Kind.UNSUPPORTED) this.invalid(result);
    else if (kind === Kind.NAN) {
      if (a.signalling) this.flags |= Exception.INVALID;
      result.set(a.sign, EXPONENT_MAX, (a.high | QUIET_BIT) >>> 0, a.low);
    } else return false;
    return true;
  }

  /** Flag denormal operands. @returns true when the exception is unmasked, and the operation is not done */
  denormal(a: Extended, b: Extended = a): boolean {
    const met = this.narrowDenormal || a.kind === Kind.DENORMAL || b.kind === Kind.DENORMAL;
    return met && this.raise(Exception.DENORMAL);
  }
}

/** The NaN with the larger significand; of two equal ones the positive. */
function larger(a: Extended, b: Extended): Extended {
  if (a.high !== b.high) return a.high > b.high ? a : b;
  if (a.low !== b.low) return a.low > b.low ? a : b;
  return a.sign <= b.sign ? a : b;
}
