/**
 * The x87 floating-point unit: decoding ([SDM] vol. 1, chapter 8; encodings in vol. 2, appendix B.17). What instructions do to the stack is in
 * x87-stack.ts, the state and its images in x87-state.ts, arithmetic proper in the files that those import.
 */
import type { Extended } from './x87-float';
import type { FloatingPointFactory, FloatingPointHost, FloatingPointUnit } from './x87-interface';
import { FloatingPointStack } from './x87-stack';
import { environmentBytes } from './x87-state';

/** Flags of EFLAGS that FCMOVcc tests, by opcode and ModRM.reg: CF, ZF, CF|ZF, PF. */
const MOVE_CONDITIONS = [0x01, 0x40, 0x41, 0x04];

class X87 extends FloatingPointStack implements FloatingPointUnit {
  private readonly decimal = new Uint8Array(10);

  reset(): void {
    this.powerOn();
  }

  execute(opcode: number, modrm: number, segment: number, offset: number): boolean {
    if (modrm < 0xc0) return this.executeMemory(opcode, (modrm >>> 3) & 7, modrm, segment, offset);
    return this.executeRegister(opcode, modrm);
  }

  // ---- Memory operands ---------------------------------------------------------------------------------------------

  private executeMemory(opcode: number, reg: number, modrm: number, segment: number, offset: number): boolean {
    const low = opcode & 7;
    if ((low & 1) === 0 && low !== 7) {
      this.begin();
      this.readOperand(low, segment, offset);
      this.rememberOperand(opcode, modrm, segment, offset);
      this.arithmeticOperand(reg);
      this.finish();
      return true;
    }
    if ((low === 1 || low === 5) && reg >= 4) return this.control1(low, reg, segment, offset);
    if (reg === 1 || (low === 3 && (reg === 4 || reg === 6))) return false;
    this.begin();
    if (reg === 0 || (low === 3 && reg === 5) || (low === 7 && (reg === 4 || reg === 5)))
      this.load(low, reg, segment, offset);
    else this.store(low, reg, segment, offset);
    this.rememberOperand(opcode, modrm, segment, offset);
    this.finish();
    return true;
  }

  /** The operand of memory arithmetic: single, 32-bit integer, double, 16-bit integer. */
  private readOperand(low: number, segment: number, offset: number): void {
    const { host, number, operand } = this;
    if (low === 0) number.fromSingle(operand, host.readMemory32(segment, offset));
    else if (low === 2) this.fromInteger32(host.readMemory32(segment, offset));
    else if (low === 6) this.fromInteger32((host.readMemory16(segment, offset) << 16) >> 16);
    else {
      const lower = host.readMemory32(segment, offset);
      number.fromDouble(operand, host.readMemory32(segment, (offset + 4) >>> 0), lower);
    }
  }

  private fromInteger32(value: number): void {
    this.number.fromInteger(this.operand, value >> 31, value >>> 0);
  }

  private load(low: number, reg: number, segment: number, offset: number): void {
    const { host, number, operand } = this;
    if (low === 1 || low === 5) {
      this.readOperand(low === 1 ? 0 : 4, segment, offset);
      const full = !this.isEmpty(7);
      if (!full && !number.settleLoad(operand)) return;
    } else if (low === 3) {
      if (reg === 5) this.readRegister(operand, segment, offset);
      else this.readOperand(2, segment, offset);
    } else if (reg === 0) this.readOperand(6, segment, offset);
    else if (reg === 5) {
      const lower = host.readMemory32(segment, offset);
      number.fromInteger(operand, host.readMemory32(segment, (offset + 4) >>> 0), lower >>> 0);
    } else {
      for (let i = 0; i < 10; i++) this.decimal[i] = host.readMemory8(segment, (offset + i) >>> 0);
      number.fromDecimal(operand, this.decimal);
    }
    this.push(operand);
  }

  /** FST, FSTP, FIST, FISTP, FBSTP. */
  private store(low: number, reg: number, segment: number, offset: number): void {
    const missing = this.isEmpty(0);
    if (missing && !this.underflow()) return;
    const value = missing ? this.operand.setIndefinite() : this.st(0);
    // The indefinite value is already accounted for by the stack fault.
    if (!this.convertAndWrite(low, reg, value, segment, offset)) return;
    if (reg === 3 || reg === 7 || (low === 7 && reg === 6)) this.pop();
  }

  private convertAndWrite(low: number, reg: number, value: Extended, segment: number, offset: number): boolean {
    const { host, number } = this;
    if (low === 3 && reg === 7) {
      host.probeWrite(segment, offset, 10);
      this.writeRegister(segment, offset, value);
      return true;
    }
    if (low === 7 && reg === 6) {
      if (!number.toDecimal(value, this.decimal)) return false;
      host.probeWrite(segment, offset, 10);
      for (let i = 0; i < 10; i++) host.writeMemory8(segment, (offset + i) >>> 0, this.decimal[i]);
      return true;
    }
    const bits = low === 1 || low === 3 ? 32 : low === 5 || reg === 7 ? 64 : 16;
    if (low === 1 ? !number.toSingle(value) : low === 5 ? !number.toDouble(value) : !number.toInteger64(value, bits))
      return false;
    if (bits === 16) host.writeMemory16(segment, offset, number.out[0] & 0xffff);
    else if (bits === 32) host.writeMemory32(segment, offset, number.out[0]);
    else {
      host.probeWrite(segment, offset, 8);
      host.writeMemory32(segment, offset, number.out[0]);
      host.writeMemory32(segment, (offset + 4) >>> 0, number.out[1]);
    }
    return true;
  }

  /** D9 /4-7 and DD /4-7: control instructions with a memory operand. */
  private control1(low: number, reg: number, segment: number, offset: number): boolean {
    const { host } = this;
    if (low === 5 && reg === 5) return false;
    if (reg === 4 || (low === 1 && reg === 5)) this.wait();
    if (low === 1) {
      if (reg === 4) this.loadEnvironment(segment, offset);
      else if (reg === 5) this.setControl(host.readMemory16(segment, offset));
      else if (reg === 7) host.writeMemory16(segment, offset, this.control);
      else {
        host.probeWrite(segment, offset, environmentBytes(host.operandSize32()));
        this.storeEnvironment(segment, offset);
        this.setControl(this.control | 0x3f);
      }
    } else if (reg === 4) this.loadAll(segment, offset);
    else if (reg === 7) host.writeMemory16(segment, offset, this.statusWord);
    else {
      this.storeAll(segment, offset);
      this.initialise();
    }
    return true;
  }

  // ---- Register operands -------------------------------------------------------------------------------------------

  private executeRegister(opcode: number, modrm: number): boolean {
    const low = opcode & 7;
    if (low === 3 && modrm >= 0xe0 && modrm <= 0xe4) return this.control2(modrm);
    if (low === 7 && modrm === 0xe0) {
      this.host.setAx(this.statusWord);
      return true;
    }
    if (!isDefined(low, modrm)) return false;
    this.begin();
    this.remember(opcode, modrm);
    const reg = (modrm >>> 3) & 7;
    const i = modrm & 7;
    if (low === 0 || low === 4 || low === 6) this.registerArithmetic(low, reg, i);
    else if (low === 1) this.registerGroup1(reg, i, modrm);
    else this.registerMoves(low, reg, i);
    this.finish();
    return true;
  }

  /** FNENI, FNDISI and FNSETPM do nothing since the 80387. */
  private control2(modrm: number): boolean {
    if (modrm === 0xe2) this.clearExceptions();
    else if (modrm === 0xe3) this.initialise();
    return true;
  }

  private registerArithmetic(low: number, reg: number, i: number): void {
    if (reg === 2) this.compareStack(i, true, low === 6 ? 1 : 0);
    else if (reg === 3) this.compareStack(i, true, low === 6 ? 2 : 1);
    else if (this.arithmetic(reg, i, low === 0 ? 0 : i) && low === 6) this.pop();
  }

  private registerMoves(low: number, reg: number, i: number): void {
    if (low === 2) {
      if (reg === 5) this.compareStack(1, false, 2);
      else this.moveIf((this.host.flags() & MOVE_CONDITIONS[reg]) !== 0, i);
    } else if (low === 3) {
      if (reg >= 5) this.compareToFlags(i, reg === 6, false);
      else this.moveIf((this.host.flags() & MOVE_CONDITIONS[reg]) === 0, i);
    } else if (reg === 0) {
      this.free(i);
      if (low === 7) this.pop();
    } else if (reg === 1) this.exchange(i);
    else if (reg < 4) this.copyTo(i, low === 7 || reg === 3);
    else if (low === 5) this.compareStack(i, false, reg === 5 ? 1 : 0);
    else this.compareToFlags(i, reg === 6, true);
  }

  /** D9 C0-FF. */
  private registerGroup1(reg: number, i: number, modrm: number): void {
    if (reg === 0) this.duplicate(i);
    else if (reg === 1) this.exchange(i);
    else if (reg === 2) this.keepsC1 = true;
    else if (reg === 3) this.moveAndPop(i);
    else if (reg === 4) this.inspectOrSign(i);
    else if (reg === 5) this.constant(i);
    else if (reg >= 6) this.functions(modrm);
  }

  private functions(modrm: number): void {
    const { number } = this;
    if (modrm === 0xf0) this.unary(number.exponential);
    else if (modrm === 0xf1) this.binary(number.logarithm, true);
    else if (modrm === 0xf2) this.angle(true, () => this.pair(() => this.tangent()));
    else if (modrm === 0xf3) this.binary(number.angle, true);
    else if (modrm === 0xf4) this.pair(() => this.extract());
    else if (modrm === 0xf5 || modrm === 0xf8) this.remainder(modrm === 0xf5);
    else if (modrm === 0xf6 || modrm === 0xf7) this.rotate(modrm === 0xf6 ? -1 : 1);
    else if (modrm === 0xf9) this.binary(number.logarithmOfSum, true);
    else if (modrm === 0xfa) this.unary(number.squareRoot);
    else if (modrm === 0xfb) this.angle(true, () => this.pair(() => this.sineAndCosine()));
    else if (modrm === 0xfc) this.unary(number.roundToInteger);
    else if (modrm === 0xfd) this.binary(number.scale, false);
    else this.angle(false, () => this.unary(modrm === 0xfe ? number.sine : number.cosine));
  }

  /** FDECSTP and FINCSTP. */
  private rotate(by: number): void {
    this.top = (this.top + by) & 7;
  }
}

/** Whether a register encoding exists; D9 D0 is FNOP. */
function isDefined(low: number, modrm: number): boolean {
  const reg = (modrm >>> 3) & 7;
  switch (low) {
    case 1:
      if (reg === 2) return modrm === 0xd0;
      return reg !== 4 || [0xe0, 0xe1, 0xe4, 0xe5].includes(modrm) ? modrm !== 0xef : false;
    case 2:
      return reg < 4 || modrm === 0xe9;
    case 3:
      return reg !== 4 && reg !== 7;
    case 5:
      return reg < 6;
    case 6:
      return reg !== 3 || modrm === 0xd9;
    case 7:
      return reg !== 4 && reg !== 7;
    default:
      return true;
  }
}

export const createX87: FloatingPointFactory = (host: FloatingPointHost) => {
  const unit = new X87(host);
  unit.reset();
  return unit;
};
