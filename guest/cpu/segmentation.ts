import { changeFlags } from './flags';
import {
  addressMask,
  infoReg,
  infoSegment,
  infoSize,
  operandSize,
  readOperand,
  writeOperand,
  writeRegister,
} from './operands';
import {
  ACCESS_ACCESSED,
  ACCESS_BIG,
  ACCESS_CODE,
  ACCESS_CONFORMING,
  ACCESS_GRANULAR,
  ACCESS_MEMORY,
  ACCESS_PRESENT,
  ACCESS_READ_WRITE,
  ACCESS_REAL,
  type Processor,
} from './processor';
import { CS, LDTR, SS, TR, Vector, ZF } from './state';

/** Descriptors and segment registers ([SDM] vol. 3, chapters 3 and 5). */

/** A descriptor as fetched; one scratch object a use, never kept across another fetch. */
export interface Descriptor {
  /** Linear address of its 8 bytes. */
  address: number;
  base: number;
  /** In bytes, granularity applied; unsigned. */
  limit: number;
  access: number;
  /** Its two words, for gates. */
  low: number;
  high: number;
}

export function emptyDescriptor(): Descriptor {
  return { address: 0, base: 0, limit: 0, access: 0, low: 0, high: 0 };
}

const scratch = emptyDescriptor();

/** Types of system descriptors ([SDM] vol. 3, table 3-2), access bits 0-4. */
export const SystemType = {
  TSS16: 1,
  LDT: 2,
  TSS16_BUSY: 3,
  CALL_GATE16: 4,
  TASK_GATE: 5,
  INTERRUPT_GATE16: 6,
  TRAP_GATE16: 7,
  TSS32: 9,
  TSS32_BUSY: 11,
  CALL_GATE32: 12,
  INTERRUPT_GATE32: 14,
  TRAP_GATE32: 15,
} as const;

export function isPresent(access: number): boolean {
  return (access & ACCESS_PRESENT) !== 0;
}

/** Code or data, in contrast to system descriptors. */
export function isMemory(access: number): boolean {
  return (access & ACCESS_MEMORY) !== 0;
}

export function isCode(access: number): boolean {
  return (access & (ACCESS_MEMORY | ACCESS_CODE)) === (ACCESS_MEMORY | ACCESS_CODE);
}

export function isConforming(access: number): boolean {
  return (access & ACCESS_CONFORMING) !== 0;
}

export function isWritableData(access: number): boolean {
  return (access & (ACCESS_MEMORY | ACCESS_CODE | ACCESS_READ_WRITE)) === (ACCESS_MEMORY | ACCESS_READ_WRITE);
}

export function privilegeOf(access: number): number {
  return (access >>> 5) & 3;
}

/** Type of a system descriptor, or -1 for code and data. */
export function systemType(access: number): number {
  return isMemory(access) ? -1 : access & 15;
}

/** Null selectors name entry 0 of the GDT, whatever their RPL. */
export function isNull(selector: number): boolean {
  return (selector & 0xfffc) === 0;
}

/** Split the words of a descriptor. */
export function decodeDescriptor(into: Descriptor, low: number, high: number): void {
  into.low = low;
  into.high = high;
  into.base = (low >>> 16) | ((high & 0xff) << 16) | (high & 0xff00_0000) | 0;
  into.access = (high >>> 8) & 0xf0ff;
  const limit = (low & 0xffff) | (high & 0x000f_0000);
  into.limit = (into.access & ACCESS_GRANULAR) !== 0 ? ((limit << 12) | 0xfff) >>> 0 : limit;
}

/**
 * Fetch the descriptor that `selector` names.
 * @returns false if it lies outside its table
 */
export function fetchDescriptor(cpu: Processor, selector: number, into: Descriptor): boolean {
  const local = (selector & 4) !== 0;
  const base = local ? cpu.bases[LDTR] : cpu.gdtBase;
  const limit = local ? (isPresent(cpu.access[LDTR]) ? cpu.limits[LDTR] : -1) : cpu.gdtLimit;
  const offset = selector & 0xfff8;
  if (offset + 7 > limit) return false;
  into.address = (base + offset) | 0;
  decodeDescriptor(into, cpu.translation.read32(into.address, 0), cpu.translation.read32((into.address + 4) | 0, 0));
  return true;
}

/** Fetch a descriptor or raise `vector` with the selector as error code. */
export function requireDescriptor(
  cpu: Processor,
  selector: number,
  into: Descriptor,
  vector: number = Vector.PROTECTION,
): void {
  if (!fetchDescriptor(cpu, selector, into)) cpu.raise(vector, selector & 0xfffc);
}

/** Set the accessed bit in memory, if it is not set. */
export function markAccessed(cpu: Processor, descriptor: Descriptor): void {
  if ((descriptor.access & ACCESS_ACCESSED) !== 0) return;
  descriptor.access |= ACCESS_ACCESSED;
  cpu.translation.write8((descriptor.address + 5) | 0, descriptor.access & 0xff, 0);
}

/** Load a segment register other than CS as MOV, POP and LDS and kin do. */
export function loadSegment(cpu: Processor, segment: number, selector: number): void {
  if (!cpu.descriptorsUsed) loadRealSegment(cpu, segment, selector);
  else if (segment === SS) {
    if (isNull(selector)) cpu.protectionFault();
    loadStack(cpu, selector, cpu.cpl, Vector.PROTECTION);
  } else loadData(cpu, segment, selector, Vector.PROTECTION);
}

/** In real mode limit and attributes stay as they are (hence "unreal" mode); in virtual-8086 mode they are fixed. */
export function loadRealSegment(cpu: Processor, segment: number, selector: number): void {
  if (cpu.virtual8086) loadVirtualSegment(cpu, segment, selector);
  else if (segment === CS) cpu.setSegment(CS, selector, selector << 4, cpu.limits[CS], ACCESS_REAL);
  else cpu.setSegment(segment, selector, selector << 4, cpu.limits[segment], realAccess(cpu.access[segment]));
}

/** A null or system-like leftover of protected mode becomes ordinary data. */
function realAccess(access: number): number {
  return isPresent(access) && isWritableData(access) ? access : ACCESS_REAL;
}

export function loadVirtualSegment(cpu: Processor, segment: number, selector: number): void {
  cpu.setSegment(segment, selector, selector << 4, 0xffff, ACCESS_REAL | (3 << 5));
}

/** DS, ES, FS, GS in protected mode; `vector` is what a bad selector raises (#TS in a task switch). */
export function loadData(cpu: Processor, segment: number, selector: number, vector: number): void {
  if (isNull(selector)) {
    cpu.clearSegment(segment, selector);
    return;
  }
  const descriptor = scratch;
  requireDescriptor(cpu, selector, descriptor, vector);
  const { access } = descriptor;
  const readable = isMemory(access) && (!isCode(access) || (access & ACCESS_READ_WRITE) !== 0);
  if (!readable) cpu.raise(vector, selector & 0xfffc);
  const privileged = !isCode(access) || !isConforming(access);
  if (privileged && Math.max(selector & 3, cpu.cpl) > privilegeOf(access)) cpu.raise(vector, selector & 0xfffc);
  if (!isPresent(access)) cpu.raise(Vector.NOT_PRESENT, selector & 0xfffc);
  markAccessed(cpu, descriptor);
  cpu.setSegment(segment, selector, descriptor.base, descriptor.limit, descriptor.access);
}

/** Check a stack selector for privilege `cpl` and fetch its descriptor; a null one is the caller's business. */
export function requireStack(cpu: Processor, selector: number, cpl: number, vector: number, into: Descriptor): void {
  requireDescriptor(cpu, selector, into, vector);
  const { access } = into;
  if ((selector & 3) !== cpl || !isWritableData(access) || privilegeOf(access) !== cpl)
    cpu.raise(vector, selector & 0xfffc);
  if (!isPresent(access)) cpu.raise(Vector.STACK, selector & 0xfffc);
}

export function loadStack(cpu: Processor, selector: number, cpl: number, vector: number): void {
  requireStack(cpu, selector, cpl, vector, scratch);
  markAccessed(cpu, scratch);
  cpu.setSegment(SS, selector, scratch.base, scratch.limit, scratch.access);
}

// --- instructions

/** MOV Sreg, r/m16. */
export function moveToSegment(cpu: Processor, info: number): void {
  const segment = infoReg(info);
  const selector = readOperand(cpu, info) & 0xffff;
  loadSegment(cpu, segment, selector);
  if (segment === SS) cpu.openShadow(true);
}

/** MOV r/m, Sreg: a register of 32 bits is zero-extended, memory gets 16 bits. */
export function moveFromSegment(cpu: Processor, info: number): void {
  writeOperand(cpu, info, cpu.selectors[infoReg(info)]);
}

/** LES, LDS, LSS, LFS, LGS; `immediate` is the segment register. */
export function loadFarPointer(cpu: Processor, info: number, immediate: number): void {
  const size = infoSize(info);
  const from = infoSegment(info);
  const offset = cpu.read(from, cpu.effectiveAddress, size);
  const selector = cpu.read16(from, (cpu.effectiveAddress + (1 << size)) & addressMask(info));
  loadSegment(cpu, immediate, selector);
  writeRegister(cpu, info, offset);
}

/** SGDT and SIDT; `immediate` 0 or 1. The base has 24 bits in the 16-bit form, as the 80286 had; later processors store all 32. */
export function storeTable(cpu: Processor, info: number, immediate: number): void {
  const segment = infoSegment(info);
  const address = cpu.effectiveAddress;
  cpu.probeWrite(segment, address, 6);
  cpu.write16(segment, address, immediate === 0 ? cpu.gdtLimit : cpu.idtLimit);
  cpu.write32(segment, address + 2, immediate === 0 ? cpu.gdtBase : cpu.idtBase);
}

/** LGDT and LIDT; `immediate` 0 or 1. */
export function loadTable(cpu: Processor, info: number, immediate: number): void {
  if (cpu.cpl !== 0) cpu.protectionFault();
  const segment = infoSegment(info);
  const limit = cpu.read16(segment, cpu.effectiveAddress);
  const base = cpu.read32(segment, cpu.effectiveAddress + 2) & (operandSize(info) === 2 ? -1 : 0x00ff_ffff);
  if (immediate === 0) {
    cpu.gdtLimit = limit;
    cpu.gdtBase = base;
  } else {
    cpu.idtLimit = limit;
    cpu.idtBase = base;
  }
}

/** SLDT and STR; `immediate` is LDTR or TR. */
export function storeSystemSegment(cpu: Processor, info: number, immediate: number): void {
  if (!cpu.descriptorsUsed) cpu.undefinedOpcode();
  writeOperand(cpu, info, cpu.selectors[immediate]);
}

/** LLDT. */
export function loadLocalTable(cpu: Processor, info: number): void {
  if (!cpu.descriptorsUsed) cpu.undefinedOpcode();
  if (cpu.cpl !== 0) cpu.protectionFault();
  loadLocalTableRegister(cpu, readOperand(cpu, info) & 0xffff, Vector.PROTECTION);
}

/** Load LDTR; `vector` is what a bad selector raises. */
export function loadLocalTableRegister(cpu: Processor, selector: number, vector: number): void {
  if (isNull(selector)) {
    cpu.clearSegment(LDTR, selector);
    return;
  }
  if ((selector & 4) !== 0) cpu.raise(vector, selector & 0xfffc);
  requireDescriptor(cpu, selector, scratch, vector);
  if (systemType(scratch.access) !== SystemType.LDT) cpu.raise(vector, selector & 0xfffc);
  if (!isPresent(scratch.access)) {
    cpu.raise(vector === Vector.PROTECTION ? Vector.NOT_PRESENT : vector, selector & 0xfffc);
  }
  cpu.setSegment(LDTR, selector, scratch.base, scratch.limit, scratch.access);
}

/** LTR: the descriptor becomes busy. */
export function loadTaskRegister(cpu: Processor, info: number): void {
  if (!cpu.descriptorsUsed) cpu.undefinedOpcode();
  if (cpu.cpl !== 0) cpu.protectionFault();
  const selector = readOperand(cpu, info) & 0xffff;
  if (isNull(selector)) cpu.protectionFault();
  if ((selector & 4) !== 0) cpu.raise(Vector.PROTECTION, selector & 0xfffc);
  requireDescriptor(cpu, selector, scratch);
  const type = systemType(scratch.access);
  if (type !== SystemType.TSS16 && type !== SystemType.TSS32) cpu.raise(Vector.PROTECTION, selector & 0xfffc);
  if (!isPresent(scratch.access)) cpu.raise(Vector.NOT_PRESENT, selector & 0xfffc);
  const { access } = scratch;
  cpu.translation.write8((scratch.address + 5) | 0, (access & 0xff) | 2, 0);
  cpu.setSegment(TR, selector, scratch.base, scratch.limit, access | 2);
}

/** VERR and VERW; `immediate` 0 or 1. */
export function verifyAccess(cpu: Processor, info: number, immediate: number): void {
  if (!cpu.descriptorsUsed) cpu.undefinedOpcode();
  const selector = readOperand(cpu, info) & 0xffff;
  changeFlags(cpu.file, ZF, accessible(cpu, selector, immediate !== 0) ? ZF : 0);
}

function accessible(cpu: Processor, selector: number, write: boolean): boolean {
  if (isNull(selector) || !fetchDescriptor(cpu, selector, scratch)) return false;
  const { access } = scratch;
  if (!isMemory(access)) return false;
  const privileged = !isCode(access) || !isConforming(access);
  if (privileged && Math.max(selector & 3, cpu.cpl) > privilegeOf(access)) return false;
  return write ? isWritableData(access) : !isCode(access) || (access & ACCESS_READ_WRITE) !== 0;
}

/** System descriptors that LAR and LSL accept, as bit masks over the type ([SDM] vol. 2, tables 3-54 and 3-59). */
const LAR_TYPES = 0x1a3e;
const LSL_TYPES = 0x0a0e;

/** Fetches into `scratch`; true if LAR or LSL may look at it. */
function visible(cpu: Processor, selector: number, types: number): boolean {
  if (isNull(selector) || !fetchDescriptor(cpu, selector, scratch)) return false;
  const { access } = scratch;
  if (!isMemory(access) && ((types >>> (access & 15)) & 1) === 0) return false;
  return (isCode(access) && isConforming(access)) || Math.max(selector & 3, cpu.cpl) <= privilegeOf(access);
}

/** LAR. */
export function loadAccessRights(cpu: Processor, info: number): void {
  if (!cpu.descriptorsUsed) cpu.undefinedOpcode();
  const found = visible(cpu, readOperand(cpu, info) & 0xffff, LAR_TYPES);
  if (found) cpu.setRegister(infoReg(info), operandSize(info), scratch.high & 0x00ff_ff00);
  changeFlags(cpu.file, ZF, found ? ZF : 0);
}

/** LSL. */
export function loadSegmentLimit(cpu: Processor, info: number): void {
  if (!cpu.descriptorsUsed) cpu.undefinedOpcode();
  const found = visible(cpu, readOperand(cpu, info) & 0xffff, LSL_TYPES);
  if (found) cpu.setRegister(infoReg(info), operandSize(info), scratch.limit);
  changeFlags(cpu.file, ZF, found ? ZF : 0);
}

/** True if the stack that `access` describes is addressed by ESP, false if by SP. */
export function isBigStack(access: number): boolean {
  return (access & ACCESS_BIG) !== 0;
}
