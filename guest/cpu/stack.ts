import { infoRm, infoSegment, infoSize, operandSize, readOperand } from './operands';
import type { Processor } from './processor';
import { loadSegment } from './segmentation';
import { EBP, ESP, IF, IOPL, RF, SS, VM } from './state';

/** The stack as instructions use it: 16 or 32 bits wide pushes on a stack addressed by SP or ESP. */

/** Values are written before ESP changes, so a fault leaves no trace. */
export function push(cpu: Processor, value: number, size: number): void {
  const top = (cpu.file[ESP] - (1 << size)) & cpu.stackMask;
  cpu.write(SS, top, size === 1 ? value & 0xffff : value, size);
  moveStackPointer(cpu, -(1 << size));
}

/** Value `distance` bytes above the top of the stack. */
export function peek(cpu: Processor, distance: number, size: number): number {
  return cpu.read(SS, (cpu.file[ESP] + distance) & cpu.stackMask, size);
}

/** Add to ESP or SP. */
export function moveStackPointer(cpu: Processor, distance: number): void {
  if (cpu.stackMask === -1) cpu.file[ESP] += distance;
  else cpu.file16[2 * ESP] += distance;
}

/** PUSH r and PUSH r/m. */
export function pushOperand(cpu: Processor, info: number): void {
  push(cpu, readOperand(cpu, info), infoSize(info));
}

export function pushImmediate(cpu: Processor, info: number, immediate: number): void {
  push(cpu, immediate, operandSize(info));
}

/** PUSH Sreg; with 32-bit operands only the low half is written (and checked), as processors since the P6 do. */
export function pushSegment(cpu: Processor, info: number, immediate: number): void {
  const size = operandSize(info);
  const top = (cpu.file[ESP] - (1 << size)) & cpu.stackMask;
  cpu.write16(SS, top, cpu.selectors[immediate]);
  moveStackPointer(cpu, -(1 << size));
}

/** POP Sreg reads 16 bits, whatever the operand size. */
export function popSegment(cpu: Processor, info: number, immediate: number): void {
  const size = operandSize(info);
  loadSegment(cpu, immediate, peek(cpu, 0, 1));
  moveStackPointer(cpu, 1 << size);
  if (immediate === SS) cpu.openShadow(true);
}

/** POP r: POP ESP leaves the popped value. */
export function popRegister(cpu: Processor, info: number): void {
  const size = infoSize(info);
  const value = peek(cpu, 0, size);
  moveStackPointer(cpu, 1 << size);
  cpu.setRegister(infoRm(info), size, value);
}

/**
 * POP m: an address formed with ESP uses its value after the pop; `immediate` is 1 for such an address
 * (the record before has used the old value), 0 for others.
 */
export function popMemory(cpu: Processor, info: number, immediate: number): void {
  const size = infoSize(info);
  const value = peek(cpu, 0, size);
  cpu.write(infoSegment(info), (cpu.effectiveAddress + immediate * (1 << size)) | 0, value, size);
  moveStackPointer(cpu, 1 << size);
}

/** PUSHA: the ESP that is stored is the one before. A fault half-way leaves what was pushed below ESP, as on a processor. */
export function pushAll(cpu: Processor, info: number): void {
  const size = operandSize(info);
  const bytes = 1 << size;
  const { file, stackMask } = cpu;
  const esp = file[ESP];
  for (let i = 0; i < 8; i++) cpu.write(SS, (esp - (i + 1) * bytes) & stackMask, cpu.register(i, size), size);
  moveStackPointer(cpu, -8 * bytes);
}

/** POPA: the stored ESP is skipped. A fault half-way leaves the registers popped so far, as on a processor; ESP still stands. */
export function popAll(cpu: Processor, info: number): void {
  const size = operandSize(info);
  for (let i = 0; i < 8; i++) {
    const value = peek(cpu, i << size, size);
    if (7 - i !== ESP) cpu.setRegister(7 - i, size, value);
  }
  moveStackPointer(cpu, 8 << size);
}

/** ENTER; `immediate` holds the frame's bytes in bits 0-15 and the nesting level above. */
export function enterFrame(cpu: Processor, info: number, immediate: number): void {
  const size = operandSize(info);
  const bytes = 1 << size;
  const level = (immediate >>> 16) & 31;
  const { file, stackMask } = cpu;
  const esp = file[ESP];
  const frame = (esp - bytes) | 0;
  const depth = level + 1;
  // In this order, as the display may overlap the new frame.
  cpu.write(SS, frame & stackMask, cpu.register(EBP, size), size);
  for (let i = 1; i < level; i++) {
    const display = cpu.read(SS, (file[EBP] - i * bytes) & stackMask, size);
    cpu.write(SS, (esp - (i + 1) * bytes) & stackMask, display, size);
  }
  if (level > 0) cpu.write(SS, (esp - depth * bytes) & stackMask, size === 1 ? frame & 0xffff : frame, size);
  // The processor also checks that the new top can be written ([SDM] vol. 2, ENTER).
  cpu.probeWrite(SS, (esp - depth * bytes - (immediate & 0xffff)) & stackMask, bytes);
  moveStackPointer(cpu, -(depth * bytes) - (immediate & 0xffff));
  cpu.setRegister(EBP, size, frame);
}

/** LEAVE. */
export function leaveFrame(cpu: Processor, info: number): void {
  const size = operandSize(info);
  const { file } = cpu;
  const base = file[EBP];
  const value = cpu.read(SS, base & cpu.stackMask, size);
  const top = base + (1 << size);
  if (cpu.stackMask === -1) file[ESP] = top;
  else cpu.file16[2 * ESP] = top;
  cpu.setRegister(EBP, size, value);
}

/** PUSHF: VM and RF read as zero. In virtual-8086 mode it needs IOPL 3. */
export function pushFlags(cpu: Processor, info: number): void {
  if (cpu.virtual8086 && cpu.ioPrivilege < 3) cpu.protectionFault();
  push(cpu, cpu.flags & ~(VM | RF), operandSize(info));
}

/** POPF ([SDM] vol. 2): IOPL changes at CPL 0 only, IF where CPL is within IOPL; other bits silently stay. */
export function popFlags(cpu: Processor, info: number): void {
  if (cpu.virtual8086 && cpu.ioPrivilege < 3) cpu.protectionFault();
  const size = operandSize(info);
  const value = peek(cpu, 0, size);
  moveStackPointer(cpu, 1 << size);
  const kept = keptFlags(cpu) | VM | RF | (size === 1 ? 0xffff_0000 : 0);
  cpu.flags = (cpu.flags & kept & ~(size === 2 ? RF : 0)) | (value & ~kept);
}

/** Flags that the present privilege cannot change by POPF or IRET. */
export function keptFlags(cpu: Processor): number {
  if (!cpu.protectedMode) return 0;
  return (cpu.cpl > 0 ? IOPL : 0) | (cpu.cpl > cpu.ioPrivilege ? IF : 0);
}
