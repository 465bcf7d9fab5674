/** The arithmetic instructions of the x87 unit, on operands; the register stack is the caller's ([SDM] vol. 1, 8.3.5). */
import { BIAS, Exception, type Extended, Kind, Rounder, Rounding } from './x87-float';

/** Outcome of a comparison, as the condition codes C3, C2, C0 of the status word. */
export const Compared = { GREATER: 0, LESS: 0x0100, EQUAL: 0x4000, UNORDERED: 0x4500 } as const;

const INTEGER_BIT = 0x8000_0000;
const TWO32 = 0x1_0000_0000;

/** Exponent of a denormal is that of the smallest normal number. */
export const effective = (a: Extended): number => (a.exponent === 0 ? 1 : a.exponent);

/** Low half of the 64-bit product of two unsigned words, and its high half in `upper`. */
let upper = 0;
function multiplyWords(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const middle = a1 * b0 + ((a0 * b0) >>> 16) + a0 * b1;
  // The middle sum has up to 34 bits; split it without bit operations.
  upper = (a1 * b1 + Math.floor(middle / 0x10000)) >>> 0;
  return Math.imul(a, b) >>> 0;
}

export class Arithmetic extends Rounder {
  /** a + b, or a − b. @returns false when an unmasked exception forbids the result */
  add(result: Extended, a: Extended, b: Extended, subtract: boolean): boolean {
    if (this.special(result, a, b)) return this.delivered();
    const signB = b.sign ^ (subtract ? 1 : 0);
    if (a.kind === Kind.INFINITY || b.kind === Kind.INFINITY) return this.addInfinity(result, a, b, signB);
    if (this.denormal(a, b)) return false;
    const zero = this.rounding === Rounding.DOWN ? 1 : 0;
    if (a.kind === Kind.ZERO && b.kind === Kind.ZERO) {
      result.setZero(a.sign === signB ? a.sign : zero);
      return true;
    }
    if (a.sign === signB) this.addMagnitudes(result, a, b);
    else this.subtractMagnitudes(result, a, b, signB, zero);
    return true;
  }

  private addInfinity(result: Extended, a: Extended, b: Extended, signB: number): boolean {
    if (a.kind === Kind.INFINITY && b.kind === Kind.INFINITY && a.sign !== signB) this.invalid(result);
    else {
      if (this.denormal(a, b)) return false;
      result.setInfinity(a.kind === Kind.INFINITY ? a.sign : signB);
    }
    return this.delivered();
  }

  private addMagnitudes(result: Extended, a: Extended, b: Extended): void {
    const ea = effective(a);
    const eb = effective(b);
    const big = ea >= eb ? a : b;
    const small = ea >= eb ? b : a;
    this.take(small);
    this.shiftRight(Math.min(Math.abs(ea - eb), 96));
    let low = this.low + big.low;
    let high = this.high + big.high;
    if (low >= TWO32) {
      low -= TWO32;
      high += 1;
    }
    this.low = low;
    let exponent = Math.max(ea, eb);
    if (high >= TWO32) {
      this.high = high - TWO32;
      this.shiftRight(1);
      this.high = (this.high | INTEGER_BIT) >>> 0;
      exponent += 1;
    } else {
      this.high = high;
      if (high < INTEGER_BIT) exponent -= this.normalise();
    }
    this.finish(result, a.sign, exponent, this.precision);
  }

  private subtractMagnitudes(result: Extended, a: Extended, b: Extended, signB: number, zeroSign: number): void {
    const ea = effective(a);
    const eb = effective(b);
    const aFirst = ea !== eb ? ea > eb : a.high !== b.high ? a.high > b.high : a.low >= b.low;
    const big = aFirst ? a : b;
    this.take(aFirst ? b : a);
    this.shiftRight(Math.min(Math.abs(ea - eb), 96));
    let extra = -this.extra;
    let low = big.low - this.low;
    let high = big.high - this.high;
    if (extra < 0) {
      extra += TWO32;
      low -= 1;
    }
    if (low < 0) {
      low += TWO32;
      high -= 1;
    }
    this.high = high;
    this.low = low;
    this.extra = extra;
    if (high === 0 && low === 0 && extra === 0) {
      result.setZero(zeroSign);
      return;
    }
    const exponent = Math.max(ea, eb) - (high < INTEGER_BIT ? this.normalise() : 0);
    this.finish(result, aFirst ? a.sign : signB, exponent, this.precision);
  }

  private take(a: Extended): void {
    this.high = a.high;
    this.low = a.low;
    this.extra = 0;
  }

  /** Whether a result that came with an invalid-operation or zero-divide exception may be delivered. */
  protected delivered(): boolean {
    return (this.flags & (Exception.INVALID | Exception.ZERO_DIVIDE) & ~this.masks) === 0;
  }

  multiply(result: Extended, a: Extended, b: Extended): boolean {
    if (this.special(result, a, b)) return this.delivered();
    const sign = a.sign ^ b.sign;
    const ka = a.kind;
    const kb = b.kind;
    if (ka === Kind.INFINITY || kb === Kind.INFINITY) {
      if (ka === Kind.ZERO || kb === Kind.ZERO) {
        this.invalid(result);
        return this.delivered();
      }
      if (this.denormal(a, b)) return false;
      result.setInfinity(sign);
      return true;
    }
    if (this.denormal(a, b)) return false;
    if (ka === Kind.ZERO || kb === Kind.ZERO) result.setZero(sign);
    else this.multiplyFinite(result, a, b, sign);
    return true;
  }

  private multiplyFinite(result: Extended, a: Extended, b: Extended, sign: number): void {
    // Columns of 32 bits, from the lowest: words w0 (lowest) to w3.
    const w0 = multiplyWords(a.low, b.low);
    let carry = upper;
    const cross1 = multiplyWords(a.low, b.high);
    const upper1 = upper;
    const cross2 = multiplyWords(a.high, b.low);
    const upper2 = upper;
    const column1 = carry + cross1 + cross2;
    carry = Math.floor(column1 / TWO32);
    const top = multiplyWords(a.high, b.high);
    const column2 = upper1 + upper2 + top + carry;
    this.high = upper + Math.floor(column2 / TWO32);
    this.low = column2 % TWO32;
    this.extra = column1 % TWO32;
    if (w0 !== 0) this.stickyBelow(w0);
    const exponent = effective(a) + effective(b) - BIAS + 1;
    this.finish(result, sign, exponent - (this.high < INTEGER_BIT ? this.normalise() : 0), this.precision);
  }

  /**
   * The product's lowest word becomes sticky. A normalising shift would bring its bits up, so for products of denormals, which may
   * need a long one, the shift is made here with the word in place.
   */
  private stickyBelow(word: number): void {
    if (this.high >= INTEGER_BIT / 2) this.extra = (this.extra | 1) >>> 0;
    else this.below = word;
  }

  private below = 0;

  protected override normalise(): number {
    if (this.below === 0) return super.normalise();
    let [word, count] = [this.below, 0];
    this.below = 0;
    while (this.high < INTEGER_BIT) {
      this.high = ((this.high << 1) | (this.low >>> 31)) >>> 0;
      this.low = ((this.low << 1) | (this.extra >>> 31)) >>> 0;
      this.extra = ((this.extra << 1) | (word >>> 31)) >>> 0;
      word = (word << 1) >>> 0;
      count += 1;
    }
    if (word !== 0) this.extra = (this.extra | 1) >>> 0;
    return count;
  }

  divide(result: Extended, a: Extended, b: Extended): boolean {
    if (this.special(result, a, b)) return this.delivered();
    const sign = a.sign ^ b.sign;
    const ka = a.kind;
    const kb = b.kind;
    if ((ka === Kind.ZERO && kb === Kind.ZERO) || (ka === Kind.INFINITY && kb === Kind.INFINITY)) {
      this.invalid(result);
      return this.delivered();
    }
    if (kb === Kind.ZERO && ka !== Kind.INFINITY) {
      this.flags |= Exception.ZERO_DIVIDE;
      result.setInfinity(sign);
      return this.delivered();
    }
    if (this.denormal(a, b)) return false;
    if (ka === Kind.INFINITY) result.setInfinity(sign);
    else if (ka === Kind.ZERO || kb === Kind.INFINITY) result.setZero(sign);
    else {
      // 128 bits more than the divisor give at least 64 of quotient, however denormal the dividend.
      const numerator = a.significand << 128n;
      const quotient = numerator / b.significand;
      const sticky = quotient * b.significand !== numerator;
      this.finishBig(result, sign, quotient, effective(a) - effective(b) - 128, sticky, this.precision);
    }
    return true;
  }

  squareRoot(result: Extended, a: Extended): boolean {
    if (this.specialOne(result, a)) return this.delivered();
    const kind = a.kind;
    if (kind === Kind.ZERO || (kind === Kind.INFINITY && a.sign === 0)) {
      result.copy(a);
      return true;
    }
    if (a.sign === 1) {
      this.invalid(result);
      return this.delivered();
    }
    if (this.denormal(a)) return false;
    const scale = effective(a) - BIAS - 63;
    const odd = scale & 1;
    const radicand = a.significand << BigInt(136 + odd);
    const root = integerRoot(radicand);
    this.finishBig(result, 0, root, (scale - odd - 136) / 2, root * root !== radicand, this.precision);
    return true;
  }

  /**
   * Compare. A quiet NaN is an invalid operand only for the ordered comparisons.
   * @returns one of Compared, whatever exceptions there are
   */
  compare(a: Extended, b: Extended, ordered: boolean): number {
    const ka = a.kind;
    const kb = b.kind;
    if (ka >= Kind.NAN || kb >= Kind.NAN) {
      const unsupported = ka === Kind.UNSUPPORTED || kb === Kind.UNSUPPORTED;
      if (ordered || unsupported || a.signalling || b.signalling) this.flags |= Exception.INVALID;
      return Compared.UNORDERED;
    }
    this.denormal(a, b);
    if (ka === Kind.ZERO && kb === Kind.ZERO) return Compared.EQUAL;
    if (a.sign !== b.sign) return a.sign === 1 ? Compared.LESS : Compared.GREATER;
    const ea = effective(a);
    const eb = effective(b);
    const order = ea !== eb ? ea - eb : a.high !== b.high ? a.high - b.high : a.low - b.low;
    if (order === 0) return Compared.EQUAL;
    return order < 0 === (a.sign === 0) ? Compared.LESS : Compared.GREATER;
  }
}

/** Floor of the square root: the estimate's 50 good bits are doubled until there are more than 200. */
function integerRoot(value: bigint): bigint {
  let root = BigInt(Math.floor(Math.sqrt(Number(value))));
  for (let i = 0; i < 3; i++) root = (root + value / root) >> 1n;
  while (root * root > value) root -= 1n;
  while ((root + 1n) * (root + 1n) <= value) root += 1n;
  return root;
}
