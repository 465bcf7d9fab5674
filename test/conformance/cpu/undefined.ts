/**
 * What each instruction leaves undefined: [SDM] vol. 2, "Flags Affected" of the instruction, unless said otherwise. The
 * comparison ignores exactly these bits; a processor that defines them (all do, differently) is not held to them.
 */
import { ARITHMETIC_FLAGS, Flag } from './case';

const { CF, PF, AF, ZF, SF, OF } = Flag;

/** Undefined whatever the operands are. */
const ALWAYS: Readonly<Record<string, number>> = {
  AAA: PF | ZF | SF | OF,
  AAS: PF | ZF | SF | OF,
  AAD: CF | AF | OF,
  AAM: CF | AF | OF,
  DAA: OF,
  DAS: OF,
  AND: AF,
  OR: AF,
  XOR: AF,
  TEST: AF,
  MUL: PF | AF | ZF | SF,
  IMUL: PF | AF | ZF | SF,
  DIV: ARITHMETIC_FLAGS,
  IDIV: ARITHMETIC_FLAGS,
  'SHL by 3': AF | OF,
  /** "The OF, SF, AF, and PF flags are undefined"; ZF is unaffected. */
  BT: PF | AF | SF | OF,
  BTS: PF | AF | SF | OF,
  BTR: PF | AF | SF | OF,
  BTC: PF | AF | SF | OF,
  BSF: CF | PF | AF | SF | OF,
  BSR: CF | PF | AF | SF | OF,
};

export function undefinedFlags(mnemonic: string): number {
  return ALWAYS[mnemonic] ?? 0;
}

/**
 * Shifts: "OF is affected only for 1-bit shifts, otherwise undefined"; AF is undefined for a non-zero count; CF is undefined
 * for SHL and SHR by at least the operand's width. A masked count of zero affects nothing.
 * @param count masked to 5 bits
 * @param bits operand width
 */
export function undefinedByShift(mnemonic: 'SHL' | 'SHR' | 'SAR', count: number, bits: number): number {
  if (count === 0) return 0;
  const overflow = count === 1 ? 0 : OF;
  return AF | overflow | (mnemonic !== 'SAR' && count >= bits ? CF : 0);
}

/** Rotates: OF is undefined except for 1-bit rotates; the other flags are defined or unaffected. */
export function undefinedByRotate(count: number): number {
  return count === 0 || count === 1 ? 0 : OF;
}

/**
 * SHLD and SHRD: OF is defined for a 1-bit shift only, AF is undefined; where the count exceeds the operand's width
 * the flags and the result are undefined (the caller masks the result).
 */
export function undefinedByDoubleShift(count: number, bits: number): number {
  if (count === 0) return 0;
  if (count > bits) return ARITHMETIC_FLAGS;
  return AF | (count === 1 ? 0 : OF);
}
