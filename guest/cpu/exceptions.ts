import { readFlags } from './flags';
import { ACCESS_REAL, NO_ERROR_CODE, NO_VECTOR, type Processor, UNWIND, withinLimit } from './processor';
import {
  type Descriptor,
  decodeDescriptor,
  emptyDescriptor,
  isBigStack,
  isCode,
  isConforming,
  isNull,
  isPresent,
  markAccessed,
  privilegeOf,
  requireDescriptor,
  requireStack,
  SystemType,
} from './segmentation';
import {
  AC,
  ATTENTION,
  ATTENTION_SHADOW,
  CS,
  DS,
  EIP,
  ES,
  ESP,
  FS,
  GS,
  IF,
  NT,
  RF,
  SS,
  TF,
  TR,
  Vector,
  VM,
} from './state';
import { readTaskStack, switchTask, TaskSwitch } from './tasks';

/** Delivery of interrupts and exceptions ([SDM] vol. 3, chapter 6). */

/** Error-code bit: the event was not caused by the program. */
const EXT = 1;
/** Error-code bit: the index is one of the IDT. */
const IDT = 2;

/** Bit masks over vectors: the contributory exceptions of table 6-4. */
const CONTRIBUTORY = 0x0000_3c01;
/** Faults: the pushed image has RF set. #DB and the traps are not among them. */
const FAULTS = 0x0003_7ce1;

const gate = emptyDescriptor();
const codeSegment = emptyDescriptor();
const stackSegment = emptyDescriptor();
const frame = new Int32Array(16);

/**
 * Deliver the exception that `cpu.vector` names; exceptions on the way become double faults.
 * @returns false after a triple fault: the vCPU has shut down
 */
export function deliverException(cpu: Processor): boolean {
  let { vector, errorCode } = cpu;
  for (;;) {
    if (tryDeliver(cpu, vector, errorCode, true)) return true;
    if (vector === Vector.DOUBLE_FAULT) {
      cpu.shutdown = true;
      return false;
    }
    if (makesDoubleFault(vector, cpu.vector)) {
      vector = Vector.DOUBLE_FAULT;
      errorCode = 0;
    } else {
      vector = cpu.vector;
      errorCode = cpu.errorCode;
    }
  }
}

/** Deliver external interrupt `vector`; false after a triple fault. */
export function deliverInterrupt(cpu: Processor, vector: number): boolean {
  return tryDeliver(cpu, vector, NO_ERROR_CODE, false) || deliverException(cpu);
}

/** One attempt; on failure `cpu.vector` and `cpu.errorCode` describe the new exception. */
function tryDeliver(cpu: Processor, vector: number, errorCode: number, exception: boolean): boolean {
  const image = readFlags(cpu.file) | (exception && ((FAULTS >>> vector) & 1) !== 0 ? RF : 0);
  cpu.delivering = true;
  try {
    enterHandler(cpu, vector, exception && cpu.protectedMode ? errorCode : NO_ERROR_CODE, EXT, image);
    return true;
  } catch (reason) {
    if (reason !== UNWIND || cpu.vector === NO_VECTOR) throw reason;
    return false;
  } finally {
    cpu.delivering = false;
  }
}

/** [SDM] vol. 3, table 6-5. */
function makesDoubleFault(first: number, second: number): boolean {
  const contributory = second < 32 && ((CONTRIBUTORY >>> second) & 1) !== 0;
  if (first === Vector.PAGE_FAULT) return contributory || second === Vector.PAGE_FAULT;
  return first < 32 && ((CONTRIBUTORY >>> first) & 1) !== 0 && contributory;
}

/**
 * INT n, INT3, INTO: gates are checked against CPL, except for INT1, which counts as an event from outside. EIP has advanced past the
 * instruction already.
 */
export function softwareInterrupt(cpu: Processor, vector: number, privileged: boolean): void {
  enterHandler(cpu, vector, NO_ERROR_CODE, privileged ? EXT : 0, readFlags(cpu.file));
}

/** @param external EXT for events that the program did not ask for, 0 for INT n */
function enterHandler(cpu: Processor, vector: number, errorCode: number, external: number, image: number): void {
  if (!cpu.protectedMode) enterReal(cpu, vector, image);
  else enterProtected(cpu, vector, errorCode, external, image);
  cpu.file[ATTENTION] &= ~ATTENTION_SHADOW;
  // The handler begins without TF, and a trap that the instruction would have earned is lost.
  cpu.trapArmed = false;
}

function enterReal(cpu: Processor, vector: number, image: number): void {
  const { file, translation } = cpu;
  if (4 * vector + 3 > cpu.idtLimit) cpu.raise(Vector.PROTECTION, 0);
  const target = translation.read32((cpu.idtBase + 4 * vector) | 0, 0);
  frame[0] = image & 0xffff;
  frame[1] = cpu.selectors[CS];
  frame[2] = file[EIP];
  const sp = pushFrame(cpu, cpu.bases[SS], cpu.limits[SS], cpu.access[SS], file[ESP], 3, 1, 0, 0);
  setStackPointer(cpu, sp);
  const selector = target >>> 16;
  cpu.setSegment(CS, selector, selector << 4, cpu.limits[CS], ACCESS_REAL);
  file[EIP] = target & 0xffff;
  cpu.systemFlags &= ~(IF | TF | AC | RF);
}

/**
 * Check and write `count` values of `frame`, first one at the highest address.
 * @param size 1 or 2 for 16- and 32-bit values
 * @param user half of the translation tables of the privilege that will own the stack
 * @param code error code of the #SS that an overrun raises
 * @returns the new stack pointer
 */
export function pushFrame(
  cpu: Processor,
  base: number,
  limit: number,
  access: number,
  esp: number,
  count: number,
  size: number,
  user: number,
  code: number,
  values: Int32Array = frame,
): number {
  const mask = isBigStack(access) ? -1 : 0xffff;
  const bytes = 1 << size;
  for (let i = 1; i <= count; i++) {
    const at = (esp - i * bytes) & mask;
    if (!withinLimit(access, limit, at, bytes)) cpu.raise(Vector.STACK, code);
    cpu.translation.probeWrite((base + at) | 0, bytes, user);
  }
  for (let i = 1; i <= count; i++) {
    const linear = (base + ((esp - i * bytes) & mask)) | 0;
    if (size === 2) cpu.translation.write32(linear, values[i - 1], user);
    else cpu.translation.write16(linear, values[i - 1] & 0xffff, user);
  }
  return (esp - count * bytes) & mask;
}

/** Write ESP or SP, as the stack segment's size says. */
export function setStackPointer(cpu: Processor, value: number): void {
  if (cpu.stackMask === -1) cpu.file[ESP] = value;
  else cpu.file16[2 * ESP] = value;
}

function enterProtected(cpu: Processor, vector: number, errorCode: number, external: number, image: number): void {
  const code = 8 * vector + IDT + external;
  if (8 * vector + 7 > cpu.idtLimit) cpu.raise(Vector.PROTECTION, code);
  const at = (cpu.idtBase + 8 * vector) | 0;
  decodeDescriptor(gate, cpu.translation.read32(at, 0), cpu.translation.read32((at + 4) | 0, 0));
  const type = (gate.access & 0x10) !== 0 ? -1 : gate.access & 15;
  if (!isInterruptGate(type)) cpu.raise(Vector.PROTECTION, code);
  if (external === 0 && privilegeOf(gate.access) < cpu.cpl) cpu.raise(Vector.PROTECTION, code);
  if (!isPresent(gate.access)) cpu.raise(Vector.NOT_PRESENT, code);
  if (type === SystemType.TASK_GATE) enterTask(cpu, gate.low >>> 16, errorCode, external);
  else enterThroughGate(cpu, type, errorCode, external, image);
}

function isInterruptGate(type: number): boolean {
  return (
    type === SystemType.TASK_GATE ||
    type === SystemType.INTERRUPT_GATE16 ||
    type === SystemType.TRAP_GATE16 ||
    type === SystemType.INTERRUPT_GATE32 ||
    type === SystemType.TRAP_GATE32
  );
}

function enterTask(cpu: Processor, selector: number, errorCode: number, external: number): void {
  switchTask(cpu, selector, TaskSwitch.INTERRUPT, external);
  if (errorCode === NO_ERROR_CODE) return;
  const big = (cpu.access[TR] & 8) !== 0;
  frame[0] = errorCode;
  const user = cpu.cpl === 3 ? 1 << 20 : 0;
  const sp = pushFrame(
    cpu,
    cpu.bases[SS],
    cpu.limits[SS],
    cpu.access[SS],
    cpu.file[ESP],
    1,
    big ? 2 : 1,
    user,
    external,
  );
  setStackPointer(cpu, sp);
}

function enterThroughGate(cpu: Processor, type: number, errorCode: number, external: number, image: number): void {
  const selector = gate.low >>> 16;
  if (isNull(selector)) cpu.raise(Vector.PROTECTION, external);
  const size = (type & 8) !== 0 ? 2 : 1;
  const offset = size === 2 ? (gate.high & 0xffff_0000) | (gate.low & 0xffff) : gate.low & 0xffff;
  requireGateTarget(cpu, selector, external);
  const privilege = privilegeOf(codeSegment.access);
  const inner = !isConforming(codeSegment.access) && privilege < cpu.cpl;
  if (cpu.virtual8086 && (!inner || privilege !== 0)) cpu.raise(Vector.PROTECTION, (selector & 0xfffc) | external);
  if (inner) enterInner(cpu, privilege, selector, offset, size, errorCode, external, image);
  else enterSame(cpu, selector, offset, size, errorCode, external, image);
  cpu.systemFlags &= (type & 1) !== 0 ? ~(TF | NT | RF | VM) : ~(TF | NT | RF | VM | IF);
}

/** The code segment that a gate names, with EXT in the error codes. */
function requireGateTarget(cpu: Processor, selector: number, external: number): void {
  requireWithExternal(cpu, selector, external);
  const { access } = codeSegment;
  if (!isCode(access) || privilegeOf(access) > cpu.cpl) cpu.raise(Vector.PROTECTION, (selector & 0xfffc) | external);
  if (!isPresent(access)) cpu.raise(Vector.NOT_PRESENT, (selector & 0xfffc) | external);
}

function requireWithExternal(cpu: Processor, selector: number, external: number): void {
  const limit = (selector & 4) !== 0 ? cpu.limits[6] : cpu.gdtLimit;
  if ((selector & 0xfff8) + 7 > limit) cpu.raise(Vector.PROTECTION, (selector & 0xfffc) | external);
  requireDescriptor(cpu, selector, codeSegment);
}

function enterSame(
  cpu: Processor,
  selector: number,
  offset: number,
  size: number,
  errorCode: number,
  external: number,
  image: number,
): void {
  if (offset >>> 0 > codeSegment.limit) cpu.raise(Vector.PROTECTION, external);
  const count = fillReturnFrame(cpu, 0, image, errorCode);
  const { file } = cpu;
  const user = cpu.cpl === 3 ? 1 << 20 : 0;
  markAccessed(cpu, codeSegment);
  const sp = pushFrame(cpu, cpu.bases[SS], cpu.limits[SS], cpu.access[SS], file[ESP], count, size, user, external);
  setStackPointer(cpu, sp);
  enterCode(cpu, selector, cpu.cpl, offset);
}

/** EFLAGS, CS, EIP and the error code from `frame[at]`; returns the number of values now in the frame. */
function fillReturnFrame(cpu: Processor, at: number, image: number, errorCode: number): number {
  frame[at] = image;
  frame[at + 1] = cpu.selectors[CS];
  frame[at + 2] = cpu.file[EIP];
  if (errorCode === NO_ERROR_CODE) return at + 3;
  frame[at + 3] = errorCode;
  return at + 4;
}

function enterCode(cpu: Processor, selector: number, cpl: number, offset: number): void {
  cpu.cpl = cpl;
  cpu.setSegment(CS, (selector & 0xfffc) | cpl, codeSegment.base, codeSegment.limit, codeSegment.access);
  cpu.file[EIP] = offset;
}

function enterInner(
  cpu: Processor,
  privilege: number,
  selector: number,
  offset: number,
  size: number,
  errorCode: number,
  external: number,
  image: number,
): void {
  const { file } = cpu;
  const stack = readTaskStack(cpu, privilege, external);
  requireInnerStack(cpu, stack.selector, privilege, external, stackSegment);
  if (offset >>> 0 > codeSegment.limit) cpu.raise(Vector.PROTECTION, external);
  const virtual = cpu.virtual8086;
  let at = 0;
  if (virtual) for (const segment of [GS, FS, DS, ES]) frame[at++] = cpu.selectors[segment];
  frame[at++] = cpu.selectors[SS];
  frame[at++] = file[ESP];
  const count = fillReturnFrame(cpu, at, image, errorCode);
  const code = (stack.selector & 0xfffc) | external;
  const sp = pushFrame(
    cpu,
    stackSegment.base,
    stackSegment.limit,
    stackSegment.access,
    stack.pointer,
    count,
    size,
    0,
    code,
  );
  markAccessed(cpu, stackSegment);
  markAccessed(cpu, codeSegment);
  cpu.systemFlags &= ~VM;
  enterCode(cpu, selector, privilege, offset);
  cpu.setSegment(SS, stack.selector, stackSegment.base, stackSegment.limit, stackSegment.access);
  if (virtual) for (const segment of [GS, FS, DS, ES]) cpu.clearSegment(segment, 0);
  file[ESP] = sp;
}

/** Stack of an inner privilege, with #TS for what is wrong with it. */
export function requireInnerStack(
  cpu: Processor,
  selector: number,
  privilege: number,
  external: number,
  into: Descriptor,
): void {
  if (isNull(selector)) cpu.raise(Vector.INVALID_TSS, external);
  requireStack(cpu, selector, privilege, Vector.INVALID_TSS, into);
}
