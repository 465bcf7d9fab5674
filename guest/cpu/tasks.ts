import { setControl0, setControl3 } from './control-registers';
import { ACCESS_PRESENT, type Processor } from './processor';
import {
  emptyDescriptor,
  fetchDescriptor,
  isCode,
  isConforming,
  isNull,
  isPresent,
  loadData,
  loadLocalTableRegister,
  loadVirtualSegment,
  markAccessed,
  privilegeOf,
  requireStack,
  SystemType,
  systemType,
} from './segmentation';
import { COMMITTED, CR0_PG, CR0_TS, CS, DS, EIP, ES, FS, GS, LDTR, NT, SS, TR, Vector, VM } from './state';

/** Task state segments and the hardware task switch ([SDM] vol. 3, chapter 7). */

/** What causes a task switch. */
export const TaskSwitch = { JUMP: 0, CALL: 1, INTERRUPT: 2, RETURN: 3 } as const;
export type TaskSwitch = (typeof TaskSwitch)[keyof typeof TaskSwitch];

/** Offsets in a 32-bit TSS ([SDM] vol. 3, figure 7-2); EIP, EFLAGS and the general registers follow CR3, then the segments. */
const TSS32 = { CR3: 0x1c, EIP: 0x20, SEGMENTS: 0x48, LDT: 0x60, TRAP: 0x64, BYTES: 0x68 } as const;
/** The same for 16 bits (figure 7-10). */
const TSS16 = { IP: 0x0e, SEGMENTS: 0x22, LDT: 0x2a, BYTES: 0x2c } as const;
const BUSY = 2;
/** DR6.BT. */
const DR6_TASK_SWITCH = 0x8000;

const target = emptyDescriptor();
const own = emptyDescriptor();
const code = emptyDescriptor();
const stack = emptyDescriptor();
/** EIP, EFLAGS, EAX ... EDI as read from the new task. */
const incoming = new Int32Array(10);
const incomingSegments = new Int32Array(6);
const stackPointer = { selector: 0, pointer: 0 };

function isTss32(access: number): boolean {
  return (access & 8) !== 0;
}

/** SS:ESP of privilege 0-2 from the current TSS. */
export function readTaskStack(
  cpu: Processor,
  privilege: number,
  external: number,
): { readonly selector: number; readonly pointer: number } {
  const { translation } = cpu;
  const big = isTss32(cpu.access[TR]);
  const at = big ? 4 + 8 * privilege : 2 + 4 * privilege;
  if (at + (big ? 5 : 3) > cpu.limits[TR]) cpu.raise(Vector.INVALID_TSS, (cpu.selectors[TR] & 0xfffc) | external);
  const linear = (cpu.bases[TR] + at) | 0;
  stackPointer.pointer = big ? translation.read32(linear, 0) : translation.read16(linear, 0);
  stackPointer.selector = translation.read16((linear + (big ? 4 : 2)) | 0, 0);
  return stackPointer;
}

/**
 * Switch to the task whose TSS descriptor `selector` names. The caller has checked the privilege of descriptor or gate.
 * @param external error-code bit 0 for events that the program did not cause
 */
export function switchTask(cpu: Processor, selector: number, cause: TaskSwitch, external: number): void {
  requireTask(cpu, selector, cause, external);
  const big = isTss32(target.access);
  readIncoming(cpu, big);
  const local = cpu.translation.read16((target.base + (big ? TSS32.LDT : TSS16.LDT)) | 0, 0);
  const cr3 = big ? cpu.translation.read32((target.base + TSS32.CR3) | 0, 0) : 0;
  const trap = big && (cpu.translation.read16((target.base + TSS32.TRAP) | 0, 0) & 1) !== 0;
  const previous = cpu.selectors[TR];
  leaveTask(cpu, cause);
  markTarget(cpu, cause, previous);
  cpu.setSegment(TR, selector, target.base, target.limit, target.access | BUSY);
  setControl0(cpu, cpu.cr0 | CR0_TS);
  if (big && (cpu.cr0 & CR0_PG) !== 0) setControl3(cpu, cr3);
  cpu.debug[7] &= ~0x155;
  enterTaskState(cpu, cause, big);
  // From here on, what goes wrong happens in the new task.
  cpu.file[COMMITTED] = 1;
  loadTaskSegments(cpu, local, external);
  cpu.file[COMMITTED] = 0;
  if (trap) cpu.noteDebug(DR6_TASK_SWITCH);
  cpu.updateAttention();
}

/** Fetch and check the descriptor into `target`. A bad one raises #GP, or #TS when IRET finds it by the back link. */
function requireTask(cpu: Processor, selector: number, cause: TaskSwitch, external: number): void {
  const vector = cause === TaskSwitch.RETURN ? Vector.INVALID_TSS : Vector.PROTECTION;
  const errorCode = (selector & 0xfffc) | external;
  if (isNull(selector) || (selector & 4) !== 0 || !fetchDescriptor(cpu, selector, target)) cpu.raise(vector, errorCode);
  const type = systemType(target.access);
  const wanted =
    cause === TaskSwitch.RETURN ? [SystemType.TSS16_BUSY, SystemType.TSS32_BUSY] : [SystemType.TSS16, SystemType.TSS32];
  if (type !== wanted[0] && type !== wanted[1]) cpu.raise(vector, errorCode);
  if (!isPresent(target.access)) cpu.raise(Vector.NOT_PRESENT, errorCode);
  const bytes = isTss32(target.access) ? TSS32.BYTES : TSS16.BYTES;
  if (target.limit < bytes - 1) cpu.raise(Vector.INVALID_TSS, errorCode);
}

function readIncoming(cpu: Processor, big: boolean): void {
  const { translation } = cpu;
  for (let i = 0; i < 10; i++) {
    incoming[i] = big
      ? translation.read32((target.base + TSS32.EIP + 4 * i) | 0, 0)
      : translation.read16((target.base + TSS16.IP + 2 * i) | 0, 0);
  }
  for (let segment = ES; segment <= GS; segment++) {
    const stored = big || segment <= DS;
    const at = big ? TSS32.SEGMENTS + 4 * segment : TSS16.SEGMENTS + 2 * segment;
    incomingSegments[segment] = stored ? translation.read16((target.base + at) | 0, 0) : 0;
  }
}

/** Save the state into the TSS that is left, and clear its busy bit unless the new task is nested in it. */
function leaveTask(cpu: Processor, cause: TaskSwitch): void {
  const { translation, file } = cpu;
  const base = cpu.bases[TR];
  const big = isTss32(cpu.access[TR]);
  const leaving = cause === TaskSwitch.JUMP || cause === TaskSwitch.RETURN;
  translation.probeWrite(base, big ? TSS32.LDT : TSS16.LDT, 0);
  if (leaving && fetchDescriptor(cpu, cpu.selectors[TR], own)) {
    translation.write8((own.address + 5) | 0, own.access & 0xff & ~BUSY, 0);
  }
  const flags = cause === TaskSwitch.RETURN ? cpu.flags & ~NT : cpu.flags;
  for (let i = 0; i < 10; i++) {
    const value = i === 0 ? file[EIP] : i === 1 ? flags : file[i - 2];
    if (big) translation.write32((base + TSS32.EIP + 4 * i) | 0, value, 0);
    else translation.write16((base + TSS16.IP + 2 * i) | 0, value & 0xffff, 0);
  }
  for (let segment = ES; segment <= (big ? GS : DS); segment++) {
    const at = big ? TSS32.SEGMENTS + 4 * segment : TSS16.SEGMENTS + 2 * segment;
    translation.write16((base + at) | 0, cpu.selectors[segment], 0);
  }
}

function markTarget(cpu: Processor, cause: TaskSwitch, previous: number): void {
  const { translation } = cpu;
  if (cause === TaskSwitch.CALL || cause === TaskSwitch.INTERRUPT) translation.write16(target.base, previous, 0);
  if (cause !== TaskSwitch.RETURN) translation.write8((target.address + 5) | 0, (target.access & 0xff) | BUSY, 0);
}

/** Registers and flags of the new task; its segments are named but not yet usable. */
function enterTaskState(cpu: Processor, cause: TaskSwitch, big: boolean): void {
  const { file } = cpu;
  file[EIP] = incoming[0];
  for (let i = 0; i < 8; i++) file[i] = big ? incoming[2 + i] : incoming[2 + i] | 0xffff_0000;
  const nested = cause === TaskSwitch.CALL || cause === TaskSwitch.INTERRUPT;
  cpu.flags = (big ? incoming[1] : incoming[1] & 0xffff) | (nested ? NT : 0);
  for (let segment = ES; segment <= GS; segment++) cpu.clearSegment(segment, incomingSegments[segment]);
}

/** Load LDTR and the segment registers; faults name the selector ([SDM] vol. 3, table 7-1). */
function loadTaskSegments(cpu: Processor, local: number, external: number): void {
  cpu.selectors[LDTR] = local;
  cpu.access[LDTR] &= ~ACCESS_PRESENT;
  loadLocalTableRegister(cpu, local, Vector.INVALID_TSS);
  if ((cpu.systemFlags & VM) !== 0) {
    for (let segment = ES; segment <= GS; segment++) loadVirtualSegment(cpu, segment, incomingSegments[segment]);
    cpu.setCpl(3);
    return;
  }
  loadTaskCode(cpu, incomingSegments[CS], external);
  loadTaskStack(cpu, incomingSegments[SS], external);
  for (const segment of [DS, ES, FS, GS]) loadData(cpu, segment, incomingSegments[segment], Vector.INVALID_TSS);
  if (cpu.file[EIP] >>> 0 > cpu.limits[CS]) cpu.raise(Vector.PROTECTION, external);
}

function loadTaskCode(cpu: Processor, selector: number, external: number): void {
  const errorCode = (selector & 0xfffc) | external;
  cpu.cpl = selector & 3;
  if (isNull(selector) || !fetchDescriptor(cpu, selector, code) || !isCode(code.access))
    cpu.raise(Vector.INVALID_TSS, errorCode);
  const privilege = privilegeOf(code.access);
  if (isConforming(code.access) ? privilege > cpu.cpl : privilege !== cpu.cpl) cpu.raise(Vector.INVALID_TSS, errorCode);
  if (!isPresent(code.access)) cpu.raise(Vector.NOT_PRESENT, errorCode);
  markAccessed(cpu, code);
  cpu.setSegment(CS, selector, code.base, code.limit, code.access);
}

function loadTaskStack(cpu: Processor, selector: number, external: number): void {
  if (isNull(selector)) cpu.raise(Vector.INVALID_TSS, external);
  requireStack(cpu, selector, cpu.cpl, Vector.INVALID_TSS, stack);
  markAccessed(cpu, stack);
  cpu.setSegment(SS, selector, stack.base, stack.limit, stack.access);
}
