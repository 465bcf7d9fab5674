import type { DomainMemory, ExitReason, VmExit } from '../../hypervisor/abi/vcpu';
import { Exit } from '../../hypervisor/abi/vcpu';
import { CodeCache, Kind, MODE_SHIFT, MODE_USER } from './code-cache';
import type { CpuProfile } from './cpuid';
import { readFlags, writeArithmeticFlags } from './flags';
import { Translation, type TranslationHost } from './paging';
import {
  AC,
  ADDRESS,
  ARITHMETIC_FLAGS,
  ATTENTION,
  ATTENTION_CODE,
  ATTENTION_DEBUG,
  ATTENTION_SHADOW,
  ATTENTION_TRAP,
  ATTENTION_WINDOW,
  ATTENTION_WRITES,
  CR0_AM,
  CR0_PE,
  CR4_DE,
  CS,
  DS,
  ES,
  FILE_WORDS,
  IF,
  MODE,
  RF,
  SS,
  SYSTEM_FLAGS,
  TF,
  USER,
  Vector,
  VM,
} from './state';
import type { FloatingPointUnit } from './x87-interface';

/**
 * Thrown, always this one object, to abandon the instruction under execution: for a fault (`vector` and `errorCode` say which)
 * or, with `vector` NO_VECTOR, for a VM exit after which the instruction is executed again. Status results lost: every one of some
 * hundred callers would have to test and pass them on, in the fast path too.
 */
export const UNWIND = Object.freeze({ name: 'instruction abandoned' });
export const NO_VECTOR = -1;
/** For vectors that push none. */
export const NO_ERROR_CODE = -1;

/** What the vCPU waits for. */
export const Pending = {
  NOTHING: 0,
  /** IN: the value goes to the accumulator. */
  PORT_IN: 1,
  PORT_OUT: 2,
  /** INS or OUTS with runs, or OUTS of one element by value. */
  STRING: 3,
  /** INS of one element by value: it goes to memory. */
  ELEMENT_IN: 4,
  /** A read that is logged, upon which the instruction is executed again: of a device page, or INS of one element to no memory. */
  LOGGED_READ: 5,
  /** The first of the queued device writes. */
  DEVICE_WRITE: 6,
} as const;
export type Pending = (typeof Pending)[keyof typeof Pending];

/** Segment attributes: bits 8-15 and 20-23 of a descriptor's high word, moved down by 8 ([SDM] vol. 3, 3.4.5). */
export const ACCESS_ACCESSED = 0x0001;
/** Readable (code) or writable (data). */
export const ACCESS_READ_WRITE = 0x0002;
/** Conforming (code) or expanding down (data). */
export const ACCESS_CONFORMING = 0x0004;
export const ACCESS_CODE = 0x0008;
/** Code or data, not a system segment. */
export const ACCESS_MEMORY = 0x0010;
export const ACCESS_PRESENT = 0x0080;
/** Default size 32 bits, or big stack. */
export const ACCESS_BIG = 0x4000;
export const ACCESS_GRANULAR = 0x8000;
/** A segment register as real mode has it: present, writable, accessed data. */
export const ACCESS_REAL = ACCESS_PRESENT | ACCESS_MEMORY | ACCESS_READ_WRITE | ACCESS_ACCESSED;

/** Flags that exist beyond the arithmetic ones: TF, IF, DF, IOPL, NT, RF, VM, AC, ID (VIF and VIP come with CR4.VME, which is absent). */
const WRITABLE_FLAGS = 0x0027_7700;

const SAVED_ARRAYS = [
  'file',
  'selectors',
  'bases',
  'limits',
  'access',
  'readLimits',
  'writeLimits',
  'debug',
  'replayValues',
  'writes',
] as const;
const SAVED_VALUES = [
  'cr0',
  'cr2',
  'cr3',
  'cr4',
  'gdtBase',
  'gdtLimit',
  'idtBase',
  'idtLimit',
  'cpl',
  'pending',
  'pendingLength',
  'halted',
  'shutdown',
  'interruptWindow',
  'interruptVector',
  'stringLimit',
  'replayCount',
  'replayAt',
  'resuming',
  'writeCount',
  'trapArmed',
  'stackShadow',
  'debugMatches',
] as const;

const REPLAY_LIMIT = 256;
const WRITE_LIMIT = 256;
/** Runs that `VmExit.runs` can hold; the frame has room for 448. */
const RUN_LIMIT = 448;

/** Architectural state of the vCPU and its access to memory; what instructions do stands in the files beside. */
export class Processor implements TranslationHost {
  /** Register file, see state.ts. Its buffer is larger than 64 bytes, so V8 keeps it outside its heap at a constant address. */
  readonly file: Int32Array;
  readonly file8: Uint8Array;
  readonly file16: Uint16Array;

  readonly selectors = new Int32Array(new ArrayBuffer(32));
  readonly bases = new Int32Array(new ArrayBuffer(32));
  readonly limits = new Uint32Array(new ArrayBuffer(32));
  readonly access = new Int32Array(new ArrayBuffer(32));
  /** First offset at which an access of up to 4 bytes is not certain to lie in the segment; 0 where every access must be checked. */
  readonly readLimits = new Uint32Array(new ArrayBuffer(32));
  readonly writeLimits = new Uint32Array(new ArrayBuffer(32));

  cr0 = 0;
  cr2 = 0;
  cr3 = 0;
  cr4 = 0;
  gdtBase = 0;
  gdtLimit = 0;
  idtBase = 0;
  idtLimit = 0;
  readonly debug = new Int32Array(8);
  cpl = 0;
  /** Added to the timestamp that the host supplies (WRMSR to the counter). */
  timestampOffset = 0n;

  vector = NO_VECTOR;
  errorCode = NO_ERROR_CODE;

  readonly exit: VmExit;
  pending: Pending = Pending.NOTHING;
  /** Bytes of the instruction that waits: EIP advances by them when it completes. */
  pendingLength = 0;
  /** The string I/O instruction that waits: its info word, its index register, and the offset in the buffer to which an element goes. */
  readonly pendingString = { info: 0, index: 0, place: 0 };
  halted = false;
  shutdown = false;
  interruptWindow = false;
  /** External interrupt to deliver, or -1. */
  interruptVector = -1;
  /** Bytes of string I/O in one exit at most. */
  stringLimit = 0xffff_ffff;

  /** Device reads which the instruction under execution has already made, so that executing it again does not repeat them. */
  readonly replayValues = new Int32Array(REPLAY_LIMIT);
  replayCount = 0;
  replayAt = 0;
  /** The instruction is about to be executed again: what an instruction boundary does was done already. */
  resuming = false;
  /** Queued device writes: address, bytes, value. */
  readonly writes = new Int32Array(3 * WRITE_LIMIT);
  writeCount = 0;
  /** An exception is being delivered: device pages are not reachable for it. */
  delivering = false;
  /** TF was set when the instruction began. */
  trapArmed = false;
  /** The open shadow is that of a load of SS, which holds off debug traps as well. */
  stackShadow = false;
  /** DR6 bits that this instruction has earned: data breakpoints (bits 0-3), the T bit of a new TSS (BT). */
  debugMatches = 0;

  readonly code: CodeCache;
  readonly translation: Translation;
  unit: FloatingPointUnit | undefined;
  /** Operand size, 1 or 2, of the ESC instruction under execution. */
  unitOperandSize = 1;
  private readonly pristine: unknown;

  constructor(
    public memory: DomainMemory,
    public profile: CpuProfile,
    /** Timestamp counter as the host counts it. */
    public readTimestamp: () => number,
  ) {
    const buffer = new ArrayBuffer(FILE_WORDS * 4);
    this.file = new Int32Array(buffer);
    this.file8 = new Uint8Array(buffer);
    this.file16 = new Uint16Array(buffer);
    this.exit = {
      reason: Exit.BUDGET,
      address: 0,
      width: 0,
      value: 0,
      string: false,
      count: 0,
      runs: new Uint32Array(2 * RUN_LIMIT),
      runCount: 0,
      descending: false,
    };
    this.code = new CodeCache(memory);
    this.translation = new Translation(memory, this.code, this);
    this.pristine = this.save();
  }

  /** Become a new processor, on the same buffer: nothing of what this one did stays but the memory that its tables take. */
  attach(memory: DomainMemory, profile: CpuProfile, readTimestamp: () => number): void {
    this.memory = memory;
    this.profile = profile;
    this.readTimestamp = readTimestamp;
    this.restore(this.pristine);
    this.delivering = false;
    this.translation.attach(memory);
  }

  // --- abandoning an instruction

  raise(vector: number, errorCode: number = NO_ERROR_CODE): never {
    this.vector = vector;
    this.errorCode = errorCode;
    throw UNWIND;
  }

  /** #GP with a zero error code. */
  protectionFault(): never {
    return this.raise(Vector.PROTECTION, 0);
  }

  undefinedOpcode(): never {
    return this.raise(Vector.INVALID_OPCODE);
  }

  pageFault(linear: number, errorCode: number): never {
    this.cr2 = linear;
    return this.raise(Vector.PAGE_FAULT, errorCode);
  }

  alignmentFault(): never {
    return this.raise(Vector.ALIGNMENT, 0);
  }

  /** Leave with an exit whose answer is logged; the instruction is then executed again from its start. */
  leaveForRead(reason: ExitReason, address: number, width: number): never {
    this.describeExit(reason, address, width, 0);
    this.pending = Pending.LOGGED_READ;
    this.vector = NO_VECTOR;
    throw UNWIND;
  }

  describeExit(reason: ExitReason, address: number, width: number, value: number): void {
    const { exit } = this;
    exit.reason = reason;
    exit.address = address >>> 0;
    exit.width = width;
    exit.value = value;
    exit.string = false;
    exit.count = 1;
    exit.runCount = 0;
    exit.descending = false;
  }

  // --- devices in memory

  deviceRead(physical: number, bytes: number): number {
    if (this.delivering) return -1;
    if (this.replayAt < this.replayCount) return this.replayValues[this.replayAt++];
    if (this.replayCount === REPLAY_LIMIT) return -1;
    return this.leaveForRead(Exit.MEMORY_READ, physical, bytes);
  }

  deviceWrite(physical: number, bytes: number, value: number): void {
    if (this.writeCount === WRITE_LIMIT) return;
    const at = 3 * this.writeCount++;
    this.writes[at] = physical;
    this.writes[at + 1] = bytes;
    this.writes[at + 2] = value;
    this.file[ATTENTION] |= ATTENTION_WRITES;
  }

  codeWritten(): void {
    this.file[ATTENTION] |= ATTENTION_CODE;
  }

  /** Data breakpoints ([SDM] vol. 3, 17.2.5): R/W field 1 breaks on writes, 3 on reads too. */
  watchedAccess(linear: number, bytes: number, write: boolean): void {
    this.noteDebug(this.breakpointsOn(linear, bytes, 3) | (write ? this.breakpointsOn(linear, bytes, 1) : 0));
  }

  /** I/O breakpoints, R/W field 2, which exist while CR4.DE is set. */
  watchedPort(port: number, bytes: number): void {
    if ((this.cr4 & CR4_DE) !== 0) this.noteDebug(this.breakpointsOn(port, bytes, 2));
  }

  /** DR6 bits 0-3 of the enabled breakpoints with R/W field `kind` that `bytes` bytes at `address` touch. */
  breakpointsOn(address: number, bytes: number, kind: number): number {
    const control = this.debug[7];
    let bits = 0;
    for (let i = 0; i < 4; i++) {
      if (((control >>> (2 * i)) & 3) === 0 || ((control >>> (16 + 4 * i)) & 3) !== kind) continue;
      const length = ((control >>> (18 + 4 * i)) & 3) + 1;
      const start = (this.debug[i] & ~(length - 1)) >>> 0;
      if (start < (address >>> 0) + bytes && address >>> 0 < start + length) bits |= 1 << i;
    }
    return bits;
  }

  /** A #DB with these bits of DR6 is due after the instruction. */
  noteDebug(bits: number): void {
    if (bits === 0) return;
    this.debugMatches |= bits;
    this.file[ATTENTION] |= ATTENTION_DEBUG;
  }

  // --- modes

  get protectedMode(): boolean {
    return (this.cr0 & CR0_PE) !== 0;
  }

  get virtual8086(): boolean {
    return (this.file[SYSTEM_FLAGS] & VM) !== 0;
  }

  /** Protected mode without virtual-8086 mode: selectors name descriptors. */
  get descriptorsUsed(): boolean {
    return (this.cr0 & CR0_PE) !== 0 && (this.file[SYSTEM_FLAGS] & VM) === 0;
  }

  get ioPrivilege(): number {
    return (this.file[SYSTEM_FLAGS] >>> 12) & 3;
  }

  get stackMask(): number {
    return (this.access[SS] & ACCESS_BIG) !== 0 ? -1 : 0xffff;
  }

  /** Derive what the loop keeps from CPL, CS, and whether the segments are flat. */
  updateMode(): void {
    const user = this.cpl === 3;
    let kind: number = Kind.CODE16;
    if ((this.access[CS] & ACCESS_BIG) !== 0) {
      const flat =
        this.flat(CS) &&
        this.flatData(DS) &&
        this.flatData(SS) &&
        this.flatData(ES) &&
        (this.access[SS] & ACCESS_BIG) !== 0;
      kind = flat ? Kind.FLAT32 : Kind.CODE32;
    }
    this.file[MODE] = (kind | (user ? MODE_USER : 0)) << MODE_SHIFT;
    this.file[USER] = user ? 1 << 20 : 0;
    this.updateAlignmentCheck();
  }

  private flat(segment: number): boolean {
    return this.bases[segment] === 0 && this.limits[segment] === 0xffff_ffff;
  }

  private flatData(segment: number): boolean {
    return this.flat(segment) && this.readLimits[segment] !== 0 && this.writeLimits[segment] !== 0;
  }

  private updateAlignmentCheck(): void {
    this.translation.alignmentCheck =
      this.cpl === 3 && (this.cr0 & CR0_AM) !== 0 && (this.file[SYSTEM_FLAGS] & AC) !== 0;
  }

  setCpl(cpl: number): void {
    this.cpl = cpl;
    this.updateMode();
  }

  /** Load a segment register's visible and hidden parts. */
  setSegment(segment: number, selector: number, base: number, limit: number, access: number): void {
    this.selectors[segment] = selector;
    this.bases[segment] = base;
    this.limits[segment] = limit;
    this.access[segment] = access;
    const checked = (access & (ACCESS_PRESENT | ACCESS_MEMORY)) !== (ACCESS_PRESENT | ACCESS_MEMORY);
    const code = (access & ACCESS_CODE) !== 0;
    const simple = !checked && (code || (access & ACCESS_CONFORMING) === 0);
    const room = Math.max(0, (limit >>> 0) - 2);
    this.readLimits[segment] = simple && (!code || (access & ACCESS_READ_WRITE) !== 0) ? room : 0;
    this.writeLimits[segment] = simple && !code && (access & ACCESS_READ_WRITE) !== 0 ? room : 0;
    if (segment <= DS) this.updateMode();
  }

  /** Make the segment register null: any access through it faults. */
  clearSegment(segment: number, selector: number): void {
    this.setSegment(segment, selector, 0, 0, 0);
  }

  // --- flags

  get flags(): number {
    return readFlags(this.file);
  }

  /** Replace all of EFLAGS; the caller has applied the rules of privilege. */
  set flags(value: number) {
    writeArithmeticFlags(this.file, value);
    this.systemFlags = value & ~ARITHMETIC_FLAGS;
  }

  get systemFlags(): number {
    return this.file[SYSTEM_FLAGS];
  }

  set systemFlags(value: number) {
    this.file[SYSTEM_FLAGS] = value & WRITABLE_FLAGS;
    this.updateAttention();
    this.updateAlignmentCheck();
  }

  /** Bring the bits of ATTENTION that follow from flags and debug registers up to date. */
  updateAttention(): void {
    const { file } = this;
    const stepping = (file[SYSTEM_FLAGS] & (TF | RF)) !== 0 || this.trapArmed || this.breakpoints;
    const window = this.interruptWindow && (file[SYSTEM_FLAGS] & IF) !== 0;
    file[ATTENTION] =
      (file[ATTENTION] & ~(ATTENTION_TRAP | ATTENTION_WINDOW)) |
      (stepping ? ATTENTION_TRAP : 0) |
      (window ? ATTENTION_WINDOW : 0);
  }

  /** Some breakpoint is enabled, of whatever kind: instructions run one by one, so that each can be looked at. */
  private get breakpoints(): boolean {
    return (this.debug[7] & 0xff) !== 0;
  }

  /** Hold interrupts off until after the next instruction; `stack` holds debug traps off too. */
  openShadow(stack: boolean): void {
    this.stackShadow = stack;
    this.file[ATTENTION] |= ATTENTION_SHADOW;
  }

  // --- memory by segment; `linear*` by linear address with the rights of the present privilege

  read8(segment: number, offset: number): number {
    if (offset >>> 0 >= this.readLimits[segment]) this.checkAccess(segment, offset, 1, false);
    return this.translation.read8((this.bases[segment] + offset) | 0, this.file[USER]);
  }

  read16(segment: number, offset: number): number {
    if (offset >>> 0 >= this.readLimits[segment]) this.checkAccess(segment, offset, 2, false);
    return this.translation.read16((this.bases[segment] + offset) | 0, this.file[USER]);
  }

  read32(segment: number, offset: number): number {
    if (offset >>> 0 >= this.readLimits[segment]) this.checkAccess(segment, offset, 4, false);
    return this.translation.read32((this.bases[segment] + offset) | 0, this.file[USER]);
  }

  write8(segment: number, offset: number, value: number): void {
    if (offset >>> 0 >= this.writeLimits[segment]) this.checkAccess(segment, offset, 1, true);
    this.translation.write8((this.bases[segment] + offset) | 0, value, this.file[USER]);
  }

  write16(segment: number, offset: number, value: number): void {
    if (offset >>> 0 >= this.writeLimits[segment]) this.checkAccess(segment, offset, 2, true);
    this.translation.write16((this.bases[segment] + offset) | 0, value, this.file[USER]);
  }

  write32(segment: number, offset: number, value: number): void {
    if (offset >>> 0 >= this.writeLimits[segment]) this.checkAccess(segment, offset, 4, true);
    this.translation.write32((this.bases[segment] + offset) | 0, value, this.file[USER]);
  }

  /** Size 0, 1, 2 for 8, 16, 32 bits. */
  read(segment: number, offset: number, size: number): number {
    return size === 2
      ? this.read32(segment, offset)
      : size === 1
        ? this.read16(segment, offset)
        : this.read8(segment, offset);
  }

  write(segment: number, offset: number, value: number, size: number): void {
    if (size === 2) this.write32(segment, offset, value);
    else if (size === 1) this.write16(segment, offset, value);
    else this.write8(segment, offset, value);
  }

  /** Read for a read-modify-write: raises whatever the write that follows would raise. */
  readForWrite(segment: number, offset: number, size: number): number {
    const bytes = 1 << size;
    if (offset >>> 0 >= this.writeLimits[segment]) this.checkAccess(segment, offset, bytes, true);
    if (offset >>> 0 >= this.readLimits[segment]) this.checkAccess(segment, offset, bytes, false);
    return this.translation.readForWrite((this.bases[segment] + offset) | 0, bytes, this.file[USER]);
  }

  /** Fault now if `bytes` bytes (at most a page) at `offset` cannot be written. */
  probeWrite(segment: number, offset: number, bytes: number): void {
    this.checkAccess(segment, offset, bytes, true);
    this.translation.probeWrite((this.bases[segment] + offset) | 0, bytes, this.file[USER]);
  }

  /** Exact check of type and limit; raises #GP(0), or #SS(0) for the stack segment ([SDM] vol. 3, 5.3-5.5). */
  checkAccess(segment: number, offset: number, bytes: number, write: boolean): void {
    if (!this.accessPermitted(segment, offset, bytes, write)) {
      this.raise(segment === SS ? Vector.STACK : Vector.PROTECTION, 0);
    }
  }

  accessPermitted(segment: number, offset: number, bytes: number, write: boolean): boolean {
    const access = this.access[segment];
    return this.permits(access, write) && withinLimit(access, this.limits[segment], offset, bytes);
  }

  private permits(access: number, write: boolean): boolean {
    if ((access & ACCESS_PRESENT) === 0) return false;
    const readWrite = (access & ACCESS_READ_WRITE) !== 0;
    return (access & ACCESS_CODE) !== 0 ? readWrite && !write : readWrite || !write;
  }

  // --- whole state

  /** Forget whatever was under way. */
  abandon(): void {
    this.pending = Pending.NOTHING;
    this.halted = false;
    this.shutdown = false;
    this.interruptVector = -1;
    this.replayCount = 0;
    this.replayAt = 0;
    this.resuming = false;
    this.writeCount = 0;
    this.trapArmed = false;
    this.stackShadow = false;
    this.debugMatches = 0;
    this.file[ATTENTION] = 0;
    this.updateAttention();
  }

  /** JSON-compatible copy of everything but memory, the floating-point unit, and what is derived. */
  save(): unknown {
    const arrays = Object.fromEntries(SAVED_ARRAYS.map((name) => [name, [...this[name]]]));
    const values = Object.fromEntries(SAVED_VALUES.map((name) => [name, this[name]]));
    return {
      ...arrays,
      ...values,
      timestampOffset: String(this.timestampOffset),
      addressLine20: this.translation.addressLine20,
      pendingString: { ...this.pendingString },
      exit: { ...this.exit, runs: [...this.exit.runs.subarray(0, 2 * this.exit.runCount)] },
    };
  }

  restore(state: unknown): void {
    const saved = state as Record<string, never> & { exit: VmExit; pendingString: Processor['pendingString'] };
    for (const name of SAVED_ARRAYS) this[name].set(saved[name] as unknown as number[]);
    for (const name of SAVED_VALUES) this[name] = saved[name];
    this.timestampOffset = BigInt(saved.timestampOffset);
    this.translation.setAddressLine20(saved.addressLine20);
    Object.assign(this.pendingString, saved.pendingString);
    const { runs, ...rest } = saved.exit;
    Object.assign(this.exit, rest);
    this.exit.runs.set(runs);
  }

  // --- operands of handlers

  /** Effective address that the record before left. */
  get effectiveAddress(): number {
    return this.file[ADDRESS];
  }

  /** Value of the general register `index` at size 0, 1 or 2; 8-bit numbers 4-7 are AH, CH, DH, BH. */
  register(index: number, size: number): number {
    if (size === 2) return this.file[index];
    return size === 1 ? this.file16[2 * index] : this.file8[byteRegister(index)];
  }

  setRegister(index: number, size: number, value: number): void {
    if (size === 2) this.file[index] = value;
    else if (size === 1) this.file16[2 * index] = value;
    else this.file8[byteRegister(index)] = value;
  }
}

/** Place of 8-bit register `index` (0-7) in the byte view of the file. */
export function byteRegister(index: number): number {
  return index < 4 ? 4 * index : 4 * (index - 4) + 1;
}

/** Does an access of `bytes` bytes at `offset` lie inside a segment with this limit and these attributes? */
export function withinLimit(access: number, limit: number, offset: number, bytes: number): boolean {
  const first = offset >>> 0;
  const last = first + bytes - 1;
  if ((access & (ACCESS_CODE | ACCESS_CONFORMING)) !== ACCESS_CONFORMING) return last <= limit;
  return first > limit && last <= ((access & ACCESS_BIG) !== 0 ? 0xffff_ffff : 0xffff);
}
