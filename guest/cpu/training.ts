import { type CodeCache, RECORD } from './code-cache';
import { condition } from './flags';
import { handlerNumber } from './handlers';
import type { Loop } from './loop';
import { FIELD_A, FIELD_B, FIELD_INDEX, OPERATIONS, operation } from './operations';
import { ACCESS_REAL, type Processor, UNWIND } from './processor';
import {
  ATTENTION,
  COMMITTED,
  CS,
  EIP,
  ES,
  FLAG_CARRY,
  FLAG_SIGN,
  FLAG_ZERO,
  LEAVING,
  REMAINING,
  STEP,
  ZERO,
} from './state';

/**
 * Executes every micro-operation a few times on made-up records, right after the loop was compiled.
 *
 * V8 optimises the loop from what it has seen there. An operation that it has not seen becomes a trap: meeting one throws the
 * optimised code away, and each new compilation of so large a function costs a good part of a second, in which the guest crawls. A
 * boot of Linux met some twenty such traps in its first minute. After this there are none to meet.
 */

/** Words of the record under training, of the one behind it, and of a branch target, among the scratch records. */
const SUBJECT = 16 * RECORD;
const BEHIND = 17 * RECORD;
const TARGET = 24 * RECORD;

/** Budgets above the loop's reserve and below it; below it every instruction boundary is looked at. */
const LONG_BUDGET = 1000;
const SHORT_BUDGET = 50;
const CHARGE = 10;

/** Operations that are trained twice. */
const REPEATED = 12;

/**
 * Linear address that is mapped to buffer offset 0 for the training, one in its page that is not aligned, and one that is not mapped
 * (nor below 2 GiB, so that offsets are not taken for small integers; no RAM is there).
 */
const MAPPED = 0x1000;
const UNALIGNED = 0x1003;
const UNMAPPED = -0x2000;
/** Bytes that operations may write at buffer offset 0, and at MAPPED when they take the way around the table. */
const TOUCHED = 16;

/** Pairs of operands: among them such as overflow in every operation. */
const OPERANDS = [
  [0, 0],
  [-1, 1],
  [0x7fff_ffff, 0x7fff_ffff],
  [-0x8000_0000, -0x8000_0000],
] as const;

/** Flag words: zero, sign, carry. Together they satisfy and fail every condition. */
const FLAGS = [
  [0, 0, -0x8000_0000],
  [1, 1, 0],
  [-1, -1, 0x4000_0000],
  [0, 1, -0x4000_0000],
] as const;

/** Harmless handlers; so many that calls of handlers are not specialised to one. */
const HANDLERS = (
  [
    'setAlFromCarry',
    'loadFlagsIntoAh',
    'storeAhIntoFlags',
    'changeCarry',
    'setDirection',
    'asciiAdjustBeforeDivide',
  ] as const
).map(handlerNumber);

/** Takes the place of the fetcher and of the boundary while `active`. */
export class Trainer {
  active = false;
  /** Calls of `resolve` and of `boundary` in this pass. */
  private calls = 0;
  private visits = 0;
  /** The loop does not end when it is unwound. */
  private persisting = false;

  constructor(
    private readonly cpu: Processor,
    private readonly code: CodeCache,
  ) {}

  /** The subject first; when the loop asks again, it did not stop at a boundary, and is made to unwind. */
  resolve(): number {
    if (this.calls++ === 0) return SUBJECT;
    throw UNWIND;
  }

  /** Before the subject it lets the loop go on, behind it it ends the pass. */
  boundary(): boolean {
    this.cpu.file[STEP] = 0;
    return this.calls !== 0 || this.visits++ !== 0;
  }

  /** @returns true if the pass ends */
  unwound(): boolean {
    return !this.persisting || this.visits > 1;
  }

  train(loop: Loop): void {
    const { cpu, code } = this;
    const { bytes } = cpu.memory;
    const saved = [0, MAPPED].map((offset) => [offset, bytes.slice(offset, offset + TOUCHED)] as const);
    const { readTable, writeTable } = cpu.translation;
    readTable[MAPPED >>> 12] = MAPPED;
    writeTable[MAPPED >>> 12] = MAPPED;
    cpu.setSegment(ES, 0, 0, 0xffff_ffff, ACCESS_REAL);
    // Limits and offsets beyond 31 bits, so that comparisons of them are not taken for comparisons of small integers.
    cpu.limits[CS] = 0xffff_ffff;
    this.active = true;
    for (const [zero, sign, carry] of FLAGS) for (let code = 0; code < 16; code++) condition(code, zero, sign, carry);
    // V8 begins to note what it sees only after the function has run for a while, so the first ones have to come again.
    for (let number = 0; number < REPEATED; number++) this.trainOperation(loop, number);
    for (let number = 0; number < OPERATIONS.length; number++) this.trainOperation(loop, number);
    this.trainLookUp(loop);
    this.trainFault(loop);
    this.active = false;
    cpu.translation.invalidate(MAPPED);
    cpu.translation.flush(true);
    for (const [offset, before] of saved) bytes.set(before, offset);
    code.records.fill(0, 0, TARGET + RECORD);
  }

  /** An entry that is found, so that the loop goes on to compare offset and limit. */
  private trainLookUp(loop: Loop): void {
    this.code.entries[0] = SUBJECT;
    for (let sample = 0; sample < 4; sample++) this.execute(loop, operation('NOP'), sample, MAPPED, SHORT_BUDGET, 0);
    this.code.entries[0] = 0;
  }

  /** Operations that are abandoned half-way, after which the loop goes on. */
  private trainFault(loop: Loop): void {
    this.persisting = true;
    this.cpu.access[ES] = 0;
    this.setCheckLimits(0);
    for (const name of ['LOAD32S', 'STORE32RS']) {
      this.execute(loop, operation(name), 0, MAPPED, SHORT_BUDGET, 0);
      this.cpu.file[COMMITTED] = 1;
    }
    this.persisting = false;
  }

  private trainOperation(loop: Loop, number: number): void {
    for (let sample = 0; sample < 4; sample++) this.execute(loop, number, sample, MAPPED, SHORT_BUDGET, 0);
    // Only here does the loop have to be unwound, which takes longer than all the rest.
    this.execute(loop, number, number & 3, MAPPED, LONG_BUDGET, 0);
    this.execute(loop, number, 1, UNALIGNED, SHORT_BUDGET, 0);
    this.execute(loop, number, 2, UNALIGNED, SHORT_BUDGET, 1);
    this.execute(loop, number, 1, UNMAPPED, SHORT_BUDGET, 1);
    this.setCheckLimits(0);
    this.execute(loop, number, 1, MAPPED, SHORT_BUDGET, 0, 1);
    this.setCheckLimits(0xffff_fffd);
  }

  /** With 0 every access by segment is checked exactly, and passes. */
  private setCheckLimits(limit: number): void {
    this.cpu.readLimits[ES] = limit;
    this.cpu.writeLimits[ES] = limit;
  }

  /** One pass through the loop: subject, then out of it again. */
  private execute(
    loop: Loop,
    number: number,
    sample: number,
    address: number,
    budget: number,
    attention: number,
    leaving = 0,
  ): void {
    const { file } = this.cpu;
    this.writeRecords(number, sample, address);
    // Registers 4 and 5 serve the stack operations; all others hold one operand each.
    for (let i = 0; i < 8; i++) file[i] = i === 4 || i === 5 ? address : OPERANDS[sample][i & 1];
    file[ZERO] = 0;
    file[FLAG_ZERO] = FLAGS[sample][0];
    file[FLAG_SIGN] = FLAGS[sample][1];
    file[FLAG_CARRY] = FLAGS[sample][2];
    file[ATTENTION] = attention;
    file[LEAVING] = leaving;
    file[REMAINING] = budget;
    file[EIP] = sample < 2 ? 0 : -0x2000;
    this.calls = 0;
    this.visits = 0;
    loop(budget);
    this.cpu.translation.invalidate(UNMAPPED);
  }

  private writeRecords(number: number, sample: number, address: number): void {
    const { records } = this.code;
    const name = OPERATIONS[number][0];
    // Operand A is register 0 and B register 1, or ZERO where B is the base of an address.
    const addressed = /^(LOAD|STORE|LEA)/.test(name);
    records[SUBJECT] = number | (0 << FIELD_A) | ((addressed ? ZERO : 1) << FIELD_B) | (ZERO << FIELD_INDEX);
    records[SUBJECT + 1] = this.wordOne(name, sample, address);
    records[SUBJECT + 2] = name.startsWith('JCC') || name.endsWith('CHAIN') ? CHARGE : 0;
    records[SUBJECT + 3] = 0;
    for (const at of [BEHIND, TARGET]) {
      records[at] = operation('CONTINUE');
      records[at + 1] = 0;
      records[at + 3] = 0;
    }
  }

  private wordOne(name: string, sample: number, address: number): number {
    if (name.startsWith('HANDLER')) return HANDLERS[(sample + name.length) % HANDLERS.length];
    if (name.startsWith('PORT')) return 0;
    if (/^(LOAD|STORE|LEA)/.test(name)) return address;
    if (/^(JCC\d|.*CHAIN)/.test(name)) return TARGET;
    return name.endsWith('I') && /SH|SA|RO/.test(name) ? 1 + sample : OPERANDS[sample][1];
  }
}
