/** What a case is and what comes of it. */

/** Vectors ([SDM] vol. 3, table 6-1). A case that runs to its end meets INT3, hence BREAKPOINT. */
export const Vector = {
  DIVIDE: 0,
  DEBUG: 1,
  BREAKPOINT: 3,
  OVERFLOW: 4,
  BOUND: 5,
  INVALID_OPCODE: 6,
  NOT_PRESENT: 11,
  STACK: 12,
  PROTECTION: 13,
  PAGE: 14,
  FLOATING_POINT: 16,
  ALIGNMENT: 17,
} as const;

export const Flag = {
  CF: 0x0001,
  ONE: 0x0002,
  PF: 0x0004,
  AF: 0x0010,
  ZF: 0x0040,
  SF: 0x0080,
  TF: 0x0100,
  IF: 0x0200,
  DF: 0x0400,
  OF: 0x0800,
  RF: 0x10000,
  AC: 0x40000,
} as const;

/** CF, PF, AF, ZF, SF and OF. */
export const ARITHMETIC_FLAGS = 0x8d5;

export const REGISTER_NAMES = ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi'] as const;
export const SEGMENT_NAMES = ['es', 'cs', 'ss', 'ds', 'fs', 'gs'] as const;

/** Bytes put into a data window before the case runs. */
export interface Patch {
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** Bits of a result that the specification leaves undefined. */
export interface Undefined {
  flags: number;
  /** One mask of ignored bits for each general register. */
  readonly registers: number[];
  /** Linear addresses of bytes with undefined bits, each with the mask of ignored bits. */
  readonly memory: Map<number, number>;
  /** Linear addresses of 80-bit floating-point numbers that need agree only to two units in the last place. */
  readonly nearly: number[];
}

export interface TestCase {
  /** Mnemonic and form, for reports. */
  readonly name: string;
  readonly code: Uint8Array;
  /** Linear address of `code`. */
  readonly codeAddress: number;
  /** General registers in ModRM order, unsigned. */
  readonly registers: readonly number[];
  /** Offset of the first instruction in CS. */
  readonly eip: number;
  readonly eflags: number;
  /** ES CS SS DS FS GS. */
  readonly selectors: readonly number[];
  readonly patches: readonly Patch[];
  readonly undefined: Undefined;
}

/** Contiguous bytes of a data window that differ from what the case found. */
export interface Change {
  readonly address: number;
  readonly bytes: Uint8Array;
}

export interface TestResult {
  vector: number;
  /** Zero for vectors without an error code. */
  error: number;
  /** CR2, only for page faults. */
  cr2: number;
  eip: number;
  eflags: number;
  registers: number[];
  selectors: number[];
  changes: Change[];
}
