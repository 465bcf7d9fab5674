import type { CodeCache } from './code-cache';
import { MODE_SHIFT, MODE_STEP } from './code-cache';
import { condition, PARITY } from './flags';
import { HANDLERS } from './handlers';
import { LEAVE_BEHIND, LOAD_FLAGS, NEXT, OPERATION_MASK, OPERATIONS, RELOAD, SAVE_FLAGS } from './operations';
import { portIn, portOut } from './port-io';
import { type Processor, UNWIND } from './processor';
import { ATTENTION, COMMITTED, EIP, ITERATIONS, REMAINING, STEP, USER } from './state';

/** What the loop asks of its surroundings. */
export interface LoopHost {
  /** Record of the instruction at EIP, decoded if need be. May throw UNWIND; then EIP is the one that faulted. */
  resolve(eip: number, mode: number): number;
  /** Chain the branch at record `pc` to its target in the same page, if that can be done. */
  link(pc: number, page: number, mode: number): void;
  /** Between two instructions, with everything saved in the file: true if the loop must return. */
  boundary(): boolean;
  /** An instruction was abandoned; everything is saved. True if the loop must return. */
  unwound(): boolean;
}

/**
 * Instructions that may be executed between two looks at the budget. Below it the boundary executes one at a time, so that a
 * budget is exact: runs depend on what was decoded before, and a restored snapshot must stop where the original would have.
 */
export const RESERVE = 64;

/** Execute at most `budget` instructions (less than 2^30); returns what is left of them. */
export type Loop = (budget: number) => number;

let loops = 0;

const DECLARED_FLAGS = `${LOAD_FLAGS.replaceAll(';', ',').slice(0, -1)};`;

/**
 * Compile the loop for one processor.
 *
 * The text is compiled anew for each, with the processor's arrays as constants of the enclosing function: V8 then folds their addresses and
 * lengths into the code, which measured 1.55 times as fast as the same loop with the arrays in local variables. V8 shares one
 * function between equal texts, and with it the code that names no constants, hence the number at the end.
 */
export function compileLoop(cpu: Processor, code: CodeCache, host: LoopHost): Loop {
  const names = {
    r: cpu.file,
    r8: cpu.file8,
    r16: cpu.file16,
    bases: cpu.bases,
    limits: new Int32Array(cpu.limits.buffer),
    readLimits: cpu.readLimits,
    writeLimits: cpu.writeLimits,
    m8: new Uint8Array(cpu.memory.buffer),
    m16: new Uint16Array(cpu.memory.buffer),
    m32: new Int32Array(cpu.memory.buffer),
    RT: cpu.translation.readTable,
    WT: cpu.translation.writeTable,
    T: cpu.translation,
    P: cpu,
    H: HANDLERS,
    portIn,
    portOut,
    c: code.records,
    entries: code.entries,
    translations: code.translations,
    parity: PARITY,
    condition,
    UNWIND,
    host,
  };
  const constants = Object.keys(names)
    .map((name) => `const ${name} = names.${name};`)
    .join('\n');
  const make = new Function('names', `'use strict';\n${constants}\n${loopText()}\n// vCPU ${loops++}`);
  return make(names) as Loop;
}

/**
 * Operations that systems execute once in a thousand or less: 16-bit arithmetic, and accesses that need a segment check. Each is a
 * function beside the loop. With all of them inside, V8 took 0.85 s of a core to optimise the loop; without these it takes 0.41 s.
 */
const RARE =
  /^(ADD|OR|ADC|SBB|AND|SUB|XOR|TEST|INC|DEC|NEG|NOT|XCHG|MOV|CMOV)16[RI]?$|^CMP16R$|^(ADC|SBB)(8[RI]|32I)$|^(NEG|NOT|XCHG)8$|^XCHG32$|^(ROL|ROR|SAR)32C$|^MOV[ZS]X16_8$|^MOVSX32_16$|^LOAD(8|16|[ZS]X8|[ZS]X16|M8|M16)S$|^LOAD(M16|SX16)$|^STORE(8|16)[RI]S$|^STORE16[RI]$|^STORE32IS$/;

const NUMBERED = OPERATIONS.map(([name, text], number) => ({ name, text, number }));
const CASES = NUMBERED.filter(({ name }) => !RARE.test(name))
  .map(({ name, text, number }) => `case ${number}: { // ${name}\n${text}\n}`)
  .join('\n');

/** Only a store can raise ATTENTION, and it is the last operation of its instruction. */
const RARE_CASES = ['STORE', '']
  .map((kind) => {
    const labels = NUMBERED.filter(({ name }) => RARE.test(name) && name.startsWith('STORE') === (kind === 'STORE'));
    const leave = kind === 'STORE' ? `if (r[${ATTENTION}] !== 0) ${LEAVE_BEHIND}` : '';
    return `${labels.map(({ number }) => `case ${number}:`).join(' ')}
    { ${SAVE_FLAGS} rare[w & ${OPERATION_MASK}](w, pc); ${LOAD_FLAGS} ${leave} ${NEXT} }`;
  })
  .join('\n');

/** The text of a rare operation as a function; where it would go on in the loop, it ends. */
const RARE_FUNCTIONS = NUMBERED.filter(({ name }) => RARE.test(name))
  .map(({ name, text, number }) => {
    const body = text.replaceAll(LEAVE_BEHIND, 'break body;').replaceAll(NEXT, 'break body;');
    return `rare[${number}] = (w, pc) => { // ${name}
      const user = r[${USER}]; let ${DECLARED_FLAGS} body: { ${body} } ${SAVE_FLAGS} };`;
  })
  .join('\n');

function loopText(): string {
  const text = `
const rare = [];
${RARE_FUNCTIONS}
return function run(budget) {
  let left = budget, eip = r[${EIP}], pc = 0, page = 0, csBase = 0, csLimit = 0, mode = 0, user = 0;
  let ${DECLARED_FLAGS}
  for (;;) {
    try {
      ${RELOAD}
      boundary: for (;;) {
        pc = 0;
        if (left < RESERVE || r[${ATTENTION}] !== 0) {
          r[${EIP}] = eip; r[${REMAINING}] = left; ${SAVE_FLAGS}
          if (host.boundary()) return r[${REMAINING}];
          eip = r[${EIP}]; left = r[${REMAINING}]; ${LOAD_FLAGS} ${RELOAD}
          mode |= r[${STEP}];
        } else mode &= ${~(MODE_STEP << MODE_SHIFT)};
        const lin = (eip + csBase) | 0;
        page = (eip - (lin & 4095)) | 0;
        const last = page + 4095 ^ -0x80000000;
        pc = entries[translations[lin >>> 12 | mode] << 12 | lin & 4095];
        if (pc === 0 || last > csLimit || (eip ^ -0x80000000) > last) {
          pc = host.resolve(eip, mode);
        }
        left += c[pc + 3] >>> 16;
        for (;;) {
          const w = c[pc];
          switch (w & ${OPERATION_MASK}) {
            ${CASES}
            ${RARE_CASES}
          }
        }
      }
    } catch (reason) {
      if (reason !== UNWIND) throw reason;
      if (pc !== 0) {
        const m = c[pc + 3];
        eip = (page + (m & 4095)) | 0;
        left -= (m >>> 16) + r[${ITERATIONS}];
        r[${ITERATIONS}] = 0;
      }
      r[${REMAINING}] = left;
      if (r[${COMMITTED}] === 0) { r[${EIP}] = eip; ${SAVE_FLAGS} } else r[${COMMITTED}] = 0;
      if (host.unwound()) return r[${REMAINING}];
      eip = r[${EIP}]; left = r[${REMAINING}]; ${LOAD_FLAGS}
    }
  }
}`;
  return text.replaceAll('RESERVE', String(RESERVE));
}
