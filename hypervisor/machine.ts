import { Interpreter } from '../guest/cpu';
import { createX87 } from '../guest/cpu/x87';
import { REGISTER_COUNT } from './abi/registers';
import { Exit } from './abi/vcpu';
import type { MachineConfig } from './config';
import { Platform } from './platform';
import { Outcome, RunLoop } from './run-loop';

/** What a run came to. */
export interface RunResult {
  outcome: Outcome;
  /** One line for people. */
  summary: string;
  /** Processor state and last happenings, when something went wrong; else empty. */
  report: string[];
}

const GENERAL_REGISTERS = ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi', 'eip', 'eflags'];
const OTHER_REGISTERS = ['es', 'cs', 'ss', 'ds', 'fs', 'gs', 'cr0', 'cr2', 'cr3', 'cr4'];
const REPORTED_HAPPENINGS = 32;

/** The composition root: a platform, a vCPU, and the loop that joins them. */
export class Machine {
  readonly platform: Platform;
  readonly vcpu: Interpreter;
  private readonly loop: RunLoop;

  /** @param reuse a machine that is not used any more: this one takes over its memory, and its processor with all that V8 learnt of it */
  constructor(
    readonly config: MachineConfig,
    reuse?: Machine,
  ) {
    this.platform = new Platform(config, reuse?.platform);
    const { clock, memory } = this.platform;
    const readTimestamp = () => clock.after(this.vcpu.instructions - this.loop.retired);
    this.vcpu = new Interpreter(memory, { readTimestamp, floatingPoint: createX87 }, reuse?.vcpu);
    this.platform.processor = this.vcpu;
    for (const server of this.platform.firmwareServers) server.vcpu = this.vcpu;
    this.loop = new RunLoop(this.platform, this.vcpu, config.cost.interruptInjection);
  }

  /**
   * Run until virtual time `until` (ns), or until the guest ends, idles or fails.
   *
   * A guest that resets the machine is carried through: that is a part of its life.
   *
   * @param skipIdle pass over the time in which the guest is halted, instead of returning
   */
  run(until: number, skipIdle = true): RunResult {
    for (;;) {
      const outcome = this.loop.run(until, skipIdle);
      if (outcome !== Outcome.STOPPED || this.platform.stop?.kind !== 'reset') return this.describe(outcome);
      this.reset();
    }
  }

  /** RESET#: processor and devices as after power-on, memory as it is. */
  reset(): void {
    this.platform.reset();
    this.vcpu.reset();
    this.loop.reset();
  }

  private describe(outcome: Outcome): RunResult {
    const { stop, recent } = this.platform;
    if (outcome === Outcome.STOPPED) {
      const report = stop!.kind === 'failed' ? [...this.processorState(), ...stop!.report] : [];
      return { outcome, summary: stop!.problem, report };
    }
    if (outcome === Outcome.HALTED) this.platform.drain();
    if (outcome === Outcome.IDLE) this.platform.servePosted();
    if (outcome !== Outcome.SHUTDOWN) return { outcome, summary: SUMMARIES[outcome], report: [] };
    const report = [...this.processorState(), 'last happenings:', ...recent.lines(REPORTED_HAPPENINGS)];
    return { outcome, summary: SUMMARIES[outcome], report };
  }

  /** Registers of the vCPU and its last exit, a few lines. */
  processorState(): string[] {
    const registers = new Int32Array(REGISTER_COUNT);
    this.vcpu.saveRegisters(registers, 0, REGISTER_COUNT);
    const names = [...GENERAL_REGISTERS, ...OTHER_REGISTERS];
    const words = names.map((name, index) => `${name} ${hexadecimal(registers[index]!)}`);
    const { exit } = this.vcpu;
    const reason = Object.entries(Exit)
      .find(([, value]) => value === exit.reason)?.[0]
      .toLowerCase();
    return [
      words.slice(0, 5).join('  '),
      words.slice(5, 10).join('  '),
      words.slice(10, 15).join('  '),
      words.slice(15).join('  '),
      `last exit: ${reason} at ${hexadecimal(exit.address)}, width ${exit.width}, count ${exit.count}`,
    ];
  }
}

const SUMMARIES: Record<Exclude<Outcome, 'stopped'>, string> = {
  time: 'the time that the run was given is over',
  idle: 'the guest waits for an interrupt that nothing will bring',
  halted: 'the guest halted with interrupts disabled',
  shutdown: 'the guest shut its processor down (triple fault)',
};

function hexadecimal(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}
