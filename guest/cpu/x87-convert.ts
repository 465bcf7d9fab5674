/** Conversions between the register format and the formats of memory operands ([SDM] vol. 1, 4.2.2, 4.8 and 8.2). */

import { BIAS, EXPONENT_MAX, Exception, type Extended, Kind, Rounding } from './x87-float';
import { Scaling } from './x87-scale';

const INTEGER_BIT = 0x8000_0000;
/** Largest magnitude of packed decimal: 18 digits. */
const DECIMAL_LIMIT = 999_999_999_999_999_999n;

/** A memory float format: bits of significand with the integer bit, exponent bias and largest exponent field. */
interface Narrow {
  readonly precision: 24 | 53;
  readonly bias: number;
  readonly top: number;
}
const SINGLE: Narrow = { precision: 24, bias: 127, top: 255 };
const DOUBLE: Narrow = { precision: 53, bias: 1023, top: 2047 };

export class Converter extends Scaling {
  /** Words of the last value converted for a store, low word first. */
  readonly out = new Uint32Array(3);

  /** Take a number of narrower format; a denormal one is noted in `narrowDenormal`. Signalling NaNs stay so. */
  private widen(result: Extended, sign: number, exponent: number, high: number, low: number, format: Narrow): void {
    if (exponent === format.top) result.set(sign, EXPONENT_MAX, (high | INTEGER_BIT) >>> 0, low);
    else if (exponent !== 0) result.set(sign, exponent - format.bias + BIAS, (high | INTEGER_BIT) >>> 0, low);
    else if (high === 0 && low === 0) result.setZero(sign);
    else {
      this.narrowDenormal = true;
      this.high = high;
      this.low = low;
      this.extra = 0;
      const shift = this.normalise();
      result.set(sign, 1 - format.bias + BIAS - shift, this.high, this.low);
    }
  }

  fromSingle(result: Extended, word: number): void {
    this.widen(result, word >>> 31, (word >>> 23) & 0xff, ((word & 0x7fffff) << 8) >>> 0, 0, SINGLE);
  }

  fromDouble(result: Extended, upper: number, lower: number): void {
    const high = (((upper & 0xfffff) << 11) | (lower >>> 21)) >>> 0;
    this.widen(result, upper >>> 31, (upper >>> 20) & 0x7ff, high, (lower << 11) >>> 0, DOUBLE);
  }

  /** Signed 64-bit integer in two words; every one is exact. */
  fromInteger(result: Extended, upper: number, lower: number): void {
    const sign = upper < 0 ? 1 : 0;
    this.low = (sign ? -lower : lower) >>> 0;
    this.high = (sign ? ~upper + (this.low === 0 ? 1 : 0) : upper) >>> 0;
    this.extra = 0;
    if (this.high === 0 && this.low === 0) result.setZero(0);
    else {
      const shift = this.normalise();
      result.set(sign, BIAS + 63 - shift, this.high, this.low);
    }
  }

  /** Packed decimal: nine bytes of two digits, then the sign in bit 7 of the tenth. */
  fromDecimal(result: Extended, bytes: Uint8Array): void {
    let value = 0n;
    for (let i = 8; i >= 0; i--) value = value * 100n + BigInt((bytes[i] >>> 4) * 10 + (bytes[i] & 15));
    this.finishBig(result, bytes[9] >>> 7, value, 0, false, 64);
  }

  /**
   * What a load of a narrow float raises: invalid operation for a signalling NaN, which becomes quiet, or denormal operand,
   * which is pushed even when that exception is unmasked.
   * @returns false when it may not be pushed
   */
  settleLoad(value: Extended): boolean {
    if (value.signalling) {
      value.high = (value.high | 0x4000_0000) >>> 0;
      return !this.raise(Exception.INVALID);
    }
    this.denormal(value);
    return true;
  }

  /** Convert for FST m32. @returns false when an unmasked exception forbids the store */
  toSingle(a: Extended): boolean {
    if (!this.narrow(a, SINGLE)) return false;
    const exponent = this.out[2];
    const high = this.high;
    this.out[0] =
      (a.kind === Kind.UNSUPPORTED ? INTEGER_BIT : a.sign << 31) | (exponent << 23) | ((high >>> 8) & 0x7fffff);
    return true;
  }

  /** Convert for FST m64. */
  toDouble(a: Extended): boolean {
    if (!this.narrow(a, DOUBLE)) return false;
    const exponent = this.out[2];
    const high = this.high;
    const low = this.low;
    const sign = a.kind === Kind.UNSUPPORTED ? INTEGER_BIT : a.sign << 31;
    this.out[0] = (high << 21) | (low >>> 11);
    this.out[1] = sign | (exponent << 20) | ((high >>> 11) & 0xfffff);
    return true;
  }

  /** Leave the exponent field in out[2] and the significand in work. */
  private narrow(a: Extended, format: Narrow): boolean {
    const kind = a.kind;
    this.high = a.high;
    this.low = a.low;
    this.extra = 0;
    this.out[2] = format.top;
    if (kind === Kind.ZERO) this.out[2] = 0;
    else if (kind === Kind.UNSUPPORTED) {
      this.high = 0xc000_0000;
      this.low = 0;
      return !this.raise(Exception.INVALID);
    } else if (kind === Kind.NAN) {
      this.high = (a.high | 0x4000_0000) >>> 0;
      return !(a.signalling && this.raise(Exception.INVALID));
    } else if (kind !== Kind.INFINITY) return this.narrowFinite(a, format);
    return true;
  }

  private narrowFinite(a: Extended, format: Narrow): boolean {
    const exponent =
      (a.exponent === 0 ? 1 : a.exponent) - BIAS + format.bias - (a.high < INTEGER_BIT ? this.normalise() : 0);
    if (exponent <= 0) return this.narrowTiny(a.sign, exponent, format);
    const carried = this.roundSignificand(a.sign, format.precision) ? 1 : 0;
    this.out[2] = exponent + carried;
    if (exponent + carried < format.top) return true;
    if (this.raise(Exception.OVERFLOW)) {
      this.flags &= ~Exception.PRECISION;
      this.roundedUp = false;
      return false;
    }
    this.flags |= Exception.PRECISION;
    const away = this.rounding === Rounding.NEAREST || this.rounding === (a.sign ? Rounding.DOWN : Rounding.UP);
    this.roundedUp = away;
    this.out[2] = away ? format.top : format.top - 1;
    this.high = away ? INTEGER_BIT : 0xffff_ffff;
    this.low = away ? 0 : 0xffff_ffff;
    return true;
  }

  private narrowTiny(sign: number, exponent: number, format: Narrow): boolean {
    const { high, low, extra, flags } = this;
    const carried = this.roundSignificand(sign, format.precision) ? 1 : 0;
    const tiny = exponent + carried <= 0;
    this.high = high;
    this.low = low;
    this.extra = extra;
    this.flags = flags;
    this.roundedUp = false;
    if (tiny && (this.masks & Exception.UNDERFLOW) === 0) {
      this.flags |= Exception.UNDERFLOW;
      return false;
    }
    this.shiftRight(Math.min(1 - exponent, 100));
    this.roundSignificand(sign, format.precision);
    if (tiny && (this.flags & Exception.PRECISION) !== 0) this.flags |= Exception.UNDERFLOW;
    this.out[2] = this.high >= INTEGER_BIT ? 1 : 0;
    return true;
  }

  /**
   * Convert for FIST(P): two's complement of `bits` (16, 32, 64) in out[0], out[1].
   * @returns false when an unmasked exception forbids the store
   */
  toInteger64(a: Extended, bits: number): boolean {
    const kind = a.kind;
    const limit = 1n << BigInt(bits - 1);
    let value = -limit;
    if (kind === Kind.ZERO) value = 0n;
    else if (kind >= Kind.INFINITY || a.exponent >= BIAS + 64) this.flags |= Exception.INVALID;
    else {
      const magnitude = this.toInteger(a);
      if (magnitude < limit || (magnitude === limit && a.sign === 1)) value = a.sign ? -magnitude : magnitude;
      else this.overRange();
    }
    this.out[0] = Number(BigInt.asUintN(32, value));
    this.out[1] = Number(BigInt.asUintN(32, value >> 32n));
    return (this.flags & Exception.INVALID & ~this.masks) === 0;
  }

  /** Too large to convert: invalid operation, and none of what rounding flagged. */
  private overRange(): void {
    this.flags = Exception.INVALID;
    this.roundedUp = false;
  }

  /** Convert for FBSTP into `bytes` (10). */
  toDecimal(a: Extended, bytes: Uint8Array): boolean {
    const kind = a.kind;
    let value = 0n;
    if (kind >= Kind.INFINITY || a.exponent >= BIAS + 64) this.flags |= Exception.INVALID;
    else if (kind !== Kind.ZERO) value = this.toInteger(a);
    if (value > DECIMAL_LIMIT) this.overRange();
    if (this.flags & Exception.INVALID) {
      bytes.fill(0).set([0xc0, 0xff, 0xff], 7);
      return (this.masks & Exception.INVALID) !== 0;
    }
    for (let i = 0; i < 9; i++) {
      const pair = Number(value % 100n);
      bytes[i] = (Math.floor(pair / 10) << 4) | (pair % 10);
      value /= 100n;
    }
    bytes[9] = a.sign << 7;
    return true;
  }
}
