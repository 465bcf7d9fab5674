/**
 * Transcendental instructions ([SDM] vol. 1, 8.3.7 and 8.3.8), in fixed point with BigInt: series are summed with more than 130 bits,
 * so results are correctly rounded but for astronomically rare cases; hardware is within one unit in the last place.
 */
import { effective } from './x87-arithmetic';
import { Converter } from './x87-convert';
import { BIAS, Exception, type Extended, Kind } from './x87-float';

/** Fraction bits of fixed-point values. */
const F = 200n;
const ONE = 1n << F;
/** π as the unit knows it: 66 bits ([SDM] vol. 1, 8.3.8), as a multiple of 2^-66. */
const PI66 = 0xc90f_daa2_2168_c234_cn;

/** Fixed-point product. */
const times = (a: bigint, b: bigint): bigint => (a * b) >> F;

/** atan(1/n). */
function arcTangentOfInverse(n: bigint): bigint {
  let [power, sum] = [ONE / n, 0n];
  for (let k = 1n; power !== 0n; k += 2n) {
    sum += (k & 2n) === 0n ? power / k : -(power / k);
    power /= n * n;
  }
  return sum;
}

const PI = 4n * (4n * arcTangentOfInverse(5n) - arcTangentOfInverse(239n));

/** Natural logarithm of x in [1, 2): twice the area tangent of (x − 1)/(x + 1). */
function naturalLogarithm(x: bigint): bigint {
  const t = ((x - ONE) << F) / (x + ONE);
  const square = times(t, t);
  let [power, sum] = [t, 0n];
  for (let k = 1n; power !== 0n; k += 2n) {
    sum += power / k;
    power = times(power, square);
  }
  return 2n * sum;
}

/** Logarithm to base 2 of a positive fixed-point value. */
function logarithm2(x: bigint): bigint {
  if (x < ONE) return -logarithm2((ONE << F) / x);
  const power = BigInt(x.toString(2).length - 1) - F;
  return (naturalLogarithm(x >> power) << F) / LN2 + (power << F);
}

/** ln 2 = 2 artanh(1/3). */
const LN2 = (() => {
  let [power, sum] = [ONE / 3n, 0n];
  for (let k = 1n; power !== 0n; k += 2n) {
    sum += power / k;
    power /= 9n;
  }
  return 2n * sum;
})();

/** e^x − 1 for |x| < 1. */
function exponentialLessOne(x: bigint): bigint {
  let [term, sum] = [x, 0n];
  for (let k = 2n; term !== 0n && term !== -1n; k++) {
    sum += term;
    term = times(term, x) / k;
  }
  return sum;
}

function sine(x: bigint): bigint {
  const square = times(x, x);
  let [term, sum] = [x, 0n];
  for (let k = 2n; term !== 0n && term !== -1n; k += 2n) {
    sum += term;
    term = -times(term, square) / (k * (k + 1n));
  }
  return sum;
}

function cosine(x: bigint): bigint {
  const square = times(x, x);
  let [term, sum] = [ONE, 0n];
  for (let k = 1n; term !== 0n && term !== -1n; k += 2n) {
    sum += term;
    term = -times(term, square) / (k * (k + 1n));
  }
  return sum;
}

/** atan x for 0 ≤ x ≤ 1: halved twice by atan x = 2 atan(x / (1 + √(1 + x²))), then the series. */
function arcTangent(x: bigint): bigint {
  let reduced = x;
  for (let i = 0; i < 3; i++) reduced = (reduced << F) / (ONE + root(ONE + times(reduced, reduced)));
  const square = times(reduced, reduced);
  let [power, sum] = [reduced, 0n];
  for (let k = 1n; power !== 0n; k += 2n) {
    sum += (k & 2n) === 0n ? power / k : -(power / k);
    power = times(power, square);
  }
  return 8n * sum;
}

/** Fixed-point square root of a value in [1, 2]. */
function root(x: bigint): bigint {
  let guess = BigInt(Math.floor(Math.sqrt(Number(x >> (F - 52n))) * 2 ** 26)) << (F - 52n);
  for (let i = 0; i < 3; i++) guess = (guess + (x << F) / guess) >> 1n;
  return guess;
}

/** Weight of the significand's lowest bit, as a power of two. */
const scaleOf = (a: Extended): number => effective(a) - BIAS - 63;
/** Position of the leading bit as a power of two: a = 1.… × 2^this. */
const magnitudeOf = (a: Extended): number => scaleOf(a) + a.significand.toString(2).length - 1;

/** |a| in fixed point; bits below 2^-200 are lost. */
function fixed(a: Extended): bigint {
  const shift = Number(F) + scaleOf(a);
  return shift >= 0 ? a.significand << BigInt(shift) : a.significand >> BigInt(-shift);
}

/** Below this the first term of a series decides all 64 bits and the second only how they round. */
const TINY = -68;

export class Transcendental extends Converter {
  /** Round a signed fixed-point value, always inexact. */
  private deliver(result: Extended, value: bigint): void {
    this.finishBig(result, value < 0n ? 1 : 0, value < 0n ? -value : value, -Number(F), true, 64);
  }

  /** A product of `value` (exact) with a fixed-point factor, always inexact. */
  private deliverProduct(result: Extended, sign: number, a: Extended, factor: bigint): void {
    this.finishBig(result, sign, a.significand * factor, scaleOf(a) - Number(F), true, 64);
  }

  /** The operand itself plus or minus a part too small to see. */
  private deliverNearly(result: Extended, a: Extended, below: boolean): void {
    const value = (a.significand << 70n) - (below ? 1n : 0n);
    this.finishBig(result, a.sign, value, scaleOf(a) - 70, true, 64);
  }

  private allowed(): boolean {
    return (this.flags & (Exception.INVALID | Exception.ZERO_DIVIDE) & ~this.masks) === 0;
  }

  /** F2XM1: 2^a − 1 for −1 ≤ a ≤ 1; beyond, the result is undefined and this leaves the operand. */
  exponential(result: Extended, a: Extended): boolean {
    if (this.specialOne(result, a)) return this.allowed();
    if (a.kind === Kind.INFINITY) {
      if (a.sign === 0) result.copy(a);
      else result.set(1, BIAS, 0x8000_0000, 0);
      return true;
    }
    if (a.kind === Kind.ZERO) {
      result.copy(a);
      return true;
    }
    if (this.denormal(a)) return false;
    if (a.exponent >= BIAS) this.exponentialOfOne(result, a);
    else if (magnitudeOf(a) < TINY) this.deliverProduct(result, a.sign, a, LN2);
    else {
      const x = times(fixed(a), LN2);
      this.deliver(result, exponentialLessOne(a.sign ? -x : x));
    }
    return true;
  }

  private exponentialOfOne(result: Extended, a: Extended): void {
    const one = a.exponent === BIAS && a.high === 0x8000_0000 && a.low === 0;
    if (!one) result.copy(a);
    else if (a.sign === 0) result.copy(a);
    else result.set(1, BIAS - 1, 0x8000_0000, 0);
  }

  /** FYL2X: b × log2 a. */
  logarithm(result: Extended, a: Extended, b: Extended): boolean {
    if (this.special(result, b, a)) return this.allowed();
    const [ka, kb] = [a.kind, b.kind];
    if (a.sign === 1 && ka !== Kind.ZERO) return this.refuse(result);
    if (ka === Kind.INFINITY) return kb === Kind.ZERO ? this.refuse(result) : this.infinite(result, b.sign, a, b);
    if (kb === Kind.INFINITY) {
      if (ka === Kind.ZERO) result.setInfinity(b.sign ^ 1);
      else if (isOne(a)) return this.refuse(result);
      else return this.infinite(result, b.sign ^ (a.exponent < BIAS ? 1 : 0), a, b);
      return true;
    }
    if (ka === Kind.ZERO) {
      if (kb === Kind.ZERO) return this.refuse(result);
      this.flags |= Exception.ZERO_DIVIDE;
      result.setInfinity(b.sign ^ 1);
      return this.allowed();
    }
    if (this.denormal(a, b)) return false;
    if (kb === Kind.ZERO || isOne(a)) result.setZero(b.sign ^ (a.exponent < BIAS ? 1 : 0));
    else this.multiplyLogarithm(result, a, b);
    return true;
  }

  private refuse(result: Extended): boolean {
    this.invalid(result);
    return this.allowed();
  }

  private infinite(result: Extended, sign: number, a: Extended, b: Extended): boolean {
    if (this.denormal(a, b)) return false;
    result.setInfinity(sign);
    return true;
  }

  private multiplyLogarithm(result: Extended, a: Extended, b: Extended): void {
    const [power, mantissa] = [magnitudeOf(a), normal(a) << (F - 63n)];
    // Just below one, the sum of −1 and the logarithm of the fraction would cancel: there the whole is taken at once.
    const logarithm = power === -1 ? logarithm2(mantissa >> 1n) : logarithm2(mantissa) + (BigInt(power) << F);
    const sign = b.sign ^ (logarithm < 0n ? 1 : 0);
    const value = b.significand * magnitude(logarithm);
    this.finishBig(result, sign, value, scaleOf(b) - Number(F), mantissa !== ONE, 64);
  }

  /** FYL2XP1: b × log2(a + 1), defined for |a| < 1 − √½. Larger a follow the formula; a ≤ −1 stays as it is. */
  logarithmOfSum(result: Extended, a: Extended, b: Extended): boolean {
    if (this.special(result, b, a)) return this.allowed();
    const [ka, kb] = [a.kind, b.kind];
    if (ka === Kind.INFINITY) {
      if (a.sign === 1 || kb === Kind.ZERO) return this.refuse(result);
      return this.infinite(result, b.sign, a, b);
    }
    if (kb === Kind.INFINITY)
      return ka === Kind.ZERO ? this.refuse(result) : this.infinite(result, a.sign ^ b.sign, a, b);
    if (this.denormal(a, b)) return false;
    if (ka === Kind.ZERO || kb === Kind.ZERO) result.setZero(a.sign ^ b.sign);
    else if (a.sign === 1 && a.exponent >= BIAS) result.copy(a);
    else if (magnitudeOf(a) < TINY) {
      const factor = (ONE << F) / LN2;
      const product = a.significand * b.significand * factor;
      this.finishBig(result, a.sign ^ b.sign, product, scaleOf(a) + scaleOf(b) - Number(F), true, 64);
    } else
      this.deliverProduct(result, a.sign ^ b.sign, b, magnitude(logarithm2(a.sign ? ONE - fixed(a) : ONE + fixed(a))));
    return true;
  }

  /** FPATAN: the angle of the point (a, b), that is arctan(b/a) in the right quadrant. */
  angle(result: Extended, a: Extended, b: Extended): boolean {
    if (this.special(result, b, a)) return this.allowed();
    const [ka, kb] = [a.kind, b.kind];
    if (this.denormal(a, b)) return false;
    if (kb === Kind.ZERO || (ka === Kind.INFINITY && kb !== Kind.INFINITY)) {
      if (a.sign === 0) result.setZero(b.sign);
      else this.deliver(result, b.sign ? -PI : PI);
    } else if (kb === Kind.INFINITY) {
      const eighths = ka === Kind.INFINITY ? (a.sign ? 3n : 1n) : 2n;
      this.deliver(result, ((b.sign ? -PI : PI) * eighths) >> 2n);
    } else if (ka === Kind.ZERO) this.deliver(result, (b.sign ? -PI : PI) >> 1n);
    else this.angleOfFinite(result, a, b);
    return true;
  }

  private angleOfFinite(result: Extended, a: Extended, b: Extended): void {
    const distance = magnitudeOf(b) - magnitudeOf(a);
    if (a.sign === 0 && distance < TINY) {
      // arctan q ≈ q, less a part too small to see; the quotient itself may be anything down to a denormal.
      const quotient = (b.significand << 140n) / a.significand;
      this.finishBig(result, b.sign, (quotient << 8n) - 1n, scaleOf(b) - scaleOf(a) - 148, true, 64);
      return;
    }
    const clamped = Math.max(-190, Math.min(190, distance));
    const [u, v] = [normal(a), normal(b) * 2n ** BigInt(clamped + 190)];
    const base = u * 2n ** 190n;
    const inverted = v > base;
    const ratio = inverted ? (base << F) / v : (v << F) / base;
    let angle = arcTangent(ratio);
    if (inverted) angle = PI / 2n - angle;
    if (a.sign) angle = PI - angle;
    this.deliver(result, b.sign ? -angle : angle);
  }

  /**
   * Reduce an angle below 2^63 by multiples of π/2.
   * @returns quadrant (0-3), with the remainder in `reduced`
   */
  private reduceAngle(a: Extended): number {
    const shift = BigInt(scaleOf(a) + Number(F));
    const x = a.significand << (shift > 0n ? shift : 0n);
    const half = PI66 << (F - 67n);
    const quotient = (2n * x + half) / (2n * half);
    const rest = x - quotient * half;
    this.reduced = a.sign ? -rest : rest;
    const quadrant = Number(quotient & 3n);
    return a.sign ? (4 - quadrant) & 3 : quadrant;
  }
  private reduced = 0n;

  /** Whether the operand of FSIN and its kin is beyond ±2^63: C2 is set then and nothing is done. */
  angleTooLarge(a: Extended): boolean {
    return a.kind === Kind.NORMAL && a.exponent >= BIAS + 63;
  }

  sine(result: Extended, a: Extended): boolean {
    if (!this.startAngle(result, a)) return this.allowed();
    if (a.kind === Kind.ZERO) result.copy(a);
    else if (this.denormal(a)) return false;
    else if (magnitudeOf(a) < TINY) this.deliverNearly(result, a, true);
    else {
      const quadrant = this.reduceAngle(a);
      const value = quadrant & 1 ? cosine(this.reduced) : sine(this.reduced);
      this.deliver(result, quadrant & 2 ? -value : value);
    }
    return true;
  }

  cosine(result: Extended, a: Extended): boolean {
    if (!this.startAngle(result, a)) return this.allowed();
    if (a.kind === Kind.ZERO) result.set(0, BIAS, 0x8000_0000, 0);
    else if (this.denormal(a)) return false;
    else if (magnitudeOf(a) < TINY) this.deliver(result, ONE - 1n);
    else {
      const quadrant = this.reduceAngle(a);
      const value = quadrant & 1 ? -sine(this.reduced) : cosine(this.reduced);
      this.deliver(result, quadrant & 2 ? -value : value);
    }
    return true;
  }

  tangent(result: Extended, a: Extended): boolean {
    if (!this.startAngle(result, a)) return this.allowed();
    if (a.kind === Kind.ZERO) result.copy(a);
    else if (this.denormal(a)) return false;
    else if (magnitudeOf(a) < TINY) this.deliverNearly(result, a, false);
    else {
      const quadrant = this.reduceAngle(a);
      const [s, c] = [sine(this.reduced), cosine(this.reduced)];
      this.deliver(result, quadrant & 1 ? (-c << F) / s : (s << F) / c);
    }
    return true;
  }

  /** @returns false when `result` is final: NaN, unsupported or infinite operand */
  private startAngle(result: Extended, a: Extended): boolean {
    if (this.specialOne(result, a)) return false;
    if (a.kind !== Kind.INFINITY) return true;
    this.invalid(result);
    return false;
  }
}

const magnitude = (value: bigint): bigint => (value < 0n ? -value : value);
const isOne = (a: Extended): boolean => a.exponent === BIAS && a.high === 0x8000_0000 && a.low === 0;
/** Significand with its leading bit at 2^63. */
const normal = (a: Extended): bigint => a.significand << BigInt(64 - a.significand.toString(2).length);
