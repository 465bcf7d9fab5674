import { HANDLER_MASK } from './operands';
import {
  ATTENTION,
  EAX,
  EDX,
  EIP,
  ESP,
  FLAG_CARRY,
  FLAG_SIGN,
  FLAG_ZERO,
  ITERATIONS,
  LEAVING,
  MODE,
  NEXT_EIP,
  REMAINING,
  USER,
} from './state';

/**
 * The micro-operations of the loop: for each its name and the JavaScript that executes it, as text for `loop.ts`.
 *
 * They are made from templates because JavaScript has no macros: the same dozen lines (a memory access, a carry vector) occur in some
 * two hundred cases, V8 inlines only the first few helper functions of so large a function, and a call costs as much as the
 * operation. Written out by hand the table would be five times as long.
 *
 * An instruction with operands in memory becomes up to three operations: load into TEMPORARY, compute, store. Only the last operation of an
 * instruction writes memory, and a load for a later store has checked that the store will succeed; so an instruction that is
 * abandoned has changed nothing, and one that stores has nothing left to do.
 *
 * Names in the text: `w` first word of the record, `pc` its index, `c` the records, `r`, `r16`, `r8` the register file in three
 * widths, `zero`, `sign`, `carry` the flag words, `left` the instruction budget, `eip`, `page` (EIP of the page's first byte), `user`; `m8`, `m16`, `m32`
 * memory (`csLimit` has its top bit inverted, so that signed
 * comparisons order unsigned numbers: V8 keeps those as doubles), `RT`, `WT` the translation tables, `T` the translation, `P` the processor, `H` the handlers.
 */

/** Fields of a record's first word. */
export const FIELD_A = 9;
export const FIELD_B = 15;
export const FIELD_INDEX = 21;
export const FIELD_SCALE = 25;
export const FIELD_SEGMENT = 27;
export const BIT_ADDRESS16 = 1 << 30;
export const OPERATION_MASK = 511;

/** Word 3 of a record: place in the page (12 bits), length (4), instructions before it in its run. */
export const META_LENGTH = 12;
export const META_BEFORE = 16;

const A = '(w >>> 9 & 63)';
const B = '(w >>> 15 & 63)';
const INDEX = '(w >>> 21 & 15)';
const SEGMENT = '(w >>> 27 & 7)';
const NEXT = 'pc += 4; continue;';
/** Registers as seen by 8-, 16- and 32-bit operations. */
const VIEW: Record<number, string> = { 8: 'r8', 16: 'r16', 32: 'r' };
const MEMORY: Record<number, string> = { 8: 'm8[p]', 16: 'm16[p >>> 1]', 32: 'm32[p >>> 2]' };
/** Bits that must be clear for the direct access: those of addresses that are no memory, and those of unaligned ones. */
const INDIRECT: Record<number, string> = { 8: '-0x40000000', 16: '-0x3fffffff', 32: '-0x3ffffffd' };

/** Continue at the boundary behind the present instruction. */
const LEAVE_BEHIND =
  '{ const m = c[pc + 3]; eip = (page + (m & 4095) + (m >>> 12 & 15)) | 0; left -= (m >>> 16) + 1; continue boundary; }';
const SAVE_FLAGS = `r[${FLAG_ZERO}] = zero; r[${FLAG_SIGN}] = sign; r[${FLAG_CARRY}] = carry;`;
const LOAD_FLAGS = `zero = r[${FLAG_ZERO}]; sign = r[${FLAG_SIGN}]; carry = r[${FLAG_CARRY}];`;
const RELOAD = `csBase = bases[1]; csLimit = limits[1] ^ -0x80000000; mode = r[${MODE}]; user = r[${USER}];`;

const BITS = [8, 16, 32] as const;

/** Sign-extend an expression of `bits` bits. */
function extended(expression: string, bits: number): string {
  return bits === 32 ? expression : `${expression} << ${32 - bits} >> ${32 - bits}`;
}

/** Carry word from a carry vector. */
function carries(expression: string, bits: number): string {
  return bits === 32 ? `carry = ${expression};` : `const v = ${expression}; carry = v << ${32 - bits} | v & 8;`;
}

function resultFlags(bits: number): string {
  return `zero = sign = ${extended('s', bits)};`;
}

const ADD_CARRIES = 'a & b | (a | b) & ~s';
const SUBTRACT_CARRIES = '~a & b | (~a | b) & s';

interface Arithmetic {
  readonly result: string;
  readonly carries: string;
  readonly writes: boolean;
}

const ARITHMETIC: Record<string, Arithmetic> = {
  ADD: { result: 'a + b | 0', carries: ADD_CARRIES, writes: true },
  OR: { result: 'a | b', carries: '0', writes: true },
  ADC: { result: 'a + b + (carry >>> 31) | 0', carries: ADD_CARRIES, writes: true },
  SBB: { result: 'a - b - (carry >>> 31) | 0', carries: SUBTRACT_CARRIES, writes: true },
  AND: { result: 'a & b', carries: '0', writes: true },
  SUB: { result: 'a - b | 0', carries: SUBTRACT_CARRIES, writes: true },
  XOR: { result: 'a ^ b', carries: '0', writes: true },
  CMP: { result: 'a - b | 0', carries: SUBTRACT_CARRIES, writes: false },
  TEST: { result: 'a & b', carries: '0', writes: false },
};

const operations: (readonly [name: string, text: string])[] = [];

function define(name: string, text: string): void {
  operations.push([name, text]);
}

/** One two-operand operation, its second operand a register or the immediate. */
function defineArithmetic(name: string, operation: Arithmetic, bits: number, immediate: boolean): void {
  const view = VIEW[bits];
  const flags = operation.carries === '0' ? 'carry = 0;' : carries(operation.carries, bits);
  define(
    `${name}${bits}${immediate ? 'I' : 'R'}`,
    `const a = ${view}[${A}], b = ${immediate ? 'c[pc + 1]' : `${view}[${B}]`}; const s = ${operation.result};
     ${flags} ${resultFlags(bits)} ${operation.writes ? `${view}[${A}] = s;` : ''} ${NEXT}`,
  );
}

for (const bits of BITS) {
  for (const [name, operation] of Object.entries(ARITHMETIC)) {
    defineArithmetic(name, operation, bits, false);
    defineArithmetic(name, operation, bits, true);
  }
  const view = VIEW[bits];
  const keepCarry = `carry = carry & -0x80000000 | (carry < 0 ? 0x40000000 : 0)`;
  // INC and DEC keep CF; OF is the difference of the top two bits of the word.
  define(
    `INC${bits}`,
    `const s = ${view}[${A}] + 1 | 0; ${resultFlags(bits)} ${view}[${A}] = s;
     ${keepCarry} ^ (zero === ${-(2 ** (bits - 1))} ? 0x40000000 : 0) | ((s & 15) === 0 ? 8 : 0); ${NEXT}`,
  );
  define(
    `DEC${bits}`,
    `const s = ${view}[${A}] - 1 | 0; ${resultFlags(bits)} ${view}[${A}] = s;
     ${keepCarry} ^ (zero === ${2 ** (bits - 1) - 1} ? 0x40000000 : 0) | ((s & 15) === 15 ? 8 : 0); ${NEXT}`,
  );
  define(
    `NEG${bits}`,
    `const b = ${view}[${A}]; const s = -b | 0; ${carries('b | s', bits)} ${resultFlags(bits)} ${view}[${A}] = s; ${NEXT}`,
  );
  define(`NOT${bits}`, `${view}[${A}] = ~${view}[${A}]; ${NEXT}`);
  define(`MOV${bits}R`, `${view}[${A}] = ${view}[${B}]; ${NEXT}`);
  define(`MOV${bits}I`, `${view}[${A}] = c[pc + 1]; ${NEXT}`);
  define(`XCHG${bits}`, `const a = ${view}[${A}]; ${view}[${A}] = ${view}[${B}]; ${view}[${B}] = a; ${NEXT}`);
}

// --- 32-bit shifts; `n` is 1-31. See arithmetic.ts for what the undefined flags are.

const SHIFTS: Record<string, string> = {
  SHL32: 'const s = a << n; carry = a << n - 1 & -0x40000000; zero = sign = s;',
  SHR32: 'const s = a >>> n; carry = (a >>> n - 1) << 31 >> 1 ^ s & 0x40000000; zero = sign = s | 0;',
  SAR32: 'const s = a >> n; carry = (a >> n - 1) << 31 >> 1; zero = sign = s;',
  ROL32: 'const s = a << n | a >>> 32 - n; carry = s << 31 | s >>> 1 & 0x40000000 | carry & 8;',
  ROR32: 'const s = a >>> n | a << 32 - n; carry = s & -0x40000000 | carry & 8;',
};
for (const [name, text] of Object.entries(SHIFTS)) {
  define(`${name}I`, `const n = c[pc + 1], a = r[${A}]; ${text} r[${A}] = s; ${NEXT}`);
  define(`${name}C`, `const n = r[1] & 31; if (n !== 0) { const a = r[${A}]; ${text} r[${A}] = s; } ${NEXT}`);
}

// IMUL overflows exactly when the double product, which is exact where it could be equal, differs from the low 32 bits.
const PRODUCT = 'const s = Math.imul(a, b); zero = sign = s; carry = a * b === s ? 0 : -0x80000000;';
define('IMUL32R', `const a = r[${A}], b = r[${B}]; ${PRODUCT} r[${A}] = s; ${NEXT}`);
define('IMUL32I', `const a = c[pc + 1], b = r[${B}]; ${PRODUCT} r[${A}] = s; ${NEXT}`);
define('CWDE', `r[${EAX}] = r16[${2 * EAX}] << 16 >> 16; ${NEXT}`);
define('CDQ', `r[${EDX}] = r[${EAX}] >> 31; ${NEXT}`);

// --- widening moves between registers

define('MOVZX32_8', `r[${A}] = r8[${B}]; ${NEXT}`);
define('MOVZX32_16', `r[${A}] = r16[${B}]; ${NEXT}`);
define('MOVSX32_8', `r[${A}] = r8[${B}] << 24 >> 24; ${NEXT}`);
define('MOVSX32_16', `r[${A}] = r16[${B}] << 16 >> 16; ${NEXT}`);
define('MOVZX16_8', `r16[${A}] = r8[${B}]; ${NEXT}`);
define('MOVSX16_8', `r16[${A}] = r8[${B}] << 24 >> 24; ${NEXT}`);
define('CMOV16', `if (condition(${INDEX}, zero, sign, carry)) r16[${A}] = r16[${B}]; ${NEXT}`);
define('CMOV32', `if (condition(${INDEX}, zero, sign, carry)) r[${A}] = r[${B}]; ${NEXT}`);
define('SETCC', `r8[${A}] = condition(${INDEX}, zero, sign, carry) ? 1 : 0; ${NEXT}`);

// --- memory. The flat forms serve DS, ES and SS in FLAT32 mode; the others check the segment.

const EFFECTIVE = `(r[${B}] + (r[${INDEX}] << (w >>> 25 & 3)) + c[pc + 1]) | 0`;

/** Sets `lin` to the linear address of an access of `bits` bits. */
function linearAddress(flat: boolean, bits: number, write: boolean): string {
  if (flat) return `const lin = ${EFFECTIVE};`;
  return `let ea = ${EFFECTIVE}; if ((w & ${BIT_ADDRESS16}) !== 0) ea &= 0xffff;
    const seg = ${SEGMENT}; if (ea >>> 0 >= ${write ? 'writeLimits' : 'readLimits'}[seg]) P.checkAccess(seg, ea, ${bits / 8}, ${write});
    const lin = (bases[seg] + ea) | 0;`;
}

/** `target` takes the value at `lin`; `wrap` is applied to it. */
function load(bits: number, assign: (value: string) => string): string {
  return `const p = RT[lin >>> 12 | user] ^ lin;
    if ((p & ${INDIRECT[bits]}) === 0) ${assign(MEMORY[bits])} else ${assign(`T.read${bits}(lin, user)`)}`;
}

function store(bits: number, value: string): string {
  return `const p = WT[lin >>> 12 | user] ^ lin;
    if ((p & ${INDIRECT[bits]}) === 0) ${MEMORY[bits]} = ${value};
    else { T.write${bits}(lin, ${value}, user); if (r[${ATTENTION}] !== 0) ${LEAVE_BEHIND} }`;
}

for (const flat of [true, false]) {
  const suffix = flat ? '' : 'S';
  const defineLoad = (name: string, bits: number, assign: (value: string) => string) =>
    define(`${name}${suffix}`, `${linearAddress(flat, bits, false)} ${load(bits, assign)} ${NEXT}`);
  for (const bits of BITS) {
    defineLoad(`LOAD${bits}`, bits, (value) => `${VIEW[bits]}[${A}] = ${value};`);
    define(
      `LOADM${bits}${suffix}`,
      `${linearAddress(flat, bits, true)} const p = WT[lin >>> 12 | user] ^ lin;
       ${flat ? '' : `if (ea >>> 0 >= readLimits[seg]) P.checkAccess(seg, ea, ${bits / 8}, false);`}
       if ((p & ${INDIRECT[bits]}) === 0) ${VIEW[bits]}[${A}] = ${MEMORY[bits]};
       else ${VIEW[bits]}[${A}] = T.readForWrite(lin, ${bits / 8}, user); ${NEXT}`,
    );
    define(
      `STORE${bits}R${suffix}`,
      `${linearAddress(flat, bits, true)} ${store(bits, `${VIEW[bits]}[${A}]`)} ${NEXT}`,
    );
    define(`STORE${bits}I${suffix}`, `${linearAddress(flat, bits, true)} ${store(bits, 'c[pc + 2]')} ${NEXT}`);
  }
  defineLoad('LOADZX8', 8, (value) => `r[${A}] = ${value};`);
  defineLoad('LOADZX16', 16, (value) => `r[${A}] = ${value};`);
  defineLoad('LOADSX8', 8, (value) => `r[${A}] = ${value} << 24 >> 24;`);
  defineLoad('LOADSX16', 16, (value) => `r[${A}] = ${value} << 16 >> 16;`);
}

define('LEA', `let ea = ${EFFECTIVE}; if ((w & ${BIT_ADDRESS16}) !== 0) ea &= 0xffff; r[${A}] = ea; ${NEXT}`);

// --- the flat 32-bit stack

/** Store `value` below the top of the stack and move ESP, if the store does not fault. */
function push(value: string): string {
  return `const lin = (r[${ESP}] - 4) | 0; const p = WT[lin >>> 12 | user] ^ lin;
    if ((p & ${INDIRECT[32]}) === 0) { m32[p >>> 2] = ${value}; r[${ESP}] = lin; }
    else { T.write32(lin, ${value}, user); r[${ESP}] = lin; if (r[${ATTENTION}] !== 0) `;
}

define('PUSH32R', `${push(`r[${A}]`)} ${LEAVE_BEHIND} } ${NEXT}`);
define('PUSH32I', `${push('c[pc + 1]')} ${LEAVE_BEHIND} } ${NEXT}`);
const TOP = `const lin = r[${ESP}]; const p = RT[lin >>> 12 | user] ^ lin;
  const top = (p & ${INDIRECT[32]}) === 0 ? m32[p >>> 2] : T.read32(lin, user);`;
// POP ESP leaves the popped value, so ESP moves first.
define('POP32', `${TOP} r[${ESP}] = (lin + 4) | 0; r[${A}] = top; ${NEXT}`);
define(
  'LEAVE32',
  `const lin = r[5]; const p = RT[lin >>> 12 | user] ^ lin;
   const top = (p & ${INDIRECT[32]}) === 0 ? m32[p >>> 2] : T.read32(lin, user); r[${ESP}] = (lin + 4) | 0; r[5] = top; ${NEXT}`,
);

// --- control transfers. CHAIN: word 1 is the target's record, word 2 the instructions to charge (its own run's up to here, less those
// before the target in its run). LINK: word 1 is the target's place in this page, to be chained once it is decoded.
// FAR: word 1 is the target's distance from the page's start.

const RESERVE_CHECK =
  'if (left < RESERVE) { const m = c[pc + 3]; eip = (page + (m & 4095)) | 0; left -= m >>> 16; continue boundary; } continue;';
const CHAIN = `left -= c[pc + 2]; pc = c[pc + 1]; ${RESERVE_CHECK}`;
/** Go to `page + distance`; counts the instruction. */
const GO = 'eip = (page + c[pc + 1]) | 0; left -= (c[pc + 3] >>> 16) + 1; continue boundary;';
/** The same, chaining the record first: that replaces word 1. */
const LINK =
  'const to = (page + c[pc + 1]) | 0; host.link(pc, page, mode); eip = to; left -= (c[pc + 3] >>> 16) + 1; continue boundary;';
/** The same for any target: beyond the limit of CS, `resolve` raises #GP(0) here, while the branch is still the instruction under way. */
const GO_MASKED = `let to = (page + c[pc + 1]) | 0; if ((w & ${BIT_ADDRESS16}) !== 0) to &= 0xffff; if ((to ^ -0x80000000) > csLimit) host.resolve(to, mode); eip = to; left -= (c[pc + 3] >>> 16) + 1; continue boundary;`;

const CONDITIONS = [
  '(carry ^ carry << 1) < 0',
  'carry < 0',
  'zero === 0',
  '(carry < 0 || zero === 0)',
  'sign < 0',
  'parity[sign & 255] !== 0',
  '(sign ^ carry ^ carry << 1) < 0',
  '(zero === 0 || (sign ^ carry ^ carry << 1) < 0)',
];
for (let code = 0; code < 16; code++) {
  define(`JCC${code}`, `if (${(code & 1) !== 0 ? '!' : ''}(${CONDITIONS[code >>> 1]})) { ${CHAIN} } ${NEXT}`);
}
define('JCC_LINK', `if (condition(${A}, zero, sign, carry)) { ${LINK} } ${NEXT}`);
define('JCC_FAR', `if (condition(${A}, zero, sign, carry)) { ${GO_MASKED} } ${NEXT}`);
define('JMP_CHAIN', CHAIN);
define('JMP_LINK', LINK);
define('JMP_FAR', GO_MASKED);
// The run ends here, by its length or at the end of the page: no instruction of its own.
define(
  'CONTINUE_LINK',
  'const to = (page + c[pc + 1]) | 0; host.link(pc, page, mode); eip = to; left -= c[pc + 3] >>> 16; continue boundary;',
);
define('CONTINUE', 'eip = (page + c[pc + 1]) | 0; left -= c[pc + 3] >>> 16; continue boundary;');
define('JMP32R', `eip = r[${A}]; left -= (c[pc + 3] >>> 16) + 1; continue boundary;`);

const RETURN_ADDRESS = '(page + (c[pc + 3] & 4095) + (c[pc + 3] >>> 12 & 15)) | 0';
const LEAVE_TO = (target: string) => `{ eip = ${target}; left -= (c[pc + 3] >>> 16) + 1; continue boundary; }`;
define(
  'CALL_CHAIN',
  `const back = ${RETURN_ADDRESS}; ${push('back')} ${LEAVE_TO('(page + (c[c[pc + 1] + 3] & 4095)) | 0')} } ${CHAIN}`,
);
define('CALL_LINK', `const back = ${RETURN_ADDRESS}; ${push('back')} ${LEAVE_TO('(page + c[pc + 1]) | 0')} } ${LINK}`);
define('CALL_FAR', `const back = ${RETURN_ADDRESS}; ${push('back')} ${LEAVE_TO('(page + c[pc + 1]) | 0')} } ${GO}`);
define(
  'CALL32R',
  `const back = ${RETURN_ADDRESS}, to = r[${A}]; ${push('back')} ${LEAVE_TO('to')} } eip = to; left -= (c[pc + 3] >>> 16) + 1; continue boundary;`,
);
define(
  'RET32',
  `${TOP} r[${ESP}] = (lin + 4 + c[pc + 1]) | 0; eip = top; left -= (c[pc + 3] >>> 16) + 1; continue boundary;`,
);

// --- instructions executed by a handler

const CALL_HANDLER = `const info = c[pc + 1]; H[info & ${HANDLER_MASK}](P, info, c[pc + 2]);`;
const OWN_EIP = `const own = c[pc + 3]; r[${EIP}] = (page + (own & 4095)) | 0;`;
const BOTH_EIPS = `${OWN_EIP} r[${NEXT_EIP}] = (page + (own & 4095) + (own >>> 12 & 15)) | 0;`;

define(
  'HANDLER',
  `${OWN_EIP} ${SAVE_FLAGS} ${CALL_HANDLER} ${LOAD_FLAGS} if (r[${ATTENTION}] !== 0) ${LEAVE_BEHIND} ${NEXT}`,
);
// For handlers that look at the instruction count.
define(
  'HANDLER_COUNT',
  `${OWN_EIP} ${SAVE_FLAGS} r[${REMAINING}] = left - (own >>> 16); ${CALL_HANDLER} ${LOAD_FLAGS} ${NEXT}`,
);
// The handler may change segments, translation or privilege: everything that depends on them is looked up afresh.
define('HANDLER_SERIAL', `${OWN_EIP} ${SAVE_FLAGS} ${CALL_HANDLER} ${LOAD_FLAGS} ${RELOAD} ${LEAVE_BEHIND}`);
define(
  'HANDLER_TRANSFER',
  `${BOTH_EIPS} ${SAVE_FLAGS} ${CALL_HANDLER} ${LOAD_FLAGS} ${RELOAD} eip = r[${EIP}]; left -= (own >>> 16) + 1; continue boundary;`,
);
// Strings and ports: the handler leaves EIP, and in ITERATIONS how much it did.
const REPEATING = `${BOTH_EIPS} ${SAVE_FLAGS} r[${ITERATIONS}] = 0; r[${REMAINING}] = left - (own >>> 16); ${CALL_HANDLER} ${LOAD_FLAGS}`;
const CHARGE = `const done = r[${ITERATIONS}]; r[${ITERATIONS}] = 0; left -= (own >>> 16) + (done > 1 ? done : 1); eip = r[${EIP}]; continue boundary;`;
define('HANDLER_STRING', `${REPEATING} ${CHARGE}`);
const LEAVE_FOR_PORT = `{ r[${LEAVING}] = 0; return left - (own >>> 16); }`;
define('HANDLER_PORT', `${REPEATING} if (r[${LEAVING}] !== 0) ${LEAVE_FOR_PORT} ${CHARGE}`);
// IN and OUT always leave; they are called by name because an access to a port is what everything here is about.
const PORT_OPERANDS = '(P, c[pc + 1], c[pc + 2]);';
define('PORT_IN', `${BOTH_EIPS} ${SAVE_FLAGS} portIn${PORT_OPERANDS} ${LEAVE_FOR_PORT}`);
define('PORT_OUT', `${BOTH_EIPS} ${SAVE_FLAGS} portOut${PORT_OPERANDS} ${LEAVE_FOR_PORT}`);
// HLT and VMCALL are finished when they leave.
define(
  'HANDLER_LEAVE',
  `${BOTH_EIPS} ${SAVE_FLAGS} ${CALL_HANDLER} r[${LEAVING}] = 0; return left - (own >>> 16) - 1;`,
);
define('NOP', NEXT);

export const OPERATIONS: readonly (readonly [name: string, text: string])[] = operations;

const NUMBERS = new Map(operations.map(([name], index) => [name, index]));

/** Number of the operation with this name; an unknown name is an error in the decoder. */
export function operation(name: string): number {
  const number = NUMBERS.get(name);
  if (number === undefined) throw new Error(`no micro-operation ${name}`);
  return number;
}

export { LEAVE_BEHIND, LOAD_FLAGS, NEXT, RELOAD, SAVE_FLAGS };
