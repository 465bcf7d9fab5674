import * as frame from './abi/frame';
import { REGISTER_COUNT } from './abi/registers';
import { Exit, type ExitReason, type Vcpu } from './abi/vcpu';
import { DEFERRED } from './placement/io-server';
import type { Platform } from './platform';
import { Payer } from './time/clock';
import { NEVER } from './time/deadlines';

// Constants of its own a module has folded into optimised code; imported ones are looked up at each use (docs/decisions.md).
const { PORT_READ, PORT_WRITE, MEMORY_READ, MEMORY_WRITE, HALT, SHUTDOWN, HYPERCALL } = Exit;
const { INTERRUPTIBLE_BYTES, SPACE_MEMORY, SPACE_PORT } = frame;

/** Why `RunLoop.run` came back. */
export const Outcome = {
  /** The virtual time that was asked for has come. */
  TIME: 'time',
  /** The guest waits for an interrupt; the next deadline is `platform.deadlines.earliest`. */
  IDLE: 'idle',
  /** HLT with interrupts disabled: the guest has ended by its own will. */
  HALTED: 'halted',
  /** Triple fault. */
  SHUTDOWN: 'shutdown',
  /** `platform.stop` says why. */
  STOPPED: 'stopped',
} as const;
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

/**
 * Instructions in one go at most. Only when it enters the vCPU's loop anew does V8 go over to code that it has optimised meanwhile; and
 * that many fit before most deadlines, which saves the exact sum.
 */
const LONGEST_SLICE = 1 << 16;

export interface RunLoopState {
  readonly halted: boolean;
  readonly blocked: boolean;
  readonly retired: number;
}

/** The heart of the hypervisor: let the vCPU run until something happens, see to it, and again. */
export class RunLoop {
  private readonly registers = new Int32Array(REGISTER_COUNT);
  private halted = false;
  /** The vCPU waits for a deferred access. */
  private blocked = false;
  /** What the vCPU was asked last: to tell when it can take an interrupt. */
  private windowWanted = false;
  /** The vCPU's instructions that virtual time has been charged for. */
  retired = 0;
  /** Virtual time up to which the present `run` goes. */
  private end = 0;
  /** Nanoseconds that LONGEST_SLICE takes, rounded up. */
  private readonly longestSlice: number;

  constructor(
    private readonly platform: Platform,
    private readonly vcpu: Vcpu,
    private readonly interruptInjection: number,
  ) {
    this.longestSlice = platform.clock.durationOf(LONGEST_SLICE);
    platform.onCompleted = (value, done) => this.completeDeferred(value, done);
  }

  /**
   * @param until virtual time in ns
   * @param skipIdle while the guest is halted, go straight to the next deadline instead of returning IDLE
   */
  run(until: number, skipIdle: boolean): Outcome {
    this.end = until;
    for (;;) {
      const outcome = this.turn(skipIdle);
      if (outcome) return outcome;
    }
  }

  /** From one VM exit to the next. A function of its own, so that V8 can go over to better code between two turns. */
  private turn(skipIdle: boolean): Outcome | undefined {
    const { platform, vcpu } = this;
    platform.runDue();
    if (platform.stop) return Outcome.STOPPED;
    if (platform.clock.now >= this.end) return Outcome.TIME;
    this.offerInterrupt();
    if (this.halted || this.blocked) return this.idle(skipIdle);
    const reason = vcpu.run(this.budget());
    this.passInstructions();
    return this.handle(reason);
  }

  private budget(): number {
    const { clock, deadlines } = this.platform;
    const time = Math.min(deadlines.earliest, this.end);
    if (time - clock.now > this.longestSlice) return LONGEST_SLICE;
    return Math.min(clock.instructionsUntil(time), LONGEST_SLICE);
  }

  private offerInterrupt(): void {
    const { platform, vcpu } = this;
    const { asserted } = platform.pic;
    if (asserted !== this.windowWanted) this.askForWindow(asserted);
    if (!asserted || this.blocked || !vcpu.interruptible) return;
    const vector = platform.pic.acknowledge();
    platform.clock.charge(Payer.HYPERVISOR, this.interruptInjection);
    platform.recorder.injected(vector, this.interruptInjection);
    this.askForWindow(platform.pic.asserted);
    vcpu.interrupt(vector);
    this.halted = false;
  }

  private askForWindow(wanted: boolean): void {
    this.windowWanted = wanted;
    this.vcpu.interruptWindow = wanted;
  }

  private idle(skipIdle: boolean): Outcome | undefined {
    const { clock, deadlines } = this.platform;
    if (!skipIdle && !this.blocked) return Outcome.IDLE;
    if (deadlines.earliest === NEVER && !this.blocked) return Outcome.IDLE;
    clock.idleUntil(Math.min(deadlines.earliest, this.end));
    return undefined;
  }

  private handle(reason: ExitReason): Outcome | undefined {
    switch (reason) {
      case PORT_READ:
        this.read(SPACE_PORT);
        return undefined;
      case PORT_WRITE:
        this.write(SPACE_PORT);
        return undefined;
      case MEMORY_READ:
        this.read(SPACE_MEMORY);
        return undefined;
      case MEMORY_WRITE:
        this.write(SPACE_MEMORY);
        return undefined;
      case HALT:
        return this.halt();
      case SHUTDOWN:
        return Outcome.SHUTDOWN;
      case HYPERCALL:
        this.hypercall();
        return undefined;
      default:
        return undefined;
    }
  }

  private hypercall(): void {
    const { platform, vcpu } = this;
    vcpu.saveRegisters(this.registers, 0, REGISTER_COUNT);
    platform.hypercall(this.registers);
    vcpu.restoreRegisters(this.registers, 0, REGISTER_COUNT);
  }

  private read(space: number): void {
    const { exit } = this.vcpu;
    if (exit.runCount > 0) {
      this.string();
      return;
    }
    const value = this.platform.read(space, exit.address, exit.width);
    if (value === DEFERRED) this.blocked = true;
    else this.completeRead(value);
  }

  private completeRead(value: number): void {
    this.vcpu.completeRead(value);
    if (this.vcpu.exit.string) this.passInstructions();
  }

  private write(space: number): void {
    const { exit } = this.vcpu;
    if (exit.runCount > 0) {
      this.string();
      return;
    }
    if (this.platform.write(space, exit.address, exit.width, exit.value)) this.blocked = true;
    else this.completeWrite();
  }

  private completeWrite(): void {
    this.vcpu.completeWrite();
    if (this.vcpu.exit.string) this.passInstructions();
  }

  /** String I/O with runs: no more elements than fit before the next deadline, because a timer may fall due between two of them. */
  private string(): void {
    const { platform, vcpu } = this;
    const { clock, deadlines } = platform;
    const untilDeadline = clock.instructionsUntil(Math.min(deadlines.earliest, this.end));
    const uninterrupted = vcpu.interruptible ? INTERRUPTIBLE_BYTES / vcpu.exit.width : vcpu.exit.count;
    const done = platform.string(vcpu.exit, Math.min(vcpu.exit.count, untilDeadline, uninterrupted));
    this.retired += platform.strings.charged;
    if (done === DEFERRED) this.blocked = true;
    else this.completeString(done);
  }

  private completeString(done: number): void {
    this.vcpu.completeString(done);
    this.passInstructions();
  }

  /** The time of what the vCPU has done since the last call passes. */
  private passInstructions(): void {
    const { instructions } = this.vcpu;
    if (instructions === this.retired) return;
    this.platform.clock.retire(instructions - this.retired);
    this.retired = instructions;
  }

  private completeDeferred(value: number, done: number): void {
    const { exit } = this.vcpu;
    this.blocked = false;
    this.platform.completeDeferred(exit, value, done);
    if (exit.runCount > 0) this.completeString(done);
    else if (exit.reason === PORT_READ || exit.reason === MEMORY_READ) this.completeRead(value);
    else this.completeWrite();
  }

  private halt(): Outcome | undefined {
    this.platform.recorder.halted();
    if (!this.vcpu.interruptible) return Outcome.HALTED;
    this.halted = true;
    return undefined;
  }

  save(): RunLoopState {
    return { halted: this.halted, blocked: this.blocked, retired: this.retired };
  }

  /** The vCPU is restored already. */
  restore({ halted, blocked, retired }: RunLoopState): void {
    this.halted = halted;
    this.blocked = blocked;
    this.retired = retired;
    this.windowWanted = this.vcpu.interruptWindow;
  }

  /** RESET# reached the processor. */
  reset(): void {
    this.halted = false;
    this.blocked = false;
  }
}
