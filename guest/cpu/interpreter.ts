import * as registers from '../../hypervisor/abi/registers';
import { type DomainMemory, Exit, type ExitReason, PageKind, type Vcpu, type VmExit } from '../../hypervisor/abi/vcpu';
import { boundary, unwound } from './boundary';
import { applyDebugRegisters, resetDebugRegisters, setControl0, setControl3, setControl4 } from './control-registers';
import { type CpuProfile, DEFAULT_PROFILE } from './cpuid';
import { Fetcher } from './fetch';
import { readFlags } from './flags';
import { floatingPointHost } from './floating-point';
import { compileLoop, type Loop } from './loop';
import { finishElements, storeElement } from './port-io';
import { ACCESS_PRESENT, ACCESS_REAL, LONGEST_BATCH, Pending, Processor } from './processor';
import * as state from './state';
import { Trainer } from './training';
import type { FloatingPointFactory } from './x87-interface';

// Constants of its own a module has folded into optimised code; imported ones are looked up at each use (docs/decisions.md).
const { NOTHING, PORT_IN, ELEMENT_IN, PORT_OUT, STRING } = Pending;
const {
  REG_CR0,
  REG_CR2,
  REG_CR3,
  REG_CR4,
  REG_CS,
  REG_DS,
  REG_EAX,
  REG_EBP,
  REG_EBX,
  REG_ECX,
  REG_EDI,
  REG_EDX,
  REG_EFLAGS,
  REG_EIP,
  REG_ES,
  REG_ESI,
  REG_ESP,
  REG_FS,
  REG_GS,
  REG_SS,
} = registers;

const {
  ATTENTION,
  ATTENTION_EVENT,
  ATTENTION_REPLAY,
  ATTENTION_SHADOW,
  ATTENTION_WRITES,
  CR0_CD,
  CR0_ET,
  CR0_NW,
  CS,
  DS,
  EAX,
  EBP,
  EBX,
  ECX,
  EDI,
  EDX,
  EIP,
  ES,
  ESI,
  ESP,
  FS,
  GS,
  IF,
  LDTR,
  REMAINING,
  SS,
  SYSTEM_FLAGS,
  TR,
} = state;

/** What a vCPU can be made of. */
export interface InterpreterOptions {
  /** Value of the timestamp counter, a non-negative integer; by default the instructions retired. */
  readonly readTimestamp?: () => number;
  readonly profile?: CpuProfile;
  /** Without one, CPUID says so and ESC instructions do nothing. */
  readonly floatingPoint?: FloatingPointFactory;
}

/** Larger budgets are cut: the loop counts in 31-bit integers. */
const LARGEST_BUDGET = 0x3fff_ffff;

function trainedLoop(cpu: Processor): Loop {
  const fetcher = new Fetcher(cpu, cpu.code);
  const trainer = new Trainer(cpu, cpu.code);
  const loop = compileLoop(cpu, cpu.code, {
    resolve: (eip, mode) => (trainer.active ? trainer.resolve() : fetcher.resolve(eip, mode)),
    link: (pc, page, mode) => (trainer.active ? undefined : fetcher.link(pc, page, mode)),
    boundary: () => (trainer.active ? trainer.boundary() : boundary(cpu)),
    unwound: () => (trainer.active ? trainer.unwound() : unwound(cpu)),
  });
  trainer.train(loop);
  return loop;
}

/** The x86 vCPU: the abi's view of a Processor and its loop. */
export class Interpreter implements Vcpu {
  readonly exit: VmExit;
  private readonly cpu: Processor;
  private readonly loop: Loop;
  private retired = 0;
  /** Budget of the run under way, else 0. */
  private running = 0;
  /** EFLAGS as `saveRegisters` stored them last: nothing changes them until they are restored. */
  private savedFlags = 0;

  /**
   * @param reuse a vCPU that is not used any more. If it ran on the same buffer, this one takes over its loop, which V8 has perhaps
   * optimised already, and its tables.
   */
  constructor(memory: DomainMemory, options: InterpreterOptions = {}, reuse?: Interpreter) {
    const profile = options.profile ?? DEFAULT_PROFILE;
    const readTimestamp = options.readTimestamp ?? (() => this.instructions);
    if (reuse?.cpu.memory.buffer === memory.buffer) {
      this.cpu = reuse.cpu;
      this.loop = reuse.loop;
      this.cpu.attach(memory, profile, readTimestamp);
    } else {
      this.cpu = new Processor(memory, profile, readTimestamp);
      this.loop = trainedLoop(this.cpu);
    }
    this.exit = this.cpu.exit;
    this.cpu.unit = options.floatingPoint?.(floatingPointHost(this.cpu));
    this.reset();
  }

  /** Exact between runs, and in `readTimestamp` during one. */
  get instructions(): number {
    return this.running === 0 ? this.retired : this.retired + this.running - this.cpu.file[REMAINING];
  }

  run(budget: number): ExitReason {
    const { cpu } = this;
    if (cpu.pending !== NOTHING) return cpu.exit.reason;
    if (cpu.shutdown) return this.leave(Exit.SHUTDOWN);
    if (cpu.halted) return this.leave(Exit.HALT);
    cpu.translation.synchronize();
    const most = Math.min(budget, LARGEST_BUDGET);
    this.running = most;
    const left = this.loop(most);
    this.running = 0;
    this.retired += most - left;
    return cpu.exit.reason;
  }

  private leave(reason: ExitReason): ExitReason {
    this.cpu.describeExit(reason, 0, 0, 0);
    return reason;
  }

  completeRead(value: number): void {
    const { cpu } = this;
    if (cpu.pending === PORT_IN) {
      cpu.setRegister(EAX, cpu.exit.width >>> 1, value);
      this.finishWaiting();
    } else if (cpu.pending === ELEMENT_IN) {
      cpu.pending = NOTHING;
      this.retired++;
      storeElement(cpu, value);
    } else this.logRead(value);
  }

  /** The instruction is executed again with the value. */
  private logRead(value: number): void {
    const { cpu } = this;
    if (cpu.pending !== Pending.LOGGED_READ) throw new Error(`no read is pending (${cpu.pending})`);
    const { width } = cpu.exit;
    cpu.replayValues[cpu.replayCount++] = width === 4 ? value : value & (width === 2 ? 0xffff : 0xff);
    cpu.file[ATTENTION] |= ATTENTION_REPLAY;
    cpu.resuming = true;
    cpu.pending = NOTHING;
  }

  completeWrite(): void {
    const { cpu } = this;
    if (cpu.pending === PORT_OUT) this.finishWaiting();
    else if (cpu.pending === STRING) this.completeString(1);
    else if (cpu.pending === Pending.DEVICE_WRITE) {
      cpu.writes.copyWithin(0, 3, 3 * cpu.writeCount);
      cpu.writeCount--;
      if (cpu.writeCount === 0) cpu.file[ATTENTION] &= ~ATTENTION_WRITES;
      cpu.pending = NOTHING;
    } else throw new Error(`no write is pending (${cpu.pending})`);
  }

  completeString(done: number): void {
    const { cpu } = this;
    if (cpu.pending !== STRING) throw new Error(`no string I/O is pending (${cpu.pending})`);
    const { info, index } = cpu.pendingString;
    if (cpu.exit.reason === Exit.PORT_READ) this.noteRuns();
    cpu.pending = NOTHING;
    if (done === 0) return;
    cpu.replayCount = 0;
    this.retired += done;
    if (!finishElements(cpu, info, index, done)) cpu.file[EIP] += cpu.pendingLength;
  }

  /** The hypervisor has written guest memory: code decoded from it is stale. */
  private noteRuns(): void {
    const { runs, runCount } = this.cpu.exit;
    for (let i = 0; i < runCount; i++) this.noteRun(runs[2 * i], runs[2 * i + 1]);
  }

  private noteRun(address: number, bytes: number): void {
    const { memory, code } = this.cpu;
    let end = 0;
    for (let at = address; at < address + bytes; at = end) {
      end = Math.min(at - (at % 0x1000) + 0x1000, address + bytes);
      if (memory.pageKind[at >>> 12] !== PageKind.RAM) continue;
      const offset = memory.pageOffset[at >>> 12] + (at & 0xfff);
      if (code.watched[offset >>> 12] !== 0) code.written(offset, end - at);
    }
  }

  private finishWaiting(): void {
    this.cpu.file[EIP] += this.cpu.pendingLength;
    this.cpu.pending = NOTHING;
    this.retired++;
  }

  get interruptible(): boolean {
    const { file } = this.cpu;
    return (file[SYSTEM_FLAGS] & IF) !== 0 && (file[ATTENTION] & ATTENTION_SHADOW) === 0;
  }

  get interruptWindow(): boolean {
    return this.cpu.interruptWindow;
  }

  set interruptWindow(wanted: boolean) {
    this.cpu.interruptWindow = wanted;
    this.cpu.updateAttention();
  }

  get stringLimit(): number {
    return this.cpu.stringLimit;
  }

  set stringLimit(bytes: number) {
    this.cpu.stringLimit = Math.min(bytes, LONGEST_BATCH);
  }

  interrupt(vector: number): void {
    const { cpu } = this;
    cpu.interruptVector = vector & 0xff;
    cpu.file[ATTENTION] |= ATTENTION_EVENT;
    cpu.halted = false;
  }

  saveRegisters(words: Int32Array, at: number, count: number): void {
    const { file, selectors, cr0, cr2, cr3, cr4 } = this.cpu;
    words[at + REG_EAX] = file[EAX];
    if (count === 1) return;
    words[at + REG_ECX] = file[ECX];
    words[at + REG_EDX] = file[EDX];
    words[at + REG_EBX] = file[EBX];
    words[at + REG_ESP] = file[ESP];
    words[at + REG_EBP] = file[EBP];
    words[at + REG_ESI] = file[ESI];
    words[at + REG_EDI] = file[EDI];
    words[at + REG_EIP] = file[EIP];
    this.savedFlags = readFlags(file);
    words[at + REG_EFLAGS] = this.savedFlags;
    words[at + REG_ES] = selectors[ES];
    words[at + REG_CS] = selectors[CS];
    words[at + REG_SS] = selectors[SS];
    words[at + REG_DS] = selectors[DS];
    words[at + REG_FS] = selectors[FS];
    words[at + REG_GS] = selectors[GS];
    words[at + REG_CR0] = cr0;
    words[at + REG_CR2] = cr2;
    words[at + REG_CR3] = cr3;
    words[at + REG_CR4] = cr4;
  }

  restoreRegisters(words: Int32Array, at: number, count: number): void {
    const { cpu } = this;
    const { file } = cpu;
    file[EAX] = words[at + REG_EAX];
    if (count === 1) return;
    file[ECX] = words[at + REG_ECX];
    file[EDX] = words[at + REG_EDX];
    file[EBX] = words[at + REG_EBX];
    file[ESP] = words[at + REG_ESP];
    file[EBP] = words[at + REG_EBP];
    file[ESI] = words[at + REG_ESI];
    file[EDI] = words[at + REG_EDI];
    file[EIP] = words[at + REG_EIP];
    // To take them apart and look at what hangs on them is nearly never needed.
    if (words[at + REG_EFLAGS] !== this.savedFlags) cpu.flags = words[at + REG_EFLAGS];
  }

  setAddressLine20(open: boolean): void {
    this.cpu.translation.setAddressLine20(open);
  }

  reset(): void {
    const { cpu } = this;
    cpu.file.fill(0);
    cpu.cr2 = 0;
    setControl0(cpu, CR0_CD | CR0_NW | CR0_ET);
    setControl3(cpu, 0);
    setControl4(cpu, 0);
    resetDebugRegisters(cpu);
    cpu.flags = 2;
    cpu.cpl = 0;
    for (let segment = ES; segment <= GS; segment++) cpu.setSegment(segment, 0, 0, 0xffff, ACCESS_REAL);
    cpu.setSegment(CS, 0xf000, 0xffff_0000, 0xffff, ACCESS_REAL);
    cpu.setSegment(LDTR, 0, 0, 0xffff, ACCESS_PRESENT | 2);
    cpu.setSegment(TR, 0, 0, 0xffff, ACCESS_PRESENT | 11);
    cpu.gdtBase = 0;
    cpu.gdtLimit = 0xffff;
    cpu.idtBase = 0;
    cpu.idtLimit = 0x3ff;
    cpu.file[EIP] = 0xfff0;
    cpu.file[EDX] = cpu.profile.signature;
    cpu.timestampOffset = 0n;
    cpu.abandon();
    cpu.unit?.reset();
  }

  save(): unknown {
    return {
      processor: this.cpu.save(),
      retired: this.retired,
      unit: this.cpu.unit?.save() ?? null,
    };
  }

  restore(state: unknown): void {
    const saved = state as { processor: unknown; retired: number; unit: unknown };
    this.cpu.restore(saved.processor);
    const { cpu } = this;
    setControl0(cpu, cpu.cr0);
    setControl3(cpu, cpu.cr3);
    setControl4(cpu, cpu.cr4);
    applyDebugRegisters(cpu);
    cpu.translation.flush(true);
    cpu.code.dropAll();
    this.retired = saved.retired;
    cpu.unit?.restore(saved.unit);
  }
}
