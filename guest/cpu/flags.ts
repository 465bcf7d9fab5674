import * as state from './state';

// Constants of its own a module has folded into optimised code; imported ones are looked up at each use (docs/decisions.md).
const { AF, ARITHMETIC_FLAGS, CF, FLAG_CARRY, FLAG_SIGN, FLAG_ZERO, OF, PF, SF, SYSTEM_FLAGS, ZF } = state;

/** 1 for bytes with an even number of ones. */
export const PARITY = new Uint8Array(256);
for (let value = 0; value < 256; value++) {
  let folded = value ^ (value >>> 4);
  folded ^= folded >>> 2;
  PARITY[value] = ((folded ^ (folded >>> 1)) & 1) ^ 1;
}

/** EFLAGS as the guest sees them; bit 1 is always set. */
export function readFlags(file: Int32Array): number {
  return file[SYSTEM_FLAGS] | 2 | arithmeticFlags(file);
}

/** CF, PF, AF, ZF, SF, OF in their places. */
export function arithmeticFlags(file: Int32Array): number {
  const carry = file[FLAG_CARRY];
  const sign = file[FLAG_SIGN];
  return (
    (carry >>> 31) |
    (PARITY[sign & 0xff] << 2) |
    ((carry & 8) << 1) |
    (file[FLAG_ZERO] === 0 ? ZF : 0) |
    ((sign >>> 31) << 7) |
    (((carry ^ (carry << 1)) >>> 31) << 11)
  );
}

/** Take CF, PF, AF, ZF, SF, OF from `flags`. */
export function writeArithmeticFlags(file: Int32Array, flags: number): void {
  file[FLAG_ZERO] = (flags & ZF) === 0 ? 1 : 0;
  file[FLAG_SIGN] = ((flags & SF) << 24) | ((flags & PF) === 0 ? 1 : 0);
  file[FLAG_CARRY] = carryWord((flags & CF) !== 0, (flags & OF) !== 0, (flags & AF) !== 0);
}

/** The FLAG_CARRY word that says these flags. */
export function carryWord(carry: boolean, overflow: boolean, adjust: boolean): number {
  return (carry ? 0x8000_0000 : 0) | (carry !== overflow ? 0x4000_0000 : 0) | (adjust ? 8 : 0);
}

/** Replace the arithmetic flags in `mask` by those of `flags`; the others stay. */
export function changeFlags(file: Int32Array, mask: number, flags: number): void {
  writeArithmeticFlags(file, (arithmeticFlags(file) & ~mask) | (flags & mask & ARITHMETIC_FLAGS));
}

/** Condition 0-15 of Jcc, SETcc, CMOVcc ([SDM] vol. 2, appendix B.1.4.7) on the three flag words. */
export function condition(code: number, zero: number, sign: number, carry: number): boolean {
  return conditionPair(code >>> 1, zero, sign, carry) !== ((code & 1) !== 0);
}

function conditionPair(pair: number, zero: number, sign: number, carry: number): boolean {
  switch (pair) {
    case 0:
      return (carry ^ (carry << 1)) < 0;
    case 1:
      return carry < 0;
    case 2:
      return zero === 0;
    case 3:
      return carry < 0 || zero === 0;
    case 4:
      return sign < 0;
    case 5:
      return PARITY[sign & 0xff] !== 0;
    case 6:
      return (sign ^ carry ^ (carry << 1)) < 0;
    default:
      return zero === 0 || (sign ^ carry ^ (carry << 1)) < 0;
  }
}

/** Set flags as a logical operation with this result, sign-extended to 32 bits, does. */
export function setLogicFlags(file: Int32Array, result: number): void {
  file[FLAG_ZERO] = result;
  file[FLAG_SIGN] = result;
  file[FLAG_CARRY] = 0;
}

/** Set ZF, SF and PF from a result that is sign-extended to 32 bits. */
export function setResultFlags(file: Int32Array, result: number): void {
  file[FLAG_ZERO] = result;
  file[FLAG_SIGN] = result;
}

/** Flags of `left - right` at a width of 8 << size bits (CMP). */
export function setCompareFlags(file: Int32Array, left: number, right: number, size: number): void {
  const difference = left - right;
  const borrow = (~left & right) | ((~left | right) & difference);
  const unused = 24 - ((size * 8) & 8) - (size === 2 ? 24 : 0);
  const result = (difference << unused) >> unused;
  file[FLAG_ZERO] = result;
  file[FLAG_SIGN] = result;
  file[FLAG_CARRY] = size === 2 ? borrow : (borrow << unused) | (borrow & 8);
}
