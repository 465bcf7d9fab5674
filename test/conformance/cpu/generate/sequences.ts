/**
 * Short programs instead of single instructions: flags that pass from one instruction to a later one, taken and untaken branches, loops
 * that run hot, and code that changes code ahead of it. Only instructions whose results are defined whatever came before, but for AF.
 */
import { Flag, type TestCase } from '../case';
import { CODE_BYTES, CODE_START, DATA } from '../layout';
import type { Random } from '../random';
import { CaseBuilder, FLAT, little, Reg } from './builder';

/** Registers that instructions may change; ECX counts the loop, ESP stays. */
const FREE = [Reg.EAX, Reg.EDX, Reg.EBX, Reg.EBP, Reg.ESI, Reg.EDI];
/** The first four have byte forms that do not touch CH or CL: AL, DL, BL, AH, DH, BH. */
const BYTE_REGISTERS = [0, 2, 3, 4, 6, 7];
/** Operands in memory; few, so that instructions meet. */
const CELLS = [0, 4, 7, 0xffe].map((offset) => DATA.address + 0x1000 + offset);

interface Piece {
  readonly bytes: number[];
  /** Offset of a 32-bit immediate in `bytes`. */
  readonly immediate?: number;
}

type Make = (random: Random) => Piece;

const register = (random: Random): number => random.pick(FREE);
const pair = (first: number, second: number): number => 0xc0 | (first << 3) | second;
const cell = (random: Random, reg: number): number[] => [(reg << 3) | 5, ...little(random.pick(CELLS), 4)];
const wide = (random: Random): number[] => (random.chance(4) ? [0x66] : []);

const MAKES: readonly Make[] = [
  // op r, r and op r8, r8
  (random) => ({ bytes: [...wide(random), random.below(8) * 8 + 1, pair(register(random), register(random))] }),
  (random) => ({
    bytes: [random.below(8) * 8, pair(random.pick(BYTE_REGISTERS), random.pick(BYTE_REGISTERS))],
  }),
  // op r, imm8 and op r, imm32
  (random) => ({ bytes: [0x83, pair(random.below(8), register(random)), random.below(256)] }),
  (random) => ({
    bytes: [0x81, pair(random.below(8), register(random)), ...little(random.operand(4), 4)],
    immediate: 2,
  }),
  // op m, r and op r, m
  (random) => ({ bytes: [random.below(8) * 8 + random.pick([0, 1, 2, 3]), ...cell(random, random.pick([0, 2, 3]))] }),
  // INC, DEC keep CF; NEG, NOT
  (random) => ({ bytes: [(random.chance(2) ? 0x40 : 0x48) | register(random)] }),
  (random) => ({ bytes: [0xf7, pair(random.pick([2, 3]), register(random))] }),
  // Shifts and rotates by one
  (random) => ({ bytes: [0xd1, pair(random.pick([0, 1, 2, 3, 4, 5, 7]), register(random))] }),
  // MOV, XCHG, MOVZX, LEA
  (random) => ({ bytes: [0xb8 | register(random), ...little(random.operand(4), 4)], immediate: 1 }),
  (random) => ({ bytes: [random.pick([0x8b, 0x87]), pair(register(random), register(random))] }),
  (random) => ({
    bytes: [0x0f, random.pick([0xb6, 0xbe]), pair(register(random), random.pick(BYTE_REGISTERS))],
  }),
  (random) => ({
    bytes: [
      0x8d,
      0x44 | (register(random) << 3),
      (random.below(4) << 6) | (register(random) << 3) | register(random),
      random.below(256),
    ],
  }),
  // SETcc, CMOVcc, CMC, STC, CLC by any condition
  (random) => ({ bytes: [0x0f, 0x90 | random.below(16), pair(0, random.pick(BYTE_REGISTERS))] }),
  (random) => ({ bytes: [0x0f, 0x40 | random.below(16), pair(register(random), register(random))] }),
  (random) => ({ bytes: [random.pick([0xf5, 0xf8, 0xf9])] }),
  // PUSH and POP in balance
  (random) => ({ bytes: [0x50 | register(random), 0x58 | register(random)] }),
  // BSWAP, ADC with memory, CMPXCHG
  (random) => ({ bytes: [0x0f, 0xc8 | register(random)] }),
  (random) => ({ bytes: [0x0f, 0xb1, pair(register(random), register(random))] }),
];

/** Bytes at the end for DEC ECX; JNZ start. */
const LOOP_BYTES = 3;
const STORE_BYTES = 10;

/** Pieces that fit into `room` bytes; some are jumped over by a condition. */
function pieces(random: Random, room: number): Piece[] {
  const all: Piece[] = [];
  for (let left = room; ; ) {
    const piece = random.pick(MAKES)(random);
    const skipped = random.chance(4);
    const needed = piece.bytes.length + (skipped ? 2 : 0);
    if (needed > left) return all;
    if (skipped) all.push({ bytes: [0x70 | random.below(16), piece.bytes.length] });
    all.push(piece);
    left -= needed;
  }
}

/** MOV [immediate of a later piece], imm32: the change is met in the same pass. */
function changing(random: Random, all: readonly Piece[]): number[] {
  let at = STORE_BYTES;
  const targets: number[] = [];
  for (const piece of all) {
    if (piece.immediate !== undefined) targets.push(at + piece.immediate);
    at += piece.bytes.length;
  }
  if (targets.length === 0) return [];
  return [0xc7, 0x05, ...little(CODE_START + random.pick(targets), 4), ...little(random.operand(4), 4)];
}

function sequence(random: Random): TestCase {
  const builder = new CaseBuilder(random, FLAT);
  const all = pieces(random, CODE_BYTES - LOOP_BYTES - STORE_BYTES);
  const start = random.chance(3) ? changing(random, all) : [];
  const body = [...start, ...all.flatMap((piece) => piece.bytes)];
  builder.set(Reg.ECX, random.chance(3) ? random.between(2, 60) : 1);
  builder.undefined.flags = Flag.AF;
  builder.eflags &= ~Flag.DF;
  const back = -(body.length + LOOP_BYTES) & 0xff;
  return builder.build('sequence', [...body, 0x49, 0x75, back]);
}

export function sequences(random: Random): TestCase[] {
  return Array.from({ length: 6000 }, () => sequence(random));
}
