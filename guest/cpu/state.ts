/**
 * Layout of the vCPU's register file and the constants of the architecture that several parts share.
 *
 * The file is one Int32Array so that micro-operations name any register, architectural or temporary, by a number; byte and
 * half-word registers are reached through views of the same buffer (the host is little-endian, as the guest is).
 */

/** General registers stand at 0-7 in their ModRM encoding. */
export const EAX = 0;
export const ECX = 1;
export const EDX = 2;
export const EBX = 3;
export const ESP = 4;
export const EBP = 5;
export const ESI = 6;
export const EDI = 7;
/** Always zero: stands for an absent base or index, so that all addressing forms share one expression. */
export const ZERO = 8;
/** Data operand of an instruction that has one in memory. */
export const TEMPORARY = 9;
/** Effective address, for instructions that are executed by a handler. */
export const ADDRESS = 10;
/**
 * Arithmetic flags, kept as the values they derive from: ZF is `FLAG_ZERO === 0`, SF is the sign of FLAG_SIGN, PF the even
 * parity of its low byte; FLAG_CARRY holds the carries out of each bit: CF is bit 31, OF is bit 31 xor bit 30, AF is bit 3.
 */
export const FLAG_ZERO = 11;
export const FLAG_SIGN = 12;
export const FLAG_CARRY = 13;
/** EFLAGS without the arithmetic flags. */
export const SYSTEM_FLAGS = 14;
/** EIP of the instruction under execution, or of the next one between instructions. */
export const EIP = 15;
/** EIP of the following instruction, set where a handler runs that may transfer control. */
export const NEXT_EIP = 16;
/** ATTENTION_* bits: why the loop must stop at the next instruction boundary. */
export const ATTENTION = 17;
/** Instructions that may still be executed, set where a handler or the boundary runs. */
export const REMAINING = 18;
/** Iterations that a repeated string instruction completed. */
export const ITERATIONS = 19;
/** Index of the decode mode and privilege in the code translation table, already shifted to its place (see code-cache.ts). */
export const MODE = 20;
/** 1 << 20 at CPL 3, else 0: selects the half of a data translation table. */
export const USER = 21;
/** 1 while a task switch has left the old task: a fault then belongs to the new one and EIP must not be taken back. */
export const COMMITTED = 22;
/** 1 when the handler has described a VM exit: the loop returns with the instruction unfinished. */
export const LEAVING = 23;
/** Set by the boundary: MODE_STEP in its place when one instruction is to be executed alone, else 0. */
export const STEP = 24;
export const FILE_WORDS = 32;

export const ATTENTION_WRITES = 1; // device writes wait for their exits
export const ATTENTION_CODE = 2; // decoded code was dropped
export const ATTENTION_TRAP = 4; // TF is set or an instruction breakpoint is armed
export const ATTENTION_SHADOW = 8; // STI or MOV SS holds interrupts off for one instruction
export const ATTENTION_WINDOW = 16; // an interrupt window is asked for and open
export const ATTENTION_REPLAY = 32; // the instruction is executed again with the device reads it has already made
export const ATTENTION_EVENT = 64; // an interrupt waits to be delivered
export const ATTENTION_DEBUG = 128; // a data breakpoint or the T bit of a TSS was met

export const CF = 0x0001;
export const PF = 0x0004;
export const AF = 0x0010;
export const ZF = 0x0040;
export const SF = 0x0080;
export const TF = 0x0100;
export const IF = 0x0200;
export const DF = 0x0400;
export const OF = 0x0800;
export const IOPL = 0x3000;
export const NT = 0x4000;
export const RF = 0x0001_0000;
export const VM = 0x0002_0000;
export const AC = 0x0004_0000;
export const ID = 0x0020_0000;
export const ARITHMETIC_FLAGS = CF | PF | AF | ZF | SF | OF;

export const ES = 0;
export const CS = 1;
export const SS = 2;
export const DS = 3;
export const FS = 4;
export const GS = 5;
/** The two system segment registers share the segment arrays. */
export const LDTR = 6;
export const TR = 7;

export const CR0_PE = 0x0000_0001;
export const CR0_MP = 0x0000_0002;
export const CR0_EM = 0x0000_0004;
export const CR0_TS = 0x0000_0008;
export const CR0_ET = 0x0000_0010;
export const CR0_NE = 0x0000_0020;
export const CR0_WP = 0x0001_0000;
export const CR0_AM = 0x0004_0000;
export const CR0_NW = 0x2000_0000;
export const CR0_CD = 0x4000_0000;
export const CR0_PG = 0x8000_0000 | 0;

export const CR4_TSD = 0x04;
export const CR4_DE = 0x08;
export const CR4_PSE = 0x10;
export const CR4_PGE = 0x80;
export const CR4_OSFXSR = 0x200;

/** Exception vectors ([SDM] vol. 3, table 6-1). */
export const Vector = {
  DIVIDE: 0,
  DEBUG: 1,
  BREAKPOINT: 3,
  OVERFLOW: 4,
  BOUND: 5,
  INVALID_OPCODE: 6,
  NO_MATH: 7,
  DOUBLE_FAULT: 8,
  INVALID_TSS: 10,
  NOT_PRESENT: 11,
  STACK: 12,
  PROTECTION: 13,
  PAGE_FAULT: 14,
  MATH: 16,
  ALIGNMENT: 17,
} as const;
