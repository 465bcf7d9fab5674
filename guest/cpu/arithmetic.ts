import { carryWord, setCompareFlags, setResultFlags } from './flags';
import {
  infoSize,
  readOperand,
  readOperandForWrite,
  readRegister,
  signExtend,
  writeOperand,
  writeRegister,
  zeroExtend,
} from './operands';
import type { Processor } from './processor';
import { EAX, EBX, ECX, EDX, FLAG_CARRY, FLAG_ZERO, Vector } from './state';

/** Multiplication, division, shifts and exchanges: what is too long for the loop. */

/** High 32 bits of the unsigned 64-bit product. */
export function multiplyHigh(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const middle = a1 * b0 + ((a0 * b0) >>> 16);
  const low = a0 * b1 + (middle & 0xffff);
  return (a1 * b1 + Math.floor(middle / 0x1_0000) + Math.floor(low / 0x1_0000)) | 0;
}

function setProductFlags(cpu: Processor, result: number, overflow: boolean): void {
  setResultFlags(cpu.file, result);
  cpu.file[FLAG_CARRY] = carryWord(overflow, overflow, false);
}

/** MUL: accumulator times operand, double width. */
export function multiply(cpu: Processor, info: number): void {
  const size = infoSize(info);
  const left = cpu.register(EAX, size);
  const right = readOperand(cpu, info);
  const low = Math.imul(left, right);
  if (size === 0) cpu.setRegister(EAX, 1, low);
  else {
    cpu.setRegister(EAX, size, low);
    cpu.setRegister(EDX, size, size === 1 ? low >>> 16 : multiplyHigh(left, right));
  }
  const high = size === 0 ? (low >>> 8) & 0xff : cpu.register(EDX, size);
  setProductFlags(cpu, signExtend(low, size), high !== 0);
}

/** IMUL with one operand. */
export function multiplySigned(cpu: Processor, info: number): void {
  const size = infoSize(info);
  const left = signExtend(cpu.register(EAX, size), size);
  const right = signExtend(readOperand(cpu, info), size);
  const low = Math.imul(left, right);
  if (size === 0) cpu.setRegister(EAX, 1, low);
  else {
    cpu.setRegister(EAX, size, low);
    const high = multiplyHigh(left, right) - (left < 0 ? right : 0) - (right < 0 ? left : 0);
    cpu.setRegister(EDX, size, size === 1 ? low >> 16 : high);
  }
  const result = signExtend(low, size);
  setProductFlags(cpu, result, left * right !== result);
}

/** IMUL r16, r/m16 and IMUL r16, r/m16, imm; the 32-bit forms are in the loop. */
export function multiplySigned16(cpu: Processor, info: number): void {
  multiplyInto(cpu, info, signExtend(readRegister(cpu, info), 1));
}

export function multiplySigned16Immediate(cpu: Processor, info: number, immediate: number): void {
  multiplyInto(cpu, info, immediate);
}

function multiplyInto(cpu: Processor, info: number, left: number): void {
  const product = left * signExtend(readOperand(cpu, info), 1);
  const result = signExtend(product, 1);
  writeRegister(cpu, info, result);
  setProductFlags(cpu, result, product !== result);
}

/** DIV. A quotient that does not fit raises #DE, as does a zero divisor. */
export function divide(cpu: Processor, info: number): void {
  const size = infoSize(info);
  const divisor = readOperand(cpu, info) >>> 0;
  if (divisor === 0) cpu.raise(Vector.DIVIDE);
  if (size === 2) {
    divideLong(cpu, cpu.file[EDX] >>> 0, cpu.file[EAX] >>> 0, divisor);
    return;
  }
  const dividend = size === 0 ? cpu.register(EAX, 1) : cpu.register(EDX, 1) * 0x1_0000 + cpu.register(EAX, 1);
  const quotient = Math.floor(dividend / divisor);
  if (quotient >= 0x100 << (8 * size)) cpu.raise(Vector.DIVIDE);
  storeQuotient(cpu, size, quotient, dividend - quotient * divisor);
}

function divideLong(cpu: Processor, high: number, low: number, divisor: number): void {
  if (high >= divisor) cpu.raise(Vector.DIVIDE);
  longDivision(high, low, divisor);
  storeQuotient(cpu, 2, longQuotient, longRemainder);
}

let longQuotient = 0;
let longRemainder = 0;

/** Two steps of 16 quotient bits each: both dividends stay below 2^48, where a double's quotient truncates exactly. */
function longDivision(high: number, low: number, divisor: number): void {
  const upper = high * 0x1_0000 + (low >>> 16);
  const first = Math.floor(upper / divisor);
  const lower = (upper - first * divisor) * 0x1_0000 + (low & 0xffff);
  const second = Math.floor(lower / divisor);
  longQuotient = first * 0x1_0000 + second;
  longRemainder = lower - second * divisor;
}

function storeQuotient(cpu: Processor, size: number, quotient: number, remainder: number): void {
  if (size === 0) cpu.setRegister(EAX, 1, (quotient & 0xff) | ((remainder & 0xff) << 8));
  else {
    cpu.setRegister(EAX, size, quotient);
    cpu.setRegister(EDX, size, remainder);
  }
}

/** IDIV: truncates towards zero; the remainder has the dividend's sign. */
export function divideSigned(cpu: Processor, info: number): void {
  const size = infoSize(info);
  const divisor = signExtend(readOperand(cpu, info), size);
  if (divisor === 0) cpu.raise(Vector.DIVIDE);
  if (size === 2) {
    divideSignedLong(cpu, divisor);
    return;
  }
  const dividend =
    size === 0 ? signExtend(cpu.register(EAX, 1), 1) : (cpu.register(EDX, 1) << 16) | cpu.register(EAX, 1);
  const quotient = Math.trunc(dividend / divisor);
  if (signExtend(quotient, size) !== quotient) cpu.raise(Vector.DIVIDE);
  storeQuotient(cpu, size, quotient, dividend - quotient * divisor);
}

function divideSignedLong(cpu: Processor, divisor: number): void {
  let high = cpu.file[EDX];
  let low = cpu.file[EAX];
  const negative = high < 0;
  if (negative) {
    low = -low | 0;
    high = low === 0 ? -high | 0 : ~high;
  }
  const magnitude = Math.abs(divisor);
  if (high >>> 0 >= magnitude) cpu.raise(Vector.DIVIDE);
  longDivision(high >>> 0, low >>> 0, magnitude);
  const quotient = negative !== divisor < 0 ? -longQuotient : longQuotient;
  if ((quotient | 0) !== quotient) cpu.raise(Vector.DIVIDE);
  storeQuotient(cpu, 2, quotient, negative ? -longRemainder : longRemainder);
}

/** Shifts and rotates by an immediate; ModRM.reg says which. */
export function shiftByImmediate(cpu: Processor, info: number, immediate: number): void {
  shift(cpu, info, immediate & 31);
}

/** Shifts and rotates by CL. */
export function shiftByCl(cpu: Processor, info: number): void {
  shift(cpu, info, cpu.file[ECX] & 31);
}

function shift(cpu: Processor, info: number, count: number): void {
  const size = infoSize(info);
  const value = readOperandForWrite(cpu, info);
  const result = count === 0 ? value : shifted(cpu.file, (info >>> 9) & 7, value, count, size);
  writeOperand(cpu, info, result);
}

/**
 * Shift or rotate ([SDM] vol. 2, RCL/RCR/ROL/ROR and SAL/SAR/SHL/SHR) and set the flags.
 * OF for counts above 1 is architecturally undefined; it follows the formula for 1.
 * @param operation 0-7: ROL, ROR, RCL, RCR, SHL, SHR, SHL, SAR
 * @param count 1-31
 */
function shifted(file: Int32Array, operation: number, value: number, count: number, size: number): number {
  const width = 8 << size;
  switch (operation) {
    case 0:
    case 1: {
      const left = operation === 0 ? count & (width - 1) : -count & (width - 1);
      const result = left === 0 ? value : zeroExtend((value << left) | (value >>> (width - left)), size);
      const top = (result >>> (width - 1)) & 1;
      const carry = operation === 0 ? result & 1 : top;
      setRotateFlags(file, carry, operation === 0 ? top ^ carry : top ^ ((result >>> (width - 2)) & 1));
      return result;
    }
    case 2:
    case 3:
      return rotatedThroughCarry(file, operation === 2, value, count % (width + 1), size);
    case 5:
    case 7: {
      const source = operation === 7 ? signExtend(value, size) : value;
      const result = operation === 7 ? source >> count : source >>> count;
      setResultFlags(file, signExtend(result, size));
      const overflow = operation === 5 && ((result >>> (width - 2)) & 1) !== 0;
      file[FLAG_CARRY] = carryWord(((source >> (count - 1)) & 1) !== 0, overflow, false);
      return result;
    }
    default: {
      const result = signExtend(value << count, size);
      setResultFlags(file, result);
      const carry = count <= width && ((value >>> (width - count)) & 1) !== 0;
      file[FLAG_CARRY] = carryWord(carry, carry !== result < 0, false);
      return result;
    }
  }
}

function rotatedThroughCarry(file: Int32Array, left: boolean, value: number, count: number, size: number): number {
  if (count === 0) return value;
  const top = (8 << size) - 1;
  let carry = file[FLAG_CARRY] >>> 31;
  let result = value;
  for (let i = 0; i < count; i++) {
    if (left) {
      const out = (result >>> top) & 1;
      result = zeroExtend((result << 1) | carry, size);
      carry = out;
    } else {
      const out = result & 1;
      result = zeroExtend((result >>> 1) | (carry << top), size);
      carry = out;
    }
  }
  const high = (result >>> top) & 1;
  setRotateFlags(file, carry, left ? high ^ carry : high ^ ((result >>> (top - 1)) & 1));
  return result;
}

/** Rotates change CF and OF only. */
function setRotateFlags(file: Int32Array, carry: number, overflow: number): void {
  file[FLAG_CARRY] = carryWord(carry !== 0, overflow !== 0, (file[FLAG_CARRY] & 8) !== 0);
}

export function shiftLeftDoubleImmediate(cpu: Processor, info: number, immediate: number): void {
  shiftDouble(cpu, info, immediate & 31, true);
}

export function shiftLeftDoubleCl(cpu: Processor, info: number): void {
  shiftDouble(cpu, info, cpu.file[ECX] & 31, true);
}

export function shiftRightDoubleImmediate(cpu: Processor, info: number, immediate: number): void {
  shiftDouble(cpu, info, immediate & 31, false);
}

export function shiftRightDoubleCl(cpu: Processor, info: number): void {
  shiftDouble(cpu, info, cpu.file[ECX] & 31, false);
}

/** SHLD and SHRD. 16-bit counts above 16, which are undefined, shift the first operand in again behind the second. */
function shiftDouble(cpu: Processor, info: number, count: number, left: boolean): void {
  const size = infoSize(info);
  const value = readOperandForWrite(cpu, info);
  if (count === 0) {
    writeOperand(cpu, info, value);
    return;
  }
  const fill = readRegister(cpu, info);
  let result: number;
  let carry: number;
  if (size === 2) {
    result = left ? (value << count) | (fill >>> (32 - count)) : (value >>> count) | (fill << (32 - count));
    carry = left ? value >>> (32 - count) : value >>> (count - 1);
  } else {
    const pair = left ? (value << 16) | fill : (fill << 16) | value;
    const rotated = left ? (pair << count) | (value >>> (32 - count)) : (pair >>> count) | (value << (32 - count));
    result = left ? rotated >>> 16 : rotated & 0xffff;
    carry = left ? pair >>> (32 - count) : pair >>> (count - 1);
  }
  writeOperand(cpu, info, result);
  const signed = signExtend(result, size);
  setResultFlags(cpu.file, signed);
  cpu.file[FLAG_CARRY] = carryWord((carry & 1) !== 0, signed < 0 !== signExtend(value, size) < 0, false);
}

/** XCHG with memory, which needs both halves to be restartable. */
export function exchange(cpu: Processor, info: number): void {
  const value = readOperandForWrite(cpu, info);
  writeOperand(cpu, info, readRegister(cpu, info));
  writeRegister(cpu, info, value);
}

/** XADD. */
export function exchangeAdd(cpu: Processor, info: number): void {
  const { file } = cpu;
  const size = infoSize(info);
  const destination = readOperandForWrite(cpu, info);
  const source = readRegister(cpu, info);
  const sum = zeroExtend(destination + source, size);
  writeRegister(cpu, info, destination);
  writeOperand(cpu, info, sum);
  const carries = (destination & source) | ((destination | source) & ~sum);
  setResultFlags(file, signExtend(sum, size));
  file[FLAG_CARRY] = size === 2 ? carries : (carries << (size === 1 ? 16 : 24)) | (carries & 8);
}

/** CMPXCHG. The destination is written in either case ([SDM] vol. 2). */
export function compareExchange(cpu: Processor, info: number): void {
  const size = infoSize(info);
  const destination = readOperandForWrite(cpu, info);
  const accumulator = cpu.register(EAX, size);
  const equal = destination === accumulator;
  writeOperand(cpu, info, equal ? readRegister(cpu, info) : destination);
  if (!equal) cpu.setRegister(EAX, size, destination);
  setCompareFlags(cpu.file, accumulator, destination, size);
}

/** CMPXCHG8B: changes ZF only. */
export function compareExchange8(cpu: Processor, info: number): void {
  const { file } = cpu;
  const segment = (info >>> 16) & 7;
  const address = cpu.effectiveAddress;
  if (cpu.translation.alignmentCheck && ((cpu.bases[segment] + address) & 7) !== 0) cpu.alignmentFault();
  cpu.probeWrite(segment, address, 8);
  const low = cpu.read32(segment, address);
  const high = cpu.read32(segment, address + 4);
  const equal = low === file[EAX] && high === file[EDX];
  cpu.write32(segment, address, equal ? file[EBX] : low);
  cpu.write32(segment, address + 4, equal ? file[ECX] : high);
  if (!equal) {
    file[EAX] = low;
    file[EDX] = high;
  }
  file[FLAG_ZERO] = equal ? 0 : 1;
}
