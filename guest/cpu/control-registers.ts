import { infoReg, infoRm, readOperand, writeOperand } from './operands';
import type { Processor } from './processor';
import {
  CR0_AM,
  CR0_CD,
  CR0_EM,
  CR0_ET,
  CR0_MP,
  CR0_NE,
  CR0_NW,
  CR0_PE,
  CR0_PG,
  CR0_TS,
  CR0_WP,
  CR4_DE,
  CR4_OSFXSR,
  CR4_PGE,
  CR4_PSE,
  CR4_TSD,
} from './state';

/** Control and debug registers ([SDM] vol. 3, 2.5 and 17.2). */

const CR0_BITS = CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_NE | CR0_WP | CR0_AM | CR0_NW | CR0_CD | CR0_PG;
/** Bits whose features are advertised; setting others raises #GP. */
const CR4_BITS = CR4_TSD | CR4_DE | CR4_PSE | CR4_PGE | CR4_OSFXSR;
/** Bits that read as one in DR6 and DR7. */
const DR6_ONES = 0xffff_0ff0 | 0;
const DR7_ONES = 0x400;

/** Write CR0; ET is fixed to one. The caller has checked the combination. */
export function setControl0(cpu: Processor, value: number): void {
  const changed = cpu.cr0 ^ value;
  cpu.cr0 = (value & CR0_BITS) | CR0_ET;
  cpu.translation.cr0 = cpu.cr0;
  if ((changed & (CR0_PG | CR0_WP | CR0_PE)) !== 0) cpu.translation.flush(true);
  cpu.updateMode();
}

/** Write CR3; translations of global pages survive. */
export function setControl3(cpu: Processor, value: number): void {
  cpu.cr3 = value;
  cpu.translation.cr3 = value;
  cpu.translation.flush(false);
}

export function setControl4(cpu: Processor, value: number): void {
  const changed = cpu.cr4 ^ value;
  cpu.cr4 = value;
  cpu.translation.cr4 = value;
  if ((changed & (CR4_PSE | CR4_PGE)) !== 0) cpu.translation.flush(true);
}

/** MOV CRn, r32. Control passes to the next instruction by a fresh look-up, as translation may have changed. */
export function moveToControl(cpu: Processor, info: number): void {
  requireControl(cpu, infoReg(info));
  const value = cpu.file[infoRm(info)];
  switch (infoReg(info)) {
    case 0:
      if ((value & (CR0_PG | CR0_PE)) === CR0_PG || (value & (CR0_NW | CR0_CD)) === CR0_NW) cpu.protectionFault();
      setControl0(cpu, value);
      break;
    case 2:
      cpu.cr2 = value;
      break;
    case 3:
      setControl3(cpu, value);
      break;
    default:
      if ((value & ~CR4_BITS) !== 0) cpu.protectionFault();
      setControl4(cpu, value);
  }
}

/** A register that does not exist is undefined at every privilege. */
function requireControl(cpu: Processor, index: number): void {
  if (index === 1 || index > 4) cpu.undefinedOpcode();
  if (cpu.cpl !== 0) cpu.protectionFault();
}

/** MOV r32, CRn. */
export function moveFromControl(cpu: Processor, info: number): void {
  requireControl(cpu, infoReg(info));
  cpu.file[infoRm(info)] = readControl(cpu, infoReg(info));
}

function readControl(cpu: Processor, index: number): number {
  switch (index) {
    case 0:
      return cpu.cr0;
    case 2:
      return cpu.cr2;
    case 3:
      return cpu.cr3;
    default:
      return cpu.cr4;
  }
}

/** LMSW: PE can be set but not cleared. */
export function loadMachineStatus(cpu: Processor, info: number): void {
  if (cpu.cpl !== 0) cpu.protectionFault();
  const low = readOperand(cpu, info) & 0xf;
  setControl0(cpu, (cpu.cr0 & ~0xe) | low);
}

/** SMSW. */
export function storeMachineStatus(cpu: Processor, info: number): void {
  writeOperand(cpu, info, cpu.cr0);
}

/** CLTS. */
export function clearTaskSwitched(cpu: Processor): void {
  if (cpu.cpl !== 0) cpu.protectionFault();
  setControl0(cpu, cpu.cr0 & ~CR0_TS);
}

/** DR4 and DR5 are DR6 and DR7 by other names, or undefined with CR4.DE. */
function debugIndex(cpu: Processor, index: number): number {
  if (index !== 4 && index !== 5) return index;
  if ((cpu.cr4 & CR4_DE) !== 0) cpu.undefinedOpcode();
  return index + 2;
}

function requireDebugAccess(cpu: Processor): void {
  if (cpu.cpl !== 0) cpu.protectionFault();
  // DR7.GD: any access to a debug register is reported (DR6.BD) and the bit clears itself on entry to the handler.
  if ((cpu.debug[7] & 0x2000) !== 0) {
    cpu.debug[6] |= 0x2000;
    cpu.debug[7] &= ~0x2000;
    cpu.raise(1);
  }
}

/** MOV DRn, r32. */
export function moveToDebug(cpu: Processor, info: number): void {
  const index = debugIndex(cpu, infoReg(info));
  requireDebugAccess(cpu);
  const value = cpu.file[infoRm(info)];
  if (index < 4) cpu.debug[index] = value;
  else if (index === 6) cpu.debug[6] = (value & 0xe00f) | DR6_ONES;
  else cpu.debug[7] = (value & ~0xd000) | DR7_ONES;
  applyDebugRegisters(cpu);
}

/** MOV r32, DRn. */
export function moveFromDebug(cpu: Processor, info: number): void {
  const index = debugIndex(cpu, infoReg(info));
  requireDebugAccess(cpu);
  cpu.file[infoRm(info)] = cpu.debug[index];
}

export function resetDebugRegisters(cpu: Processor): void {
  cpu.debug.fill(0);
  cpu.debug[6] = DR6_ONES;
  cpu.debug[7] = DR7_ONES;
  applyDebugRegisters(cpu);
}

/** Take pages with data breakpoints out of the fast path, and arm instruction breakpoints. */
export function applyDebugRegisters(cpu: Processor): void {
  const control = cpu.debug[7];
  const pages: number[] = [];
  for (let i = 0; i < 4; i++) {
    const enabled = ((control >>> (2 * i)) & 3) !== 0;
    const kind = (control >>> (16 + 4 * i)) & 3;
    if (enabled && (kind & 1) !== 0) pages.push(cpu.debug[i] >>> 12);
  }
  if (pages.length !== 0 || cpu.translation.watchedPages.length !== 0) {
    cpu.translation.watchedPages = pages;
    cpu.translation.flush(true);
  }
  cpu.updateAttention();
}
