import { Exit, type ExitReason } from '../../hypervisor/abi/vcpu';
import { MODE_SHIFT, MODE_STEP } from './code-cache';
import { deliverException, deliverInterrupt } from './exceptions';
import { RESERVE } from './loop';
import { NO_ERROR_CODE, NO_VECTOR, Pending, type Processor } from './processor';
import {
  ATTENTION,
  ATTENTION_CODE,
  ATTENTION_DEBUG,
  ATTENTION_EVENT,
  ATTENTION_REPLAY,
  ATTENTION_SHADOW,
  ATTENTION_TRAP,
  ATTENTION_WRITES,
  CS,
  EIP,
  IF,
  REMAINING,
  RF,
  STEP,
  SYSTEM_FLAGS,
  TF,
  Vector,
} from './state';

/**
 * What happens between two instructions, in the order of priority of [SDM] vol. 3, table 6-2. The loop comes here only when there
 * is something to do (ATTENTION) or the budget is nearly used up.
 */

/** DR6.BS. */
const SINGLE_STEP = 0x4000;
const STEP_BIT = MODE_STEP << MODE_SHIFT;

/** @returns true if the loop must return: `cpu.exit` says why */
export function boundary(cpu: Processor): boolean {
  const { file } = cpu;
  if (cpu.resuming) {
    cpu.resuming = false;
    file[STEP] = STEP_BIT;
    return false;
  }
  finishInstruction(cpu);
  for (;;) {
    if (cpu.writeCount !== 0) return leaveForWrite(cpu);
    if (file[REMAINING] <= 0) return leave(cpu, Exit.BUDGET);
    if (file[ATTENTION] === 0) break;
    const delivered = deliverPending(cpu);
    if (cpu.shutdown) return leave(cpu, Exit.SHUTDOWN);
    if (delivered) {
      file[REMAINING]--;
      continue;
    }
    if (windowOpen(cpu)) return leave(cpu, Exit.INTERRUPT_WINDOW);
    break;
  }
  beginInstruction(cpu);
  return false;
}

/** The instruction is complete: its replay log is void and decoded code is looked up afresh anyway. */
function finishInstruction(cpu: Processor): void {
  cpu.replayCount = 0;
  cpu.replayAt = 0;
  cpu.file[ATTENTION] &= ~(ATTENTION_REPLAY | ATTENTION_CODE);
}

function leave(cpu: Processor, reason: ExitReason): true {
  cpu.describeExit(reason, 0, 0, 0);
  return true;
}

function leaveForWrite(cpu: Processor): true {
  const { writes } = cpu;
  const bytes = writes[1];
  const value = bytes === 4 ? writes[2] >>> 0 : writes[2] & (bytes === 2 ? 0xffff : 0xff);
  cpu.describeExit(Exit.MEMORY_WRITE, writes[0], bytes, value);
  cpu.pending = Pending.DEVICE_WRITE;
  return true;
}

/** Deliver the most urgent event; false if there is none. */
function deliverPending(cpu: Processor): boolean {
  const { file } = cpu;
  const shadow = (file[ATTENTION] & ATTENTION_SHADOW) !== 0;
  if (!(shadow && cpu.stackShadow) && deliverTrap(cpu)) return true;
  if ((file[ATTENTION] & ATTENTION_EVENT) !== 0 && !shadow && (file[SYSTEM_FLAGS] & IF) !== 0) {
    const vector = cpu.interruptVector;
    cpu.interruptVector = -1;
    file[ATTENTION] &= ~ATTENTION_EVENT;
    deliverInterrupt(cpu, vector);
    return true;
  }
  return (file[ATTENTION] & ATTENTION_TRAP) !== 0 && deliverBreakpoint(cpu);
}

/** Single step, data breakpoints and task traps of the instruction before. */
function deliverTrap(cpu: Processor): boolean {
  const bits = cpu.debugMatches | (cpu.trapArmed ? SINGLE_STEP : 0);
  if (bits === 0) return false;
  cpu.debugMatches = 0;
  cpu.trapArmed = false;
  cpu.file[ATTENTION] &= ~ATTENTION_DEBUG;
  raiseDebug(cpu, bits);
  return true;
}

/** Breakpoint bits of DR6 tell of this exception only; the others accumulate ([SDM] vol. 3, 17.2.3). */
function raiseDebug(cpu: Processor, bits: number): void {
  cpu.debug[6] = (cpu.debug[6] & ~0xf) | bits;
  cpu.vector = Vector.DEBUG;
  cpu.errorCode = NO_ERROR_CODE;
  deliverException(cpu);
}

/** An instruction breakpoint on the next instruction; RF suppresses it once. */
function deliverBreakpoint(cpu: Processor): boolean {
  if ((cpu.file[SYSTEM_FLAGS] & RF) !== 0) return false;
  const linear = (cpu.bases[CS] + cpu.file[EIP]) | 0;
  const bits = cpu.breakpointsOn(linear, 1, 0);
  if (bits === 0) return false;
  // A fault: the handler returns to the instruction, with RF set in the image so that it makes progress.
  cpu.file[SYSTEM_FLAGS] |= RF;
  raiseDebug(cpu, bits);
  return true;
}

function windowOpen(cpu: Processor): boolean {
  return cpu.interruptWindow && (cpu.file[SYSTEM_FLAGS] & IF) !== 0 && (cpu.file[ATTENTION] & ATTENTION_SHADOW) === 0;
}

/** The next instruction runs alone when something must be looked at behind it. */
function beginInstruction(cpu: Processor): void {
  const { file } = cpu;
  const alone = file[ATTENTION] !== 0 || file[REMAINING] < RESERVE;
  file[ATTENTION] &= ~ATTENTION_SHADOW;
  file[SYSTEM_FLAGS] &= ~RF;
  cpu.trapArmed = (file[SYSTEM_FLAGS] & TF) !== 0;
  cpu.updateAttention();
  file[STEP] = alone ? STEP_BIT : 0;
}

/**
 * The instruction was abandoned: leave with the exit it described, or deliver its exception.
 * @returns true if the loop must return
 */
export function unwound(cpu: Processor): boolean {
  const { file } = cpu;
  cpu.writeCount = 0;
  cpu.replayAt = 0;
  file[ATTENTION] &= ~ATTENTION_WRITES;
  if (cpu.vector === NO_VECTOR) return true;
  cpu.replayCount = 0;
  cpu.trapArmed = false;
  cpu.debugMatches = 0;
  file[ATTENTION] &= ~(ATTENTION_REPLAY | ATTENTION_DEBUG);
  file[REMAINING]--;
  if (deliverException(cpu)) return false;
  return leave(cpu, Exit.SHUTDOWN);
}
