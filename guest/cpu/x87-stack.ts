/**
 * What x87 instructions do to the register stack: operands, results, stack faults and exceptions ([SDM] vol. 1, 8.1.2 and 8.5).
 * Which instruction does what is decoded in x87.ts.
 */
import { Compared } from './x87-arithmetic';
import { BIAS, Exception, Extended, Kind, Rounding } from './x87-float';
import { FloatingPointState, Status } from './x87-state';
import { Transcendental } from './x87-transcendental';

/** FLD1, FLDL2T, FLDL2E, FLDPI, FLDLG2, FLDLN2, FLDZ: exponent, significand rounded down, and whether nearest is one up. */
const CONSTANTS: readonly (readonly [number, number, number, boolean])[] = [
  [BIAS, 0x8000_0000, 0, false],
  [0x4000, 0xd49a_784b, 0xcd1b_8afe, false],
  [0x3fff, 0xb8aa_3b29, 0x5c17_f0bb, true],
  [0x4000, 0xc90f_daa2, 0x2168_c234, true],
  [0x3ffd, 0x9a20_9a84, 0xfbcf_f798, true],
  [0x3ffe, 0xb172_17f7, 0xd1cf_79ab, true],
  [0, 0, 0, false],
];
/** FLD1 and FLDZ are exact. */
const INEXACT_CONSTANTS = 0b0111110;

const PRECISIONS = [24, 64, 53, 64];

/** A function of one number; false when an unmasked exception forbids its result. */
export type Unary = (result: Extended, a: Extended) => boolean;
export type Binary = (result: Extended, a: Extended, b: Extended) => boolean;

export abstract class FloatingPointStack extends FloatingPointState {
  protected readonly number = new Transcendental();
  protected readonly operand = new Extended();
  protected readonly result = new Extended();
  private readonly second = new Extended();
  /** C1 to be set whatever rounding did: stack overflow. */
  private overflowed = false;
  private stackFault = false;
  /** FNOP, FCMOVcc and FCOMI leave C1 alone, unless the stack underflows. */
  protected keepsC1 = false;

  /** WAIT: met by every instruction that is not one of the FN kind. */
  wait(): void {
    if (this.status & Status.SUMMARY) this.host.signalMathError();
  }

  // ---- Beginning and end of an instruction -------------------------------------------------------------------------

  /** Start a waiting instruction. */
  protected begin(): void {
    this.wait();
    const { number } = this;
    number.clear();
    number.rounding = (this.control >>> 10) & 3;
    number.precision = PRECISIONS[(this.control >>> 8) & 3];
    number.masks = this.control & 0x3f;
    this.overflowed = this.stackFault = this.keepsC1 = false;
  }

  /** Remember the instruction; control instructions do not ([SDM] vol. 1, 8.1.8). */
  protected remember(opcode: number, modrm: number): void {
    this.opcode = ((opcode & 7) << 8) | modrm;
    this.instructionOffset = this.host.instructionOffset();
    this.instructionSelector = this.host.codeSelector();
  }

  protected rememberOperand(opcode: number, modrm: number, segment: number, offset: number): void {
    this.remember(opcode, modrm);
    this.operandOffset = offset;
    this.operandSelector = this.host.segmentSelector(segment);
  }

  /** Make the exceptions of the instruction visible; C1 tells of rounding or of the direction of a stack fault. */
  protected finish(): void {
    const { number } = this;
    if (!this.keepsC1 || this.stackFault) this.status &= ~Status.C1;
    if (this.overflowed || (number.roundedUp && !this.stackFault)) this.status |= Status.C1;
    this.status |= number.flags | (this.stackFault ? Status.STACK_FAULT : 0);
    this.summarise();
  }

  private setConditions(codes: number): void {
    this.status = (this.status & ~(Status.C0 | Status.C2 | Status.C3)) | codes;
  }

  /** @returns true when the stack fault is masked, and the instruction goes on with an indefinite value */
  protected underflow(): boolean {
    this.stackFault = true;
    return !this.number.raise(Exception.INVALID);
  }

  /** Push a copy of `value`, or on overflow the indefinite QNaN; nothing when that is unmasked. */
  protected push(value: Extended): void {
    if (!this.isEmpty(7)) {
      this.stackFault = this.overflowed = true;
      if (this.number.raise(Exception.INVALID)) return;
      value.setIndefinite();
    }
    this.top = (this.top - 1) & 7;
    this.fill(0);
    this.st(0).copy(value);
  }

  protected put(i: number, value: Extended): void {
    this.st(i).copy(value);
    this.fill(i);
  }

  // ---- Arithmetic --------------------------------------------------------------------------------------------------

  /** The eight operations of D8h by ModRM.reg, comparisons excepted. */
  private operate(which: number, a: Extended, b: Extended): boolean {
    const { number, result } = this;
    if (which === 0) return number.add(result, a, b, false);
    if (which === 1) return number.multiply(result, a, b);
    if (which === 4) return number.add(result, a, b, true);
    if (which === 5) return number.add(result, b, a, true);
    return which === 6 ? number.divide(result, a, b) : number.divide(result, b, a);
  }

  /** ST(0) with ST(i), result into `destination`. @returns true when it was stored, so that a pop may follow */
  protected arithmetic(which: number, i: number, destination: number): boolean {
    if (this.isEmpty(0) || this.isEmpty(i)) {
      if (!this.underflow()) return false;
      this.result.setIndefinite();
    } else if (!this.operate(which, this.st(0), this.st(i))) return false;
    this.put(destination, this.result);
    return true;
  }

  /** ST(0) with the operand read from memory. */
  protected arithmeticOperand(which: number): void {
    if (which === 2 || which === 3) {
      if (this.compareWith(this.operand, this.isEmpty(0), true) && which === 3) this.pop();
    } else if (this.isEmpty(0)) {
      if (this.underflow()) this.put(0, this.result.setIndefinite());
    } else if (this.operate(which, this.st(0), this.operand)) this.put(0, this.result);
  }

  /**
   * Set the condition codes. Processors set them even when an unmasked exception stops the instruction, against the word of
   * [SDM] vol. 2, FCOM; only the pop is then left out.
   * @returns true when a pop may follow
   */
  protected compareWith(b: Extended, missing: boolean, ordered: boolean): boolean {
    this.setConditions(this.comparison(b, missing, ordered));
    return this.undisturbed();
  }

  private comparison(b: Extended, missing: boolean, ordered: boolean): number {
    if (!missing) return this.number.compare(this.st(0), b, ordered);
    this.underflow();
    return Compared.UNORDERED;
  }

  /** No unmasked exception that stops an instruction before its result has been met. */
  private undisturbed(): boolean {
    return (this.number.flags & ~this.number.masks & (Exception.INVALID | Exception.DENORMAL)) === 0;
  }

  protected compareStack(i: number, ordered: boolean, pops: number): void {
    if (!this.compareWith(this.st(i), this.isEmpty(0) || this.isEmpty(i), ordered)) return;
    for (let n = 0; n < pops; n++) this.pop();
  }

  /** FCOMI and its kin. */
  protected compareToFlags(i: number, ordered: boolean, pop: boolean): void {
    const codes = this.comparison(this.st(i), this.isEmpty(0) || this.isEmpty(i), ordered);
    this.keepsC1 = true;
    this.host.setCompareFlags(
      (codes & Status.C3 ? 0x40 : 0) | (codes & Status.C2 ? 4 : 0) | (codes & Status.C0 ? 1 : 0),
    );
    if (pop && this.undisturbed()) this.pop();
  }

  /** Replace ST(0) by a function of it. */
  protected unary(apply: Unary): void {
    if (this.isEmpty(0)) {
      if (this.underflow()) this.put(0, this.result.setIndefinite());
    } else if (apply.call(this.number, this.result, this.st(0))) this.put(0, this.result);
  }

  /** A function of ST(0) and ST(1): into ST(1) and pop, or into ST(0). */
  protected binary(apply: Binary, pop: boolean): void {
    if (this.isEmpty(0) || this.isEmpty(1)) {
      if (!this.underflow()) return;
      this.result.setIndefinite();
    } else if (!apply.call(this.number, this.result, this.st(0), this.st(1))) return;
    this.put(pop ? 1 : 0, this.result);
    if (pop) this.pop();
  }

  protected remainder(nearest: boolean): void {
    this.status &= ~Status.C2;
    if (this.isEmpty(0) || this.isEmpty(1)) {
      if (this.underflow()) this.put(0, this.result.setIndefinite());
      return;
    }
    const codes = this.number.remainder(this.result, this.st(0), this.st(1), nearest);
    if (codes >= 0) {
      this.setConditions(codes & ~Status.C1);
      this.number.roundedUp = (codes & Status.C1) !== 0;
    }
    if (this.undisturbed()) this.put(0, this.result);
  }

  // ---- Instructions with two results -------------------------------------------------------------------------------

  /** Replace ST(0) by `second` and push `first`, having checked the stack both ways. */
  protected pair(compute: () => boolean): void {
    const missing = this.isEmpty(0);
    const full = !this.isEmpty(7);
    if (missing || full) {
      this.stackFault = true;
      this.overflowed = full && !missing;
      if (this.number.raise(Exception.INVALID)) return;
      this.result.setIndefinite();
      this.second.setIndefinite();
    } else if (!compute()) return;
    this.put(0, this.second);
    this.top = (this.top - 1) & 7;
    this.put(0, this.result);
  }

  protected extract(): boolean {
    return this.number.extract(this.second, this.result, this.st(0));
  }

  /** FPTAN pushes 1.0, or a NaN when its result is one. */
  protected tangent(): boolean {
    if (!this.number.tangent(this.second, this.st(0))) return false;
    if (this.second.kind === Kind.NAN) this.result.copy(this.second);
    else this.result.set(0, BIAS, 0x8000_0000, 0);
    return true;
  }

  protected sineAndCosine(): boolean {
    return this.number.sine(this.second, this.st(0)) && this.number.cosine(this.result, this.st(0));
  }

  /** FSIN, FCOS, FPTAN and FSINCOS set C2 and do nothing beyond ±2^63; a stack overflow comes first. */
  protected angle(pushes: boolean, act: () => void): void {
    const faults = this.isEmpty(0) || (pushes && !this.isEmpty(7));
    const tooLarge = !faults && this.number.angleTooLarge(this.st(0));
    this.status = tooLarge ? this.status | Status.C2 : this.status & ~Status.C2;
    if (!tooLarge) act();
  }

  // ---- Moves and constants -----------------------------------------------------------------------------------------

  protected moveIf(condition: boolean, i: number): void {
    this.keepsC1 = true;
    if (this.isEmpty(0) || this.isEmpty(i)) {
      if (this.underflow()) this.put(0, this.result.setIndefinite());
    } else if (condition) this.st(0).copy(this.st(i));
  }

  protected exchange(i: number): void {
    const emptyTop = this.isEmpty(0);
    const emptyOther = this.isEmpty(i);
    if (emptyTop || emptyOther) {
      if (!this.underflow()) return;
      if (emptyTop) this.put(0, this.operand.setIndefinite());
      if (emptyOther) this.put(i, this.operand.setIndefinite());
    }
    this.operand.copy(this.st(0));
    this.st(0).copy(this.st(i));
    this.st(i).copy(this.operand);
  }

  /** FST and FSTP to a register. */
  protected copyTo(i: number, pop: boolean): void {
    if (this.isEmpty(0)) {
      if (!this.underflow()) return;
      this.put(i, this.operand.setIndefinite());
    } else this.put(i, this.st(0));
    if (pop) this.pop();
  }

  /** D9 D8+i, an undocumented FSTP that of an empty register only pops. */
  protected moveAndPop(i: number): void {
    if (!this.isEmpty(0)) this.put(i, this.st(0));
    this.pop();
  }

  protected duplicate(i: number): void {
    if (!this.isEmpty(i)) this.push(this.operand.copy(this.st(i)));
    else if (this.underflow()) {
      this.operand.setIndefinite();
      this.top = (this.top - 1) & 7;
      this.put(0, this.operand);
    }
  }

  /** FCHS, FABS, FTST, FXAM. */
  protected inspectOrSign(which: number): void {
    if (which === 4) this.compareWith(this.operand.setZero(0), this.isEmpty(0), true);
    else if (which === 5) this.examine();
    else if (!this.isEmpty(0)) this.st(0).sign = which === 0 ? this.st(0).sign ^ 1 : 0;
    else if (this.underflow()) this.put(0, this.result.setIndefinite());
  }

  private examine(): void {
    const value = this.st(0);
    const { C0, C2, C3 } = Status;
    const codes = [C3, C3 | C2, C2, C2 | C0, C0, 0][value.kind];
    this.setConditions(this.isEmpty(0) ? C3 | C0 : codes);
    this.number.roundedUp = value.sign === 1;
  }

  protected constant(which: number): void {
    const [exponent, high, low, up] = CONSTANTS[which];
    const { rounding } = this.number;
    const inexact = (INEXACT_CONSTANTS & (1 << which)) !== 0;
    const increment = inexact && (rounding === Rounding.UP || (rounding === Rounding.NEAREST && up));
    this.push(this.operand.set(0, exponent, high, low + (increment ? 1 : 0)));
  }
}
