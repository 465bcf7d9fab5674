/**
 * Builds one case: registers and memory get random contents, then the generator asks for operands, which fix as little of
 * them as they need. A register that an instruction uses implicitly is pinned, so that addressing does not take it away.
 */
import { ARITHMETIC_FLAGS, Flag, type Patch, type TestCase, type Undefined } from '../case';
import { CODE_START, DATA, type Descriptor, FLAT_CODE, FLAT_DATA, LDT, Segment, STACK, selector } from '../layout';
import type { Random } from '../random';

export const Reg = { EAX: 0, ECX: 1, EDX: 2, EBX: 3, ESP: 4, EBP: 5, ESI: 6, EDI: 7 } as const;

export type Size = 1 | 2 | 4;

/** A segment as the generator sees it: where its offsets lead, and which linear addresses it may use. */
interface SegmentUse {
  readonly selector: number;
  readonly base: number;
  /** Linear addresses that a memory operand may take. */
  readonly low: number;
  readonly high: number;
}

export interface Environment {
  /** Default operand and address size. */
  readonly bits: 16 | 32;
  readonly stackBits: 16 | 32;
  readonly segments: readonly SegmentUse[];
}

const inData = { low: DATA.address, high: DATA.address + DATA.bytes };
const inStack = { low: STACK.address, high: STACK.address + STACK.bytes };
const flat: SegmentUse = { selector: FLAT_DATA, base: 0, ...inData };
const inLdt = (descriptor: Descriptor): SegmentUse => ({
  selector: selector(descriptor),
  base: descriptor.base,
  low: descriptor.base,
  high: descriptor.base + descriptor.limit + 1,
});
const code: SegmentUse = { selector: FLAT_CODE, base: 0, ...inData };
const data = inLdt(LDT.data);
const shifted = inLdt(LDT.shifted);

export const FLAT: Environment = { bits: 32, stackBits: 32, segments: [flat, code, flat, flat, data, shifted] };
export const SEGMENTED: Environment = {
  bits: 32,
  stackBits: 16,
  segments: [shifted, inLdt(LDT.code32), inLdt(LDT.stack16), data, shifted, data],
};
export const CODE16: Environment = {
  bits: 16,
  stackBits: 16,
  segments: [shifted, inLdt(LDT.code16), inLdt(LDT.stack16), data, data, shifted],
};
export const CODE16_STACK32: Environment = {
  ...CODE16,
  stackBits: 32,
  segments: [data, inLdt(LDT.code16), inLdt(LDT.stack32), shifted, data, shifted],
};

/** Mostly flat, as 32-bit systems are. */
export function anyEnvironment(random: Random): Environment {
  return random.pick([FLAT, FLAT, FLAT, FLAT, CODE16, CODE16, SEGMENTED, CODE16_STACK32]);
}

const OVERRIDE = [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65];
export const OPERAND_PREFIX = 0x66;
export const ADDRESS_PREFIX = 0x67;

/** A ModRM operand whose reg field is still zero. */
export interface ModRM {
  readonly bytes: readonly number[];
  /** Register number when mod is 3. */
  readonly register?: number;
  /** Linear address otherwise. */
  readonly address?: number;
}

export interface MemoryRequest {
  /** Bytes that the instruction may touch from the operand's address on. */
  readonly bytes: number;
  /** Bytes that it may touch below it. */
  readonly below?: number;
}

const mask = (size: number): number => (size === 4 ? 0xffffffff : (1 << (size * 8)) - 1);

export class CaseBuilder {
  readonly registers: number[];
  eflags: number;
  readonly selectors: number[];
  readonly undefined: Undefined = { flags: 0, registers: [0, 0, 0, 0, 0, 0, 0, 0], memory: new Map(), nearly: [] };
  private readonly patches: Patch[] = [];
  private readonly pinned = new Set<number>([Reg.ESP]);
  private readonly prefixes: number[] = [];
  /** Address size is fixed by the first memory operand. */
  private addressBits: 16 | 32;

  constructor(
    readonly random: Random,
    readonly environment: Environment = anyEnvironment(random),
  ) {
    this.registers = Array.from({ length: 8 }, () => random.operand(4));
    this.selectors = environment.segments.map((segment) => segment.selector);
    this.eflags = Flag.ONE | Flag.IF | (random.word() & (ARITHMETIC_FLAGS | Flag.DF));
    this.addressBits = environment.bits;
    this.setStack(STACK.address + 0x1000 + random.below(64) * (random.chance(4) ? 1 : 4));
  }

  /** Point the stack at a linear address of the stack window. */
  setStack(address: number): void {
    const offset = address - this.environment.segments[Segment.SS].base;
    const upper = this.environment.stackBits === 16 ? (this.random.word() & 0xffff0000) >>> 0 : 0;
    this.registers[Reg.ESP] = upper + offset;
  }

  /** Linear address of the top of the stack. */
  get stackAddress(): number {
    const pointer = this.registers[Reg.ESP];
    return (
      this.environment.segments[Segment.SS].base + (this.environment.stackBits === 16 ? pointer & 0xffff : pointer)
    );
  }

  /** Give the low `size` bytes of a register a value that addressing may not change. */
  set(register: number, value: number, size: Size = 4): void {
    const m = mask(size);
    this.registers[register] = ((this.registers[register] & ~m) | (value & m)) >>> 0;
    this.pinned.add(register);
  }

  /** As `set`, for a register operand by its number in the encoding: AH, CH, DH, BH are 4-7 when `size` is 1. */
  setOperand(register: number, value: number, size: Size): void {
    if (size === 1 && register >= 4) {
      const shifted = ((value & 0xff) << 8) >>> 0;
      this.registers[register & 3] = ((this.registers[register & 3] & ~0xff00) | shifted) >>> 0;
      this.pinned.add(register & 3);
    } else this.set(register, value, size);
  }

  pin(register: number): void {
    this.pinned.add(register);
  }

  prefix(byte: number): void {
    this.prefixes.push(byte);
  }

  /** Operand-size prefix where `size` differs from the environment's. */
  operandSize(size: Size): void {
    if (size === 2 && this.environment.bits === 32) this.prefix(OPERAND_PREFIX);
    if (size === 4 && this.environment.bits === 16) this.prefix(OPERAND_PREFIX);
  }

  /** Choose the address size; only one time in six against the environment's. @returns bits */
  addressSize(mayDiffer = true): 16 | 32 {
    const flatSpace = this.environment === FLAT;
    if (mayDiffer && !flatSpace && this.random.chance(3)) {
      this.prefix(ADDRESS_PREFIX);
      this.addressBits = this.addressBits === 16 ? 32 : 16;
    }
    return this.addressBits;
  }

  /** Choose the segment of an operand: the default, or by a prefix. @returns its index */
  segment(byDefault: number): number {
    if (!this.random.chance(4)) return byDefault;
    const chosen = this.random.below(6);
    if (chosen === Segment.CS || this.environment.segments[chosen].low === inStack.low) return byDefault;
    this.prefix(OVERRIDE[chosen]);
    return chosen;
  }

  /** A linear address in a segment with room for the request; one in eight crosses a page. */
  place(segment: number, { bytes, below = 0 }: MemoryRequest): number {
    const { low, high } = this.environment.segments[segment];
    if (this.random.chance(8) && bytes > 1) {
      const boundary = low + 0x1000 <= high - bytes ? ((low >>> 12) + 1) << 12 : 0;
      if (boundary - below - bytes > low && boundary + bytes < high)
        return boundary - this.random.between(1, bytes - 1);
    }
    const address = this.random.between(low + below, high - bytes);
    return this.random.chance(2) ? address : Math.max(low + below, address & ~3);
  }

  base(segment: number): number {
    return this.environment.segments[segment].base;
  }

  patch(address: number, bytes: Uint8Array): void {
    this.patches.push({ address, bytes });
  }

  /** Put a value of `size` bytes into memory. */
  store(address: number, value: number, size: Size): void {
    const bytes = new Uint8Array(size);
    for (let i = 0; i < size; i++) bytes[i] = value >>> (8 * i);
    this.patch(address, bytes);
  }

  /** A register as ModRM operand. */
  registerOperand(register: number = this.random.below(8)): ModRM {
    return { bytes: [0xc0 | register], register };
  }

  /** A memory operand by any addressing form of the chosen address size ([SDM] vol. 2, tables 2-1 to 2-3). */
  memoryOperand(request: MemoryRequest): ModRM {
    return this.addressSize() === 16 ? this.memory16(request) : this.memory32(request);
  }

  /** Memory operand holding a value of `size` bytes. */
  memoryValue(value: number, size: Size): ModRM {
    const operand = this.memoryOperand({ bytes: size });
    this.store(operand.address!, value, size);
    return operand;
  }

  /** Register (one time in two) or memory operand with a value. */
  operand(value: number, size: Size): ModRM {
    if (this.random.chance(2)) return this.memoryValue(value, size);
    const operand = this.registerOperand();
    if (size === 1 || operand.register !== Reg.ESP) this.setOperand(operand.register!, value, size);
    return operand;
  }

  private memory32(request: MemoryRequest): ModRM {
    const { random, registers } = this;
    const base = random.below(8);
    const withSib = base === Reg.ESP || random.chance(3);
    const index = withSib ? random.below(8) : 4;
    const scale = random.below(4);
    let mod = random.below(3);
    const noBase = mod === 0 && base === Reg.EBP;
    const stackDefault = !noBase && (base === Reg.ESP || base === Reg.EBP);
    const segment = this.segment(stackDefault ? Segment.SS : Segment.DS);
    const address = this.place(segment, request);
    const offset = (address - this.base(segment)) >>> 0;
    const indexed = index === 4 ? 0 : Math.imul(registers[index], 1 << scale);
    const free = !noBase && !this.pinned.has(base) && base !== index;
    if (!free && !noBase) mod = 2;
    let displacement = mod === 1 ? (random.word() << 24) >> 24 : mod === 2 ? random.word() | 0 : 0;
    if (noBase) displacement = (offset - indexed) | 0;
    else if (free) registers[base] = (offset - indexed - displacement) >>> 0;
    else displacement = (offset - indexed - registers[base]) | 0;
    if (withSib && index !== 4) this.pinned.add(index);
    if (!noBase) this.pinned.add(base);
    const bytes = withSib ? [(mod << 6) | 4, (scale << 6) | (index << 3) | base] : [(mod << 6) | base];
    if (mod === 1) bytes.push(displacement & 0xff);
    if (mod === 2 || noBase) bytes.push(...little(displacement, 4));
    return { bytes, address };
  }

  private memory16(request: MemoryRequest): ModRM {
    const { random, registers } = this;
    const rm = random.below(8);
    let mod = random.below(3);
    const parts = [[3, 6], [3, 7], [5, 6], [5, 7], [6], [7], [5], [3]][rm];
    const noBase = mod === 0 && rm === 6;
    const segment = this.segment(!noBase && parts[0] === Reg.EBP ? Segment.SS : Segment.DS);
    const address = this.place(segment, request);
    const offset = (address - this.base(segment)) & 0xffff;
    const free = !noBase && parts.find((register) => !this.pinned.has(register));
    if (!free && !noBase) mod = 2;
    let displacement = mod === 1 ? (random.word() << 24) >> 24 : mod === 2 ? random.word() & 0xffff : 0;
    const others = parts
      .filter((register) => register !== free)
      .reduce((sum, register) => sum + registers[register], 0);
    if (noBase) displacement = offset;
    else if (free) this.set(free, (offset - others - displacement) & 0xffff, 2);
    else displacement = (offset - others) & 0xffff;
    if (!noBase) for (const register of parts) this.pinned.add(register);
    const bytes = [(mod << 6) | rm];
    if (mod === 1) bytes.push(displacement & 0xff);
    if (mod === 2 || noBase) bytes.push(...little(displacement, 2));
    return { bytes, address };
  }

  /**
   * Finish. `code` is the instruction without the prefixes asked for so far.
   * @param start linear address of the code
   */
  build(name: string, codeBytes: readonly number[], start: number = CODE_START): TestCase {
    const all = [...this.prefixes, ...codeBytes];
    return {
      name,
      code: Uint8Array.from(all),
      codeAddress: start,
      registers: this.registers,
      eip: start - this.base(Segment.CS),
      eflags: this.eflags,
      selectors: this.selectors,
      patches: this.patches,
      undefined: this.undefined,
    };
  }
}

/** Little-endian bytes. */
export function little(value: number, size: number): number[] {
  return Array.from({ length: size }, (_, i) => (value >>> (8 * i)) & 0xff);
}

/** ModRM bytes with the reg field filled in. */
export function withReg(operand: ModRM, reg: number): number[] {
  const [first, ...rest] = operand.bytes;
  return [first | (reg << 3), ...rest];
}
