/** Instructions that reach memory, one of each kind: what limit, paging and alignment cases are made of. */

export interface Access {
  readonly name: string;
  /** Mnemonic by which undefined.ts knows its flags, where some are undefined. */
  readonly undefined?: string;
  readonly code: readonly number[];
  /** ModRM.reg where it extends the opcode. */
  readonly reg?: number;
  /** Bytes touched with 32-bit operands. */
  readonly bytes: number;
  /** Immediate. */
  readonly after?: readonly number[];
  /** Its 16-bit form would leave the code window. */
  readonly only32?: true;
  /** A segment through which it would read the code window, which is INT3 throughout. */
  readonly never?: 'cs';
}

export const ACCESSES: readonly Access[] = [
  { name: 'MOV r8, m', code: [0x8a], bytes: 1 },
  { name: 'MOV r, m', code: [0x8b], bytes: 4 },
  { name: 'MOV m, r8', code: [0x88], bytes: 1 },
  { name: 'MOV m, r', code: [0x89], bytes: 4 },
  { name: 'ADD m, r', code: [0x01], bytes: 4 },
  { name: 'ADD r, m', code: [0x03], bytes: 4 },
  { name: 'CMP m, r', code: [0x39], bytes: 4 },
  { name: 'TEST m, r8', undefined: 'TEST', code: [0x84], bytes: 1 },
  { name: 'NOT m', code: [0xf7], reg: 2, bytes: 4 },
  { name: 'INC m8', code: [0xfe], reg: 0, bytes: 1 },
  { name: 'XCHG m, r', code: [0x87], bytes: 4 },
  { name: 'CMPXCHG m, r', code: [0x0f, 0xb1], bytes: 4 },
  { name: 'CMPXCHG8B', code: [0x0f, 0xc7], reg: 1, bytes: 8 },
  { name: 'XADD m, r', code: [0x0f, 0xc1], bytes: 4 },
  { name: 'SHL m, imm', undefined: 'SHL by 3', code: [0xc1], reg: 4, bytes: 4, after: [3] },
  { name: 'ROR m, 0', code: [0xc1], reg: 1, bytes: 4, after: [0] },
  { name: 'BTS m, imm', undefined: 'BTS', code: [0x0f, 0xba], reg: 5, bytes: 4, after: [3] },
  { name: 'BT m, imm', undefined: 'BT', code: [0x0f, 0xba], reg: 4, bytes: 4, after: [3] },
  { name: 'MOVZX r, m16', code: [0x0f, 0xb7], bytes: 2 },
  { name: 'SETZ m8', code: [0x0f, 0x94], bytes: 1 },
  { name: 'CMOVZ r, m', code: [0x0f, 0x44], bytes: 4 },
  { name: 'PUSH m', code: [0xff], reg: 6, bytes: 4 },
  { name: 'POP m', code: [0x8f], reg: 0, bytes: 4 },
  { name: 'CALL m', code: [0xff], reg: 2, bytes: 4, only32: true, never: 'cs' },
  { name: 'JMP far m', code: [0xff], reg: 5, bytes: 6 },
  { name: 'LDS', code: [0xc5], bytes: 6 },
  { name: 'LES', code: [0xc4], bytes: 6 },
  { name: 'BOUND', code: [0x62], bytes: 8 },
  { name: 'DIV m', undefined: 'DIV', code: [0xf7], reg: 6, bytes: 4 },
  { name: 'IMUL r, m', undefined: 'IMUL', code: [0x0f, 0xaf], bytes: 4 },
  { name: 'MOV m16, sreg', code: [0x8c], reg: 3, bytes: 2 },
  { name: 'MOV sreg, m16', code: [0x8e], reg: 0, bytes: 2 },
  { name: 'ARPL m16, r', code: [0x63], bytes: 2 },
];

/** Pushes, pops and frames at the ends of the stack segment. */
export const STACK_CODES: readonly (readonly [string, readonly number[]])[] = [
  ['PUSH r', [0x50]],
  ['POP r', [0x58]],
  ['PUSHA', [0x60]],
  ['POPA', [0x61]],
  ['PUSHF', [0x9c]],
  ['POPF', [0x9d]],
  ['CALL', [0xe8, 0, 1, 0, 0]],
  ['RET', [0xc3]],
  ['RET imm', [0xc2, 4, 0]],
  ['RETF', [0xcb]],
  ['IRET', [0xcf]],
  ['ENTER 4, 0', [0xc8, 4, 0, 0]],
  ['ENTER 4, 2', [0xc8, 4, 0, 2]],
  ['ENTER 4, 9', [0xc8, 4, 0, 9]],
  ['LEAVE', [0xc9]],
  ['PUSH FS', [0x0f, 0xa0]],
  ['POP FS', [0x0f, 0xa1]],
];
