import { changeFlags, setLogicFlags } from './flags';
import {
  addressMask,
  infoInMemory,
  infoSegment,
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
import { ADDRESS, CF, EAX, FLAG_CARRY, FLAG_ZERO, Vector, ZF } from './state';

/** Bit tests, bit scans, and the small instructions on AL and AH. */

/** What BT, BTS, BTR, BTC make of the bit. */
const CHANGES = [
  (value: number, _bit: number) => value,
  (value: number, bit: number) => value | bit,
  (value: number, bit: number) => value & ~bit,
  (value: number, bit: number) => value ^ bit,
] as const;

/** BT and kin with the bit number in a register, which reaches beyond an operand in memory. `immediate`: 0-3 for BT, BTS, BTR, BTC. */
export function bitTestRegister(cpu: Processor, info: number, immediate: number): void {
  const size = infoSize(info);
  const number = signExtend(readRegister(cpu, info), size);
  if (infoInMemory(info)) {
    const distance = size === 2 ? (number >> 5) << 2 : (number >> 4) << 1;
    cpu.file[ADDRESS] = (cpu.effectiveAddress + distance) & addressMask(info);
  }
  bitTest(cpu, info, number, immediate);
}

/** BT and kin with an immediate bit number in bits 0-7 of `immediate`; bits 8 and 9 say which. */
export function bitTestImmediate(cpu: Processor, info: number, immediate: number): void {
  bitTest(cpu, info, immediate, immediate >>> 8);
}

function bitTest(cpu: Processor, info: number, number: number, operation: number): void {
  const bit = 1 << (number & ((8 << infoSize(info)) - 1));
  const value = operation === 0 ? readOperand(cpu, info) : readOperandForWrite(cpu, info);
  if (operation !== 0) writeOperand(cpu, info, CHANGES[operation](value, bit));
  const carry = (value & bit) !== 0;
  if (cpu.file[FLAG_CARRY] < 0 !== carry) cpu.file[FLAG_CARRY] ^= 0xc000_0000; // OF stays: it is the difference of the two bits
}

/** BSF: a zero source sets ZF and leaves the destination alone. */
export function bitScanForward(cpu: Processor, info: number): void {
  const value = readOperand(cpu, info);
  if (value !== 0) writeRegister(cpu, info, 31 - Math.clz32(value & -value));
  setScanFlags(cpu, value);
}

/** BSR. */
export function bitScanReverse(cpu: Processor, info: number): void {
  const value = readOperand(cpu, info);
  if (value !== 0) writeRegister(cpu, info, 31 - Math.clz32(value));
  setScanFlags(cpu, value);
}

/** ZF is defined; the others are not, and are left as they are. */
function setScanFlags(cpu: Processor, value: number): void {
  cpu.file[FLAG_ZERO] = value;
}

/** BSWAP; the 16-bit form is undefined and gives zero. */
export function byteSwap(cpu: Processor, info: number): void {
  const index = (info >>> 12) & 7;
  if (infoSize(info) === 1) {
    cpu.setRegister(index, 1, 0);
    return;
  }
  const value = cpu.file[index];
  cpu.file[index] = (value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24);
}

/** XLAT. */
export function translateByte(cpu: Processor, info: number): void {
  const address = (cpu.file[3] + (cpu.file[EAX] & 0xff)) & addressMask(info);
  cpu.setRegister(EAX, 0, cpu.read8(infoSegment(info), address));
}

export function loadFlagsIntoAh(cpu: Processor): void {
  cpu.file8[1] = cpu.flags;
}

export function storeAhIntoFlags(cpu: Processor): void {
  changeFlags(cpu.file, 0xd5, cpu.file8[1]);
}

/** SALC, undocumented but present in every processor of the family: AL becomes FFh or 0 with CF. */
export function setAlFromCarry(cpu: Processor): void {
  cpu.file8[0] = cpu.file[FLAG_CARRY] >> 31;
}

function setAccumulatorFlags(cpu: Processor, adjust: boolean, carry: boolean): void {
  setLogicFlags(cpu.file, signExtend(cpu.file8[0], 0));
  cpu.file[FLAG_CARRY] = (carry ? 0xc000_0000 : 0) | (adjust ? 8 : 0);
}

/** DAA and DAS ([SDM] vol. 2); `immediate` is 1 or -1. */
export function decimalAdjust(cpu: Processor, _info: number, immediate: number): void {
  const al = cpu.file8[0];
  const adjust = (cpu.file[FLAG_CARRY] & 8) !== 0 || (al & 15) > 9;
  const carry = cpu.file[FLAG_CARRY] < 0 || al > 0x99;
  const correction = (adjust ? 6 : 0) + (carry ? 0x60 : 0);
  // DAS also reports the borrow of its first step.
  const borrow = immediate < 0 && adjust && al < 6;
  cpu.file8[0] = al + immediate * correction;
  setAccumulatorFlags(cpu, adjust, carry || borrow);
}

/** AAA and AAS; `immediate` is 1 or -1. AX changes as a whole, as in processors since the 80286. */
export function asciiAdjust(cpu: Processor, _info: number, immediate: number): void {
  const adjust = (cpu.file[FLAG_CARRY] & 8) !== 0 || (cpu.file8[0] & 15) > 9;
  const ax = cpu.register(EAX, 1) + (adjust ? immediate * 0x106 : 0);
  cpu.setRegister(EAX, 1, ax & 0xff0f);
  setAccumulatorFlags(cpu, adjust, adjust);
}

/** AAM; a zero base raises #DE. */
export function asciiAdjustAfterMultiply(cpu: Processor, _info: number, immediate: number): void {
  const base = immediate & 0xff;
  if (base === 0) cpu.raise(Vector.DIVIDE);
  const al = cpu.file8[0];
  cpu.file8[1] = Math.floor(al / base);
  cpu.file8[0] = al % base;
  setAccumulatorFlags(cpu, false, false);
}

/** AAD. */
export function asciiAdjustBeforeDivide(cpu: Processor, _info: number, immediate: number): void {
  cpu.setRegister(EAX, 1, zeroExtend(cpu.file8[0] + cpu.file8[1] * immediate, 0));
  setAccumulatorFlags(cpu, false, false);
}

/** CMC, CLC, STC: `immediate` 2, 0, 1. */
export function changeCarry(cpu: Processor, _info: number, immediate: number): void {
  const carry = cpu.file[FLAG_CARRY] < 0;
  changeFlags(cpu.file, CF, immediate === 2 ? (carry ? 0 : CF) : immediate);
}

/** CBW and CWDE write the accumulator. */
export function convertAccumulator(cpu: Processor, info: number): void {
  const size = infoSize(info);
  cpu.setRegister(EAX, size, signExtend(cpu.register(EAX, size - 1), size - 1));
}

/** CWD and CDQ fill the data register with the accumulator's sign. */
export function convertIntoData(cpu: Processor, info: number): void {
  const size = infoSize(info);
  cpu.setRegister(2, size, signExtend(cpu.register(EAX, size), size) >> 31);
}

/** ARPL: ZF tells whether the RPL was raised. Only where selectors have an RPL. */
export function adjustRequestedPrivilege(cpu: Processor, info: number): void {
  if (!cpu.descriptorsUsed) cpu.undefinedOpcode();
  const selector = readOperand(cpu, info);
  const wanted = readRegister(cpu, info) & 3;
  const lower = (selector & 3) < wanted;
  if (lower) writeOperand(cpu, info, (selector & ~3) | wanted);
  changeFlags(cpu.file, ZF, lower ? ZF : 0);
}

/** BOUND. */
export function checkBounds(cpu: Processor, info: number): void {
  const size = infoSize(info);
  const segment = infoSegment(info);
  const index = signExtend(readRegister(cpu, info), size);
  const lower = signExtend(cpu.read(segment, cpu.effectiveAddress, size), size);
  if (index < lower) cpu.raise(Vector.BOUND);
  const upper = signExtend(cpu.read(segment, (cpu.effectiveAddress + (1 << size)) & addressMask(info), size), size);
  if (index > upper) cpu.raise(Vector.BOUND);
}
