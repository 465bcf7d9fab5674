import { Exit } from '../../hypervisor/abi/vcpu';
import { infoSegment, operandSize } from './operands';
import type { Processor } from './processor';
import {
  CR0_EM,
  CR0_MP,
  CR0_TS,
  CR4_TSD,
  DF,
  EAX,
  ECX,
  EDX,
  EIP,
  IF,
  LEAVING,
  NEXT_EIP,
  SYSTEM_FLAGS,
  Vector,
} from './state';
import type { FloatingPointUnit } from './x87-interface';

/** Flags, halting, time, model-specific registers, and what hands over to the hypervisor or to the floating-point unit. */

function requirePrivilege(cpu: Processor): void {
  if (cpu.cpl !== 0) cpu.protectionFault();
}

/** HLT: the vCPU leaves with EIP behind the instruction and stays halted. */
export function halt(cpu: Processor): void {
  requirePrivilege(cpu);
  cpu.halted = true;
  leaveBehind(cpu, Exit.HALT);
}

/** VMCALL: leaves with EIP behind the instruction; the hypervisor answers in the registers. */
export function hypercall(cpu: Processor): void {
  leaveBehind(cpu, Exit.HYPERCALL);
}

function leaveBehind(cpu: Processor, reason: typeof Exit.HALT | typeof Exit.HYPERCALL): void {
  cpu.describeExit(reason, 0, 0, 0);
  cpu.file[EIP] = cpu.file[NEXT_EIP];
  cpu.file[LEAVING] = 1;
}

/** CLI. */
export function clearInterruptFlag(cpu: Processor): void {
  requireIoPrivilege(cpu);
  cpu.systemFlags &= ~IF;
}

/** STI: interrupts stay off for one more instruction, if they were off. */
export function setInterruptFlag(cpu: Processor): void {
  requireIoPrivilege(cpu);
  if ((cpu.file[SYSTEM_FLAGS] & IF) !== 0) return;
  cpu.systemFlags |= IF;
  cpu.openShadow(false);
}

function requireIoPrivilege(cpu: Processor): void {
  if (cpu.protectedMode && cpu.cpl > cpu.ioPrivilege) cpu.protectionFault();
}

/** CLD and STD: `immediate` 0 or 1. */
export function setDirection(cpu: Processor, _info: number, immediate: number): void {
  const flags = cpu.file[SYSTEM_FLAGS];
  cpu.file[SYSTEM_FLAGS] = immediate === 0 ? flags & ~DF : flags | DF;
}

/** RDTSC. */
export function readTimestamp(cpu: Processor): void {
  if ((cpu.cr4 & CR4_TSD) !== 0 && cpu.cpl !== 0) cpu.protectionFault();
  storePair(cpu, timestamp(cpu));
}

function timestamp(cpu: Processor): bigint {
  return BigInt(cpu.readTimestamp()) + cpu.timestampOffset;
}

function storePair(cpu: Processor, value: bigint): void {
  cpu.file[EAX] = Number(BigInt.asIntN(32, value));
  cpu.file[EDX] = Number(BigInt.asIntN(32, value >> 32n));
}

/** IA32_TIME_STAMP_COUNTER ([SDM] vol. 4, 2.1). */
const MSR_TSC = 0x10;
/** IA32_PLATFORM_ID and IA32_BIOS_SIGN_ID read as zero: kernels of the P6 family ask for them unconditionally. */
const MSR_ZERO = [0x17, 0x8b];

/** RDMSR. */
export function readMsr(cpu: Processor): void {
  requirePrivilege(cpu);
  const index = cpu.file[ECX] >>> 0;
  if (index === MSR_TSC) storePair(cpu, timestamp(cpu));
  else if (MSR_ZERO.includes(index)) storePair(cpu, 0n);
  else cpu.protectionFault();
}

/** WRMSR. */
export function writeMsr(cpu: Processor): void {
  requirePrivilege(cpu);
  const index = cpu.file[ECX] >>> 0;
  if (index === MSR_TSC) {
    const value = (BigInt(cpu.file[EDX] >>> 0) << 32n) | BigInt(cpu.file[EAX] >>> 0);
    cpu.timestampOffset = value - BigInt(cpu.readTimestamp());
  } else if (!MSR_ZERO.includes(index)) cpu.protectionFault();
}

/** INVLPG. */
export function invalidatePage(cpu: Processor, info: number): void {
  requirePrivilege(cpu);
  cpu.translation.invalidate((cpu.bases[infoSegment(info)] + cpu.effectiveAddress) | 0);
}

/** WBINVD and INVD: there is no cache to write back. */
export function flushCaches(cpu: Processor): void {
  requirePrivilege(cpu);
}

/** UD2 and every reserved encoding. */
export function undefinedInstruction(cpu: Processor): void {
  cpu.undefinedOpcode();
}

/** An instruction longer than 15 bytes. */
export function overlongInstruction(cpu: Processor): void {
  cpu.protectionFault();
}

/** WAIT. */
export function waitForUnit(cpu: Processor): void {
  if ((cpu.cr0 & (CR0_MP | CR0_TS)) === (CR0_MP | CR0_TS)) cpu.raise(Vector.NO_MATH);
  cpu.unit?.wait();
}

/** ESC: `immediate` holds the opcode in bits 0-7 and ModRM in bits 8-15. Without a unit it does nothing, as on a 486SX. */
export function escapeToUnit(cpu: Processor, info: number, immediate: number): void {
  if ((cpu.cr0 & (CR0_EM | CR0_TS)) !== 0) cpu.raise(Vector.NO_MATH);
  if (cpu.unit === undefined) return;
  cpu.unitOperandSize = operandSize(info);
  const known = cpu.unit.execute(immediate & 0xff, (immediate >>> 8) & 0xff, infoSegment(info), cpu.effectiveAddress);
  if (!known) cpu.undefinedOpcode();
}

/** FXSAVE and FXRSTOR want their operand on a multiple of 16 ([SDM] vol. 2, FXSAVE). */
const IMAGE_ALIGNMENT = 16;

/** FXSAVE. */
export function saveUnit(cpu: Processor, info: number): void {
  unitForImage(cpu, info)?.saveImage(infoSegment(info), cpu.effectiveAddress);
}

/** FXRSTOR. */
export function restoreUnit(cpu: Processor, info: number): void {
  unitForImage(cpu, info)?.restoreImage(infoSegment(info), cpu.effectiveAddress);
}

/** The unit, after everything that CR0 and the operand's place have to say. */
function unitForImage(cpu: Processor, info: number): FloatingPointUnit | undefined {
  if ((cpu.cr0 & (CR0_EM | CR0_TS)) !== 0) cpu.raise(Vector.NO_MATH);
  if (cpu.unit === undefined) cpu.undefinedOpcode();
  if (((cpu.bases[infoSegment(info)] + cpu.effectiveAddress) & (IMAGE_ALIGNMENT - 1)) !== 0) cpu.protectionFault();
  return cpu.unit;
}
