/**
 * What the hypervisor asks of a virtual CPU. The interpreter in `guest/cpu` is one implementation; the interface is shaped
 * so that a hardware vCPU could stand behind it: guest memory is one buffer, `run` returns at a VM exit, and an IN or a
 * memory-mapped read stays pending until its value is supplied.
 */

/** Reasons for which `Vcpu.run` returns. */
export const Exit = {
  /** The instruction budget is used up. */
  BUDGET: 0,
  /** IN or INS: the guest waits for a value. */
  PORT_READ: 1,
  /** OUT or OUTS. */
  PORT_WRITE: 2,
  /** Read of a guest-physical page that is not memory: the guest waits for a value. */
  MEMORY_READ: 3,
  MEMORY_WRITE: 4,
  /** HLT; the vCPU stays halted until `interrupt`, `nonMaskableInterrupt` or `reset`. */
  HALT: 5,
  /** The vCPU can take an external interrupt now and `interruptWindow` was set. */
  INTERRUPT_WINDOW: 6,
  /** VMCALL. */
  HYPERCALL: 7,
  /** Triple fault. */
  SHUTDOWN: 8,
} as const;
export type ExitReason = (typeof Exit)[keyof typeof Exit];

/** How a guest-physical page behaves: the value of `DomainMemory.pageKind[address >>> 12]`. */
export const PageKind = {
  /** Nothing there: reads give all ones, writes are dropped, neither exits. */
  UNMAPPED: 0,
  /** Reads and writes reach memory. */
  RAM: 1,
  /** Reads reach memory, writes are dropped. */
  ROM: 2,
  /** Every access exits. */
  DEVICE: 3,
} as const;

/** A domain's memory and its guest-physical map. */
export interface DomainMemory {
  /** The whole of it: guest RAM from 0, the firmware region at its fixed address. */
  readonly buffer: SharedArrayBuffer;
  readonly bytes: Uint8Array;
  /** PageKind of each of the 2^20 guest-physical pages. */
  readonly pageKind: Uint8Array;
  /** Offset in `buffer` of the page's first byte, for RAM and ROM; normally the page's own address, other for aliases. */
  readonly pageOffset: Uint32Array;
  /** Grows by one whenever pageKind or pageOffset changes: cached translations are stale then. */
  generation: number;
  /**
   * Grows by one whenever others than the vCPU have written memory, by DMA above all: decoded code has to be compared with memory
   * before it is used again. String I/O that `completeString` finishes is not counted.
   */
  writes: number;
}

/** Details of the exit; one object a vCPU, overwritten at each exit. */
export interface VmExit {
  reason: ExitReason;
  /** Port number, or guest-physical address of a memory access. */
  address: number;
  /** Bytes in one element: 1, 2 or 4. */
  width: number;
  /** Value written, unsigned; for writes with count 1 and no runs. */
  value: number;
  /** INS or OUTS. The time of its elements has passed before anything else happens, however many one exit carries. */
  string: boolean;
  /** Elements: 1 for IN, OUT and memory accesses; 1 or more for string I/O, whatever is left of the budget: `completeString` says how many went. */
  count: number;
  /** Guest-physical runs of string I/O, pairs (address, bytes) in element order; each lies in RAM, or for OUTS in ROM, at its own address. */
  readonly runs: Uint32Array;
  /** Pairs in `runs`; zero unless this is INS or OUTS of several elements in memory. One element goes by value, like IN and OUT. */
  runCount: number;
  /** EFLAGS.DF was set: elements of a run are taken from its end downwards. */
  descending: boolean;
}

export interface Vcpu {
  readonly exit: VmExit;
  /** Instructions retired since construction; each iteration of a REP counts as one. */
  readonly instructions: number;

  /**
   * Execute until an exit, at most about `budget` instructions (a REP may overshoot by nothing, an instruction by none).
   * @throws never for anything the guest does
   */
  run(budget: number): ExitReason;

  /** Supply the value of a pending IN (AL, AX, EAX) or memory read; bits above the width are ignored. */
  completeRead(value: number): void;
  /** Finish a pending OUT or memory write. */
  completeWrite(): void;
  /**
   * Finish pending string I/O: `done` elements (0 ≤ done ≤ count) were transferred by the hypervisor straight to or from
   * the runs. ECX, ESI/EDI advance by that many; the rest of the REP is executed afresh by the next run.
   */
  completeString(done: number): void;

  /** True when EFLAGS.IF is set and no STI or MOV SS shadow is open. */
  readonly interruptible: boolean;
  /** Ask for an INTERRUPT_WINDOW exit as soon as `interruptible` becomes true. */
  interruptWindow: boolean;
  /** Deliver external interrupt `vector` (0-255) at the next run. Only when `interruptible`. Wakes from HLT. */
  interrupt(vector: number): void;

  /**
   * Bytes of string I/O in one exit at most, 1 to 2^32 - 1; one element always goes. Unless it is set, and instead of larger values, the
   * vCPU's own limit.
   */
  stringLimit: number;

  /**
   * Store the first `count` registers in the order of registers.ts, from `words[at]` on: 1, the accumulator, or REGISTER_COUNT. Straight to
   * where they are wanted: a reflection does this twice, and copying through an array in between was a tenth of it.
   */
  saveRegisters(words: Int32Array, at: number, count: number): void;
  /** Take registers back from where the last `saveRegisters` stored as many; of those beyond EFLAGS none is. */
  restoreRegisters(words: Int32Array, at: number, count: number): void;

  /** Open or close address line 20. */
  setAddressLine20(open: boolean): void;
  /** RESET#: registers as after power-on ([SDM] vol. 3, 10.1.1). */
  reset(): void;

  /** Whole state beyond guest memory, as a JSON-compatible value; `restore` continues exactly from it. */
  save(): unknown;
  restore(state: unknown): void;
}
