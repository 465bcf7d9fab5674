import { Interpreter } from '../guest/cpu';
import { createX87 } from '../guest/cpu/x87';
import { PAGE_SHIFT, PAGE_SIZE, START_INFO } from './abi/layout';
import { REGISTER_COUNT } from './abi/registers';
import { INFO_FORWARD, INFO_SHADOW } from './abi/start-info';
import { Exit } from './abi/vcpu';
import type { MachineConfig } from './config';
import { Platform, type PlatformState } from './platform';
import { Outcome, RunLoop, type RunLoopState } from './run-loop';
import { decodeSnapshot, encodeSnapshot, SnapshotError } from './snapshot/snapshot';

/** What a run came to. */
export interface RunResult {
  outcome: Outcome;
  /** One line for people. */
  summary: string;
  /** Processor state and last happenings, when something went wrong; else empty. */
  report: string[];
}

/** What a snapshot holds beyond memory. */
interface MachineState {
  readonly platform: PlatformState;
  readonly loop: RunLoopState;
  readonly vcpu: unknown;
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

  /**
   * The whole machine as it stands between two instructions, as bytes: processor, memory, devices wherever they are, domain 0's
   * view of them, counters. Not the contents of the disks, which belong to whoever gave them.
   *
   * @throws SnapshotError for a machine with an emulator of another make, whose state nobody else knows
   */
  save(): Uint8Array {
    if (this.config.emulator) throw new SnapshotError('an emulator of another make keeps its state to itself');
    const state: MachineState = { platform: this.platform.save(), loop: this.loop.save(), vcpu: this.vcpu.save() };
    return encodeSnapshot(state, this.platform.memory);
  }

  /**
   * Continue from a snapshot of a machine with the same hardware. What it costs to get anywhere may differ: that is of this
   * machine's configuration. Devices are where they were.
   *
   * @throws SnapshotError when the bytes are damaged, or the hardware is another; then nothing has changed
   */
  restore(bytes: Uint8Array): void {
    if (this.config.emulator) throw new SnapshotError('an emulator of another make keeps its state to itself');
    const { state, page, restoreMemory } = decodeSnapshot(bytes);
    this.checkHardware(page(START_INFO >>> PAGE_SHIFT));
    const { platform, loop, vcpu } = state as MachineState;
    this.platform.restore(platform, restoreMemory);
    this.vcpu.restore(vcpu);
    this.loop.restore(loop);
  }

  /** Start info is what the firmware knows of the hardware, but for two words that go with placements. */
  private checkHardware(saved: Int32Array): void {
    const own = this.platform.memory.words.subarray(START_INFO >>> 2, (START_INFO + PAGE_SIZE) >>> 2);
    const varying = [INFO_FORWARD >>> 2, INFO_SHADOW >>> 2];
    const same = own.every((word, index) => word === saved[index] || varying.includes(index));
    if (!same)
      throw new SnapshotError(
        'this is a snapshot of a machine with other hardware: memory, drives or serial lines; give the options of that machine',
      );
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
