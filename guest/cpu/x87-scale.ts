/** Instructions that take numbers apart by exponent: FRNDINT, FSCALE, FXTRACT, FPREM, FPREM1 ([SDM] vol. 2). */
import { Arithmetic, effective } from './x87-arithmetic';
import { BIAS, EXPONENT_MAX, Exception, type Extended, Kind, Rounding, WRAP } from './x87-float';

export class Scaling extends Arithmetic {
  /** FRNDINT. */
  roundToInteger(result: Extended, a: Extended): boolean {
    if (this.specialOne(result, a)) return this.delivered();
    const kind = a.kind;
    if (kind === Kind.INFINITY || kind === Kind.ZERO) {
      result.copy(a);
      return true;
    }
    if (this.denormal(a)) return false;
    const value = this.toInteger(a);
    if (value === 0n) result.setZero(a.sign);
    else this.exactBig(result, a.sign, value, 0);
    return true;
  }

  /** Magnitude of a finite number rounded to an integer; flags precision. */
  toInteger(a: Extended): bigint {
    const shift = BIAS + 63 - effective(a);
    if (shift <= 0) return a.significand << BigInt(-shift);
    const width = BigInt(Math.min(shift, 66));
    const whole = a.significand >> width;
    const rest = a.significand - (whole << width);
    if (rest === 0n) return whole;
    this.flags |= Exception.PRECISION;
    const half = 1n << (width - 1n);
    const nearest = rest > half || (rest === half && (whole & 1n) === 1n);
    const away =
      this.rounding === Rounding.NEAREST ? nearest : this.rounding === (a.sign ? Rounding.DOWN : Rounding.UP);
    this.roundedUp = away;
    return away ? whole + 1n : whole;
  }

  /** A result that needs no rounding: `value` × 2^`scale`, at most 64 significant bits; keeps what is known of rounding. */
  protected exactBig(result: Extended, sign: number, value: bigint, scale: number): void {
    const up = this.roundedUp;
    this.finishBig(result, sign, value, scale, false, 64);
    this.roundedUp = up;
  }

  /** FSCALE: a × 2^trunc(b). */
  scale(result: Extended, a: Extended, b: Extended): boolean {
    if (this.special(result, a, b)) return this.delivered();
    const ka = a.kind;
    const kb = b.kind;
    if (kb === Kind.INFINITY) {
      if (b.sign === 0 ? ka === Kind.ZERO : ka === Kind.INFINITY) this.invalid(result);
      else if (this.denormal(a)) return false;
      else if (b.sign === 0) result.setInfinity(a.sign);
      else result.setZero(a.sign);
      return this.delivered();
    }
    if (this.denormal(a, b)) return false;
    if (ka === Kind.INFINITY || ka === Kind.ZERO || kb === Kind.ZERO) {
      result.copy(a);
      if (ka !== Kind.DENORMAL) return true;
    }
    // Beyond ±2^16 every result is out of range in the same way.
    const shift = BigInt(Math.min(BIAS + 63 - effective(b), 64));
    const magnitude = b.exponent >= BIAS + 16 ? 0x10000 : Number(b.significand >> shift);
    const scale = effective(a) - BIAS - 63 + (b.sign === 1 ? -magnitude : magnitude);
    if (!this.beyondWrap(result, a, scale)) this.finishBig(result, a.sign, a.significand, scale, false, 64);
    return true;
  }

  /** An unmasked overflow or underflow so large that the wrapped exponent would not fit either gives infinity or zero. */
  private beyondWrap(result: Extended, a: Extended, scale: number): boolean {
    const exponent = scale + BIAS - 1 + a.significand.toString(2).length;
    if (exponent - WRAP >= EXPONENT_MAX && (this.masks & Exception.OVERFLOW) === 0) {
      this.flags |= Exception.OVERFLOW | Exception.PRECISION;
      this.roundedUp = true;
      result.setInfinity(a.sign);
      return true;
    }
    if (exponent + WRAP > 0 || this.masks & Exception.UNDERFLOW) return false;
    this.flags |= Exception.UNDERFLOW | Exception.PRECISION;
    result.setZero(a.sign);
    return true;
  }

  /** FXTRACT: `exponent` and `significand` of a. */
  extract(exponent: Extended, significand: Extended, a: Extended): boolean {
    if (this.specialOne(significand, a)) {
      exponent.copy(significand);
      return this.delivered();
    }
    if (a.kind === Kind.ZERO) {
      this.flags |= Exception.ZERO_DIVIDE;
      significand.setZero(a.sign);
      exponent.setInfinity(1);
      return this.delivered();
    }
    if (a.kind === Kind.INFINITY) {
      significand.setInfinity(a.sign);
      exponent.setInfinity(0);
      return true;
    }
    if (this.denormal(a)) return false;
    const shift = 64 - a.significand.toString(2).length;
    const power = effective(a) - BIAS - shift;
    const normal = a.significand << BigInt(shift);
    significand.set(a.sign, BIAS, Number(normal >> 32n), Number(normal & 0xffff_ffffn));
    this.exactBig(exponent, power < 0 ? 1 : 0, BigInt(Math.abs(power)), 0);
    return true;
  }

  /**
   * FPREM (truncating) and FPREM1 (to nearest).
   * @returns condition codes C0, C3, C1 with the quotient's low bits, or C2 when the reduction is incomplete; -1 where there
   * is no quotient
   */
  remainder(result: Extended, a: Extended, b: Extended, nearest: boolean): number {
    if (this.special(result, a, b)) return -1;
    const ka = a.kind;
    const kb = b.kind;
    if (ka === Kind.INFINITY || kb === Kind.ZERO) {
      this.invalid(result);
      return -1;
    }
    if (this.denormal(a, b)) return -1;
    if (ka === Kind.ZERO || kb === Kind.INFINITY) {
      if (ka === Kind.DENORMAL) this.finishBig(result, a.sign, a.significand, 1 - BIAS - 63, false, 64);
      else result.copy(a);
      return 0;
    }
    return this.reduce(result, a, b, nearest);
  }

  private reduce(result: Extended, a: Extended, b: Extended, nearest: boolean): number {
    const sa = normalised(a);
    const sb = normalised(b);
    const distance = sa.exponent - sb.exponent;
    if (distance < (nearest ? -1 : 0)) {
      this.finishBig(result, a.sign, a.significand, effective(a) - BIAS - 63, false, 64);
      return 0;
    }
    if (distance >= 64) {
      // Partial: reduce by N bits, 32 ≤ N ≤ 63 ([SDM] vol. 2, FPREM).
      const n = (distance & 0x1f) | 0x20;
      const step = BigInt(distance - n);
      const quotient = (sa.value << BigInt(n)) / sb.value;
      const rest = (sa.value << BigInt(n)) - quotient * sb.value;
      this.finishBig(result, a.sign, rest, sb.exponent - BIAS - 63 + Number(step), false, 64);
      return 0x0400;
    }
    const shift = BigInt(Math.max(distance, 0));
    const divisor = distance < 0 ? sb.value << 1n : sb.value;
    const dividend = sa.value << shift;
    let quotient = dividend / divisor;
    let rest = dividend - quotient * divisor;
    let sign = a.sign;
    if (nearest && (2n * rest > divisor || (2n * rest === divisor && (quotient & 1n) === 1n))) {
      quotient += 1n;
      rest = divisor - rest;
      sign ^= 1;
    }
    const scale = Math.min(sa.exponent, sb.exponent) - BIAS - 63;
    this.finishBig(result, rest === 0n ? a.sign : sign, rest, scale, false, 64);
    const low = Number(quotient & 7n);
    return ((low & 4) << 6) | ((low & 2) << 13) | ((low & 1) << 9);
  }
}

/** Significand shifted up to its integer bit, and the exponent that goes with it. */
function normalised(a: Extended): { value: bigint; exponent: number } {
  const shift = 64 - a.significand.toString(2).length;
  return { value: a.significand << BigInt(shift), exponent: effective(a) - shift };
}
