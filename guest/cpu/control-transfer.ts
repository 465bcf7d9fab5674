import { pushFrame, requireInnerStack, setStackPointer, softwareInterrupt } from './exceptions';
import { addressMask, infoReg, infoSegment, operandSize, readOperand } from './operands';
import { ACCESS_REAL, type Processor } from './processor';
import {
  emptyDescriptor,
  isCode,
  isConforming,
  isNull,
  isPresent,
  loadVirtualSegment,
  markAccessed,
  privilegeOf,
  requireDescriptor,
  requireStack,
  SystemType,
  systemType,
} from './segmentation';
import { keptFlags, moveStackPointer, peek, push } from './stack';
import {
  ATTENTION,
  ATTENTION_SHADOW,
  COMMITTED,
  CS,
  DS,
  ECX,
  EIP,
  ES,
  ESP,
  FLAG_CARRY,
  FLAG_ZERO,
  FS,
  GS,
  IOPL,
  NEXT_EIP,
  NT,
  SS,
  TR,
  Vector,
  VM,
} from './state';
import { readTaskStack, switchTask, TaskSwitch } from './tasks';

/**
 * Control transfers that the loop does not do itself ([SDM] vol. 3, 5.8). Every handler here leaves the next
 * instruction's offset in EIP, and changes nothing before the last thing that can fault.
 */

const segment = emptyDescriptor();
const stackSegment = emptyDescriptor();
const frame = new Int32Array(64);

/** Offset masked to the operand size and checked against the limit of CS. */
function requireOffset(cpu: Processor, offset: number, size: number): number {
  const target = size === 1 ? offset & 0xffff : offset;
  if (target >>> 0 > cpu.limits[CS]) cpu.protectionFault();
  return target;
}

// --- near transfers

/** CALL rel. */
export function callRelative(cpu: Processor, info: number, immediate: number): void {
  callNear(cpu, cpu.file[NEXT_EIP] + immediate, operandSize(info));
}

/** CALL r/m. */
export function callOperand(cpu: Processor, info: number): void {
  callNear(cpu, readOperand(cpu, info), operandSize(info));
}

function callNear(cpu: Processor, offset: number, size: number): void {
  const target = requireOffset(cpu, offset, size);
  push(cpu, cpu.file[NEXT_EIP], size);
  cpu.file[EIP] = target;
}

/** JMP rel. */
export function jumpRelative(cpu: Processor, info: number, immediate: number): void {
  cpu.file[EIP] = requireOffset(cpu, cpu.file[NEXT_EIP] + immediate, operandSize(info));
}

/** JMP r/m. */
export function jumpOperand(cpu: Processor, info: number): void {
  cpu.file[EIP] = requireOffset(cpu, readOperand(cpu, info), operandSize(info));
}

/** RET and RET n. */
export function returnNear(cpu: Processor, info: number, immediate: number): void {
  const size = operandSize(info);
  const target = requireOffset(cpu, peek(cpu, 0, size), size);
  moveStackPointer(cpu, (1 << size) + immediate);
  cpu.file[EIP] = target;
}

/** LOOPNE, LOOPE, LOOP, JECXZ: ModRM.reg field 0-3. The counter's width is that of addresses. */
export function loopRelative(cpu: Processor, info: number, immediate: number): void {
  const { file } = cpu;
  const kind = infoReg(info);
  const mask = addressMask(info);
  const count = (file[ECX] - (kind === 3 ? 0 : 1)) & mask;
  const zero = file[FLAG_ZERO] === 0;
  const taken = kind === 3 ? count === 0 : count !== 0 && (kind === 2 || zero === (kind === 1));
  const target = taken ? requireOffset(cpu, file[NEXT_EIP] + immediate, operandSize(info)) : file[NEXT_EIP];
  if (mask === -1) file[ECX] = count;
  else cpu.file16[2 * ECX] = count;
  file[EIP] = target;
}

// --- far transfers

/** JMP ptr16:16/32: offset in `immediate`, selector in the TEMPORARY register's record before. */
export function jumpFarImmediate(cpu: Processor, info: number, immediate: number): void {
  jumpFar(cpu, cpu.file[9] & 0xffff, immediate, operandSize(info));
}

/** JMP m16:16/32. */
export function jumpFarMemory(cpu: Processor, info: number): void {
  const size = operandSize(info);
  const offset = cpu.read(infoSegment(info), cpu.effectiveAddress, size);
  jumpFar(cpu, farSelector(cpu, info, size), offset, size);
}

export function callFarImmediate(cpu: Processor, info: number, immediate: number): void {
  callFar(cpu, cpu.file[9] & 0xffff, immediate, operandSize(info));
}

export function callFarMemory(cpu: Processor, info: number): void {
  const size = operandSize(info);
  const offset = cpu.read(infoSegment(info), cpu.effectiveAddress, size);
  callFar(cpu, farSelector(cpu, info, size), offset, size);
}

function farSelector(cpu: Processor, info: number, size: number): number {
  return cpu.read16(infoSegment(info), (cpu.effectiveAddress + (1 << size)) & addressMask(info));
}

/** Real and virtual-8086 mode: CS keeps its limit. */
function enterRealCode(cpu: Processor, selector: number, offset: number): void {
  if (cpu.virtual8086) loadVirtualSegment(cpu, CS, selector);
  else cpu.setSegment(CS, selector, selector << 4, cpu.limits[CS], ACCESS_REAL);
  cpu.file[EIP] = offset;
}

function jumpFar(cpu: Processor, selector: number, offset: number, size: number): void {
  if (!cpu.descriptorsUsed) {
    enterRealCode(cpu, selector, requireOffset(cpu, offset, size));
    return;
  }
  fetchTarget(cpu, selector);
  if (isCode(segment.access)) {
    requireReachable(cpu, selector, selector & 3);
    enterCode(cpu, selector, offset, cpu.cpl);
  } else jumpToSystem(cpu, selector);
}

function fetchTarget(cpu: Processor, selector: number): void {
  if (isNull(selector)) cpu.protectionFault();
  requireDescriptor(cpu, selector, segment);
}

/** The code segment in `segment` can be entered at the present privilege, without a gate. */
function requireReachable(cpu: Processor, selector: number, requested: number): void {
  const { access } = segment;
  const privilege = privilegeOf(access);
  const denied = isConforming(access) ? privilege > cpu.cpl : requested > cpu.cpl || privilege !== cpu.cpl;
  if (denied) cpu.raise(Vector.PROTECTION, selector & 0xfffc);
  if (!isPresent(access)) cpu.raise(Vector.NOT_PRESENT, selector & 0xfffc);
}

/** Enter the code segment in `segment`. */
function enterCode(cpu: Processor, selector: number, offset: number, cpl: number): void {
  if (offset >>> 0 > segment.limit) cpu.protectionFault();
  markAccessed(cpu, segment);
  cpu.cpl = cpl;
  cpu.setSegment(CS, (selector & 0xfffc) | cpl, segment.base, segment.limit, segment.access);
  cpu.file[EIP] = offset;
}

/** The descriptor in `segment` is a gate or a TSS: check that CPL and RPL may use it. Returns its type. */
function requireSystem(cpu: Processor, selector: number): number {
  const { access } = segment;
  const type = systemType(access);
  const known =
    type === SystemType.CALL_GATE16 ||
    type === SystemType.CALL_GATE32 ||
    type === SystemType.TASK_GATE ||
    type === SystemType.TSS16 ||
    type === SystemType.TSS32;
  if (!known || privilegeOf(access) < Math.max(cpu.cpl, selector & 3)) cpu.raise(Vector.PROTECTION, selector & 0xfffc);
  if (!isPresent(access)) cpu.raise(Vector.NOT_PRESENT, selector & 0xfffc);
  return type;
}

function isCallGate(type: number): boolean {
  return type === SystemType.CALL_GATE16 || type === SystemType.CALL_GATE32;
}

function jumpToSystem(cpu: Processor, selector: number): void {
  const type = requireSystem(cpu, selector);
  if (!isCallGate(type)) {
    leaveForTask(cpu, type === SystemType.TASK_GATE ? segment.low >>> 16 : selector, TaskSwitch.JUMP);
    return;
  }
  const offset = gateOffset(type);
  const target = segment.low >>> 16;
  fetchTarget(cpu, target);
  if (!isCode(segment.access)) cpu.raise(Vector.PROTECTION, target & 0xfffc);
  requireReachable(cpu, target, 0);
  enterCode(cpu, target, offset, cpu.cpl);
}

/** Offset in the call gate in `segment`. */
function gateOffset(type: number): number {
  const low = segment.low & 0xffff;
  return type === SystemType.CALL_GATE32 ? (segment.high & 0xffff_0000) | low : low;
}

/** The outgoing task resumes behind this instruction. */
function leaveForTask(cpu: Processor, selector: number, cause: TaskSwitch): void {
  const { file } = cpu;
  const own = file[EIP];
  file[EIP] = file[NEXT_EIP];
  try {
    switchTask(cpu, selector, cause, 0);
  } catch (reason) {
    if (file[COMMITTED] === 0) file[EIP] = own;
    throw reason;
  }
}

function callFar(cpu: Processor, selector: number, offset: number, size: number): void {
  if (!cpu.descriptorsUsed) {
    const target = requireOffset(cpu, offset, size);
    pushReturn(cpu, size);
    enterRealCode(cpu, selector, target);
    return;
  }
  fetchTarget(cpu, selector);
  if (isCode(segment.access)) {
    requireReachable(cpu, selector, selector & 3);
    if (offset >>> 0 > segment.limit) cpu.protectionFault();
    pushReturn(cpu, size);
    enterCode(cpu, selector, offset, cpu.cpl);
    return;
  }
  const type = requireSystem(cpu, selector);
  if (isCallGate(type)) callThroughGate(cpu, type);
  else leaveForTask(cpu, type === SystemType.TASK_GATE ? segment.low >>> 16 : selector, TaskSwitch.CALL);
}

/** Push CS and the return offset on the present stack; both are checked first. */
function pushReturn(cpu: Processor, size: number): void {
  frame[0] = cpu.selectors[CS];
  frame[1] = cpu.file[NEXT_EIP];
  pushOnStack(cpu, 2, size);
}

function pushOnStack(cpu: Processor, count: number, size: number): void {
  const { bases, limits, access, file } = cpu;
  const user = cpu.cpl === 3 ? 1 << 20 : 0;
  setStackPointer(cpu, pushFrame(cpu, bases[SS], limits[SS], access[SS], file[ESP], count, size, user, 0, frame));
}

/** The gate is in `segment`. */
function callThroughGate(cpu: Processor, type: number): void {
  const size = type === SystemType.CALL_GATE32 ? 2 : 1;
  const offset = gateOffset(type);
  const selector = segment.low >>> 16;
  const parameters = segment.high & 31;
  fetchTarget(cpu, selector);
  const { access } = segment;
  const privilege = privilegeOf(access);
  if (!isCode(access) || privilege > cpu.cpl) cpu.raise(Vector.PROTECTION, selector & 0xfffc);
  if (!isPresent(access)) cpu.raise(Vector.NOT_PRESENT, selector & 0xfffc);
  if (offset >>> 0 > segment.limit) cpu.protectionFault();
  if (!isConforming(access) && privilege < cpu.cpl) callInner(cpu, selector, offset, size, privilege, parameters);
  else {
    pushReturn(cpu, size);
    enterCode(cpu, selector, offset, cpu.cpl);
  }
}

/** CALL to an inner privilege: a new stack with SS, ESP, the parameters, CS and EIP. */
function callInner(
  cpu: Processor,
  selector: number,
  offset: number,
  size: number,
  privilege: number,
  parameters: number,
): void {
  const stack = readTaskStack(cpu, privilege, 0);
  requireInnerStack(cpu, stack.selector, privilege, 0, stackSegment);
  frame[0] = cpu.selectors[SS];
  frame[1] = cpu.file[ESP];
  for (let i = 0; i < parameters; i++) frame[2 + i] = peek(cpu, (parameters - 1 - i) << size, size);
  frame[2 + parameters] = cpu.selectors[CS];
  frame[3 + parameters] = cpu.file[NEXT_EIP];
  const { base, limit, access } = stackSegment;
  const sp = pushFrame(
    cpu,
    base,
    limit,
    access,
    stack.pointer,
    4 + parameters,
    size,
    0,
    stack.selector & 0xfffc,
    frame,
  );
  markAccessed(cpu, stackSegment);
  enterCode(cpu, selector, offset, privilege);
  cpu.setSegment(SS, stack.selector, base, limit, stackSegment.access);
  cpu.file[ESP] = sp;
}

/** RETF and RETF n. Like IRET it reads the stack from the far end, which CR2 shows. */
export function returnFar(cpu: Processor, info: number, immediate: number): void {
  const size = operandSize(info);
  const selector = peek(cpu, 1 << size, 1);
  const offset = peek(cpu, 0, size);
  if (!cpu.descriptorsUsed) {
    const target = requireOffset(cpu, offset, size);
    moveStackPointer(cpu, (2 << size) + immediate);
    enterRealCode(cpu, selector, target);
    return;
  }
  requireReturnCode(cpu, selector, offset);
  if ((selector & 3) === cpu.cpl) {
    enterCode(cpu, selector, offset, cpu.cpl);
    moveStackPointer(cpu, (2 << size) + immediate);
  } else returnOuter(cpu, selector, offset, size, (2 << size) + immediate, immediate);
}

/** Fetch the code segment that a far return names into `segment`. */
function requireReturnCode(cpu: Processor, selector: number, offset: number): void {
  fetchTarget(cpu, selector);
  const { access } = segment;
  const privilege = privilegeOf(access);
  const requested = selector & 3;
  const denied =
    !isCode(access) || requested < cpu.cpl || (isConforming(access) ? privilege > requested : privilege !== requested);
  if (denied) cpu.raise(Vector.PROTECTION, selector & 0xfffc);
  if (!isPresent(access)) cpu.raise(Vector.NOT_PRESENT, selector & 0xfffc);
  if (offset >>> 0 > segment.limit) cpu.protectionFault();
}

/**
 * Return to an outer privilege: SS:ESP come from the stack too.
 * @param distance bytes from the top of the stack to the stored ESP
 * @param release bytes of parameters to drop from the outer stack
 */
function returnOuter(
  cpu: Processor,
  selector: number,
  offset: number,
  size: number,
  distance: number,
  release: number,
): void {
  const esp = peek(cpu, distance, size);
  const ss = peek(cpu, distance + (1 << size), 1);
  const privilege = selector & 3;
  if (isNull(ss)) cpu.protectionFault();
  requireStack(cpu, ss, privilege, Vector.PROTECTION, stackSegment);
  markAccessed(cpu, stackSegment);
  enterCode(cpu, selector, offset, privilege);
  cpu.setSegment(SS, ss, stackSegment.base, stackSegment.limit, stackSegment.access);
  setStackPointer(cpu, esp + release);
  for (const index of [ES, DS, FS, GS]) dropPrivileged(cpu, index);
}

/** A data segment that the outer privilege may not use becomes null. */
function dropPrivileged(cpu: Processor, index: number): void {
  const access = cpu.access[index];
  if ((!isCode(access) || !isConforming(access)) && privilegeOf(access) < cpu.cpl) cpu.clearSegment(index, 0);
}

// --- interrupts

/** INT n, and INT3 with vector 3. */
export function interruptInstruction(cpu: Processor, _info: number, immediate: number): void {
  if (cpu.virtual8086 && cpu.ioPrivilege < 3) cpu.protectionFault();
  enterSoftware(cpu, immediate, true);
}

/** INT3, which is not subject to IOPL. */
export function breakpointInstruction(cpu: Processor): void {
  enterSoftware(cpu, Vector.BREAKPOINT);
}

/** INT1 (F1): a #DB that no gate's privilege keeps out ([SDM] vol. 2, INT). */
export function debugInstruction(cpu: Processor): void {
  enterSoftware(cpu, Vector.DEBUG);
}

/** INTO: traps when OF is set. */
export function interruptOnOverflow(cpu: Processor): void {
  const carry = cpu.file[FLAG_CARRY];
  if ((carry ^ (carry << 1)) < 0) enterSoftware(cpu, Vector.OVERFLOW);
  else cpu.file[EIP] = cpu.file[NEXT_EIP];
}

/** `byNumber`: the instruction names the vector, INT 1 unlike INT1. */
function enterSoftware(cpu: Processor, vector: number, byNumber = false): void {
  const { file } = cpu;
  const own = file[EIP];
  file[EIP] = file[NEXT_EIP];
  try {
    softwareInterrupt(cpu, vector, vector === Vector.DEBUG && !byNumber);
  } catch (reason) {
    if (file[COMMITTED] === 0) file[EIP] = own;
    throw reason;
  }
}

/** IRET ([SDM] vol. 2). */
export function interruptReturn(cpu: Processor, info: number): void {
  const size = operandSize(info);
  if (cpu.descriptorsUsed) returnProtected(cpu, size);
  else {
    if (cpu.virtual8086 && cpu.ioPrivilege < 3) cpu.protectionFault();
    const image = peek(cpu, 2 << size, size);
    const selector = peek(cpu, 1 << size, 1);
    const offset = requireOffset(cpu, peek(cpu, 0, size), size);
    moveStackPointer(cpu, 3 << size);
    enterRealCode(cpu, selector, offset);
    restoreFlags(cpu, image, (cpu.virtual8086 ? IOPL : 0) | VM, size);
  }
}

/** Take EFLAGS from a stack image, except the bits in `kept` and the upper half in the 16-bit form. */
function restoreFlags(cpu: Processor, image: number, kept: number, size: number): void {
  const stays = kept | (size === 1 ? 0xffff_0000 : 0);
  cpu.flags = (cpu.flags & stays) | (image & ~stays);
  cpu.file[ATTENTION] &= ~ATTENTION_SHADOW;
}

function returnProtected(cpu: Processor, size: number): void {
  if ((cpu.systemFlags & NT) !== 0) {
    leaveForTask(cpu, cpu.translation.read16(cpu.bases[TR], 0), TaskSwitch.RETURN);
    return;
  }
  const image = peek(cpu, 2 << size, size);
  const selector = peek(cpu, 1 << size, 1);
  const offset = peek(cpu, 0, size);
  if (size === 2 && (image & VM) !== 0 && cpu.cpl === 0) {
    returnToVirtual(cpu, offset, selector, image);
    return;
  }
  const kept = keptFlags(cpu) | VM;
  requireReturnCode(cpu, selector, offset);
  if ((selector & 3) === cpu.cpl) {
    enterCode(cpu, selector, offset, cpu.cpl);
    moveStackPointer(cpu, 3 << size);
  } else returnOuter(cpu, selector, offset, size, 3 << size, 0);
  restoreFlags(cpu, image, kept, size);
}

function returnToVirtual(cpu: Processor, offset: number, selector: number, image: number): void {
  const esp = peek(cpu, 12, 2);
  for (let i = 0; i < 5; i++) frame[i] = peek(cpu, 16 + 4 * i, 2) & 0xffff;
  cpu.flags = image;
  loadVirtualSegment(cpu, CS, selector);
  loadVirtualSegment(cpu, SS, frame[0]);
  loadVirtualSegment(cpu, ES, frame[1]);
  loadVirtualSegment(cpu, DS, frame[2]);
  loadVirtualSegment(cpu, FS, frame[3]);
  loadVirtualSegment(cpu, GS, frame[4]);
  cpu.file[ESP] = esp;
  cpu.file[EIP] = offset & 0xffff;
  cpu.setCpl(3);
}
