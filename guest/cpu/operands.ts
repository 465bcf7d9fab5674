import type { Processor } from './processor';

/**
 * The second word of a record that is executed by a handler. Such a record is preceded by one that leaves the effective address
 * in ADDRESS when the operand is in memory.
 *
 * Bits 0-8 handler, 9-11 ModRM.reg, 12-14 ModRM.rm, 15 operand in memory, 16-18 its segment, 19-20 size (0, 1, 2 for 8, 16, 32
 * bits), 21 32-bit addresses, 22 REP/REPE, 23 REPNE, 24 32-bit operands (also where `size` is 0).
 */
export const HANDLER_MASK = 0x1ff;
export const INFO_MEMORY = 1 << 15;
export const INFO_ADDRESS32 = 1 << 21;
export const INFO_REPE = 1 << 22;
export const INFO_REPNE = 1 << 23;
export const INFO_OPERAND32 = 1 << 24;

/** Executes one instruction: `info` as above, `immediate` the record's third word. */
export type Handler = (cpu: Processor, info: number, immediate: number) => void;

export function infoReg(info: number): number {
  return (info >>> 9) & 7;
}

export function infoRm(info: number): number {
  return (info >>> 12) & 7;
}

export function infoSegment(info: number): number {
  return (info >>> 16) & 7;
}

export function infoSize(info: number): number {
  return (info >>> 19) & 3;
}

export function infoInMemory(info: number): boolean {
  return (info & INFO_MEMORY) !== 0;
}

/** 1 or 2 for 16- and 32-bit operands, where the size field may say 0. */
export function operandSize(info: number): number {
  return (info & INFO_OPERAND32) !== 0 ? 2 : 1;
}

export function addressMask(info: number): number {
  return (info & INFO_ADDRESS32) !== 0 ? -1 : 0xffff;
}

/** Value of the operand that ModRM.rm names. */
export function readOperand(cpu: Processor, info: number): number {
  const size = infoSize(info);
  return infoInMemory(info)
    ? cpu.read(infoSegment(info), cpu.effectiveAddress, size)
    : cpu.register(infoRm(info), size);
}

/** The same for an operand that will be written: raises what the write would raise. */
export function readOperandForWrite(cpu: Processor, info: number): number {
  const size = infoSize(info);
  return infoInMemory(info)
    ? cpu.readForWrite(infoSegment(info), cpu.effectiveAddress, size)
    : cpu.register(infoRm(info), size);
}

export function writeOperand(cpu: Processor, info: number, value: number): void {
  const size = infoSize(info);
  if (infoInMemory(info)) cpu.write(infoSegment(info), cpu.effectiveAddress, value, size);
  else cpu.setRegister(infoRm(info), size, value);
}

/** Value of the register that ModRM.reg names. */
export function readRegister(cpu: Processor, info: number): number {
  return cpu.register(infoReg(info), infoSize(info));
}

export function writeRegister(cpu: Processor, info: number, value: number): void {
  cpu.setRegister(infoReg(info), infoSize(info), value);
}

/** `value` at a width of 8 << size bits, sign-extended to 32. */
export function signExtend(value: number, size: number): number {
  return size === 2 ? value | 0 : size === 1 ? (value << 16) >> 16 : (value << 24) >> 24;
}

/** `value` at a width of 8 << size bits, zero-extended; 32-bit values stay signed. */
export function zeroExtend(value: number, size: number): number {
  return size === 2 ? value | 0 : size === 1 ? value & 0xffff : value & 0xff;
}
