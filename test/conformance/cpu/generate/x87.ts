/**
 * x87 cases: FNINIT, FRSTOR of a state, one instruction, FNSAVE. The whole state is compared, so each case covers stack, tags,
 * exceptions, condition codes and the 80-bit result at once.
 */
import type { TestCase } from '../case';
import { CODE_START, DATA } from '../layout';
import type { Random } from '../random';
import { CaseBuilder, FLAT, little } from './builder';

/** Where the state comes from and goes to, and where memory operands are. */
export const STATE_IN = DATA.address + 0x100;
export const STATE_OUT = DATA.address + 0x200;
export const OPERAND = DATA.address + 0x400;
/** FNINIT; FRSTOR [STATE_IN]: the instruction under test follows. */
const PROLOGUE = [0xdb, 0xe3, 0xdd, 0x25, ...little(STATE_IN, 4)];
const EPILOGUE = [0xdd, 0x35, ...little(STATE_OUT, 4)];
/** Bytes 12-27 of the image hold the instruction and operand pointers: a processor may leave them alone ([SDM] vol. 1, 8.1.8). */
const POINTERS = { from: STATE_OUT + 12, to: STATE_OUT + 28 };

export type Float80 = readonly [sign: number, exponent: number, high: number, low: number];

/** Numbers of every kind ([SDM] vol. 1, table 8-3), half of them ordinary. */
export function float80(random: Random): Float80 {
  const sign = random.below(2);
  switch (random.below(16)) {
    case 0:
      return [sign, 0, 0, 0];
    case 1:
      return [sign, 0, random.below(2) * 0x80000000 + random.below(0x7fffffff), random.word()];
    case 2:
      return [sign, 0x7fff, 0x80000000, 0];
    case 3:
      return [sign, 0x7fff, (random.pick([0xc0000000, 0x80000000]) | random.below(4)) >>> 0, random.below(3)];
    case 4:
      return random.chance(2)
        ? [sign, random.below(0x8000), random.below(0x80000000), random.word()]
        : [sign, 0x7fff, 0, 0];
    case 5:
      return [sign, random.between(1, 70), (random.word() | 0x80000000) >>> 0, random.word()];
    case 6:
      return [sign, random.between(0x7fff - 70, 0x7ffe), (random.word() | 0x80000000) >>> 0, random.word()];
    case 7:
    case 8:
      return integer(random, sign);
    case 9:
      return [sign, 0x3fff + random.between(-70, 70), 0x80000000, 0];
    case 10:
      return [
        sign,
        0x3fff + random.between(-3, 3),
        (0x80000000 | (random.below(256) << 23)) >>> 0,
        random.pick([0, 1, 0x400, 0x800]),
      ];
    case 11:
      return [
        sign,
        0x3fff + random.pick([-1080, -1022, -150, -126, 127, 1023]) + random.below(4),
        (random.word() | 0x80000000) >>> 0,
        random.word(),
      ];
    case 12:
      return [sign, 0x3fff + random.between(-1, 64), 0xffffffff, random.pick([0xffffffff, 0xfffffc00, 0xfffff800, 0])];
    default:
      return [sign, 0x3fff + random.between(-40, 40), (random.word() | 0x80000000) >>> 0, random.word()];
  }
}

function integer(random: Random, sign: number): Float80 {
  const value = random.chance(2) ? random.below(1000) + 1 : random.operand(4) || 1;
  const shift = Math.clz32(value);
  return [sign, 0x3fff + 31 - shift, (value << shift) >>> 0, random.chance(4) ? random.word() & ~0xff : 0];
}

const bytesOf = ([sign, exponent, high, low]: Float80): number[] => [
  ...little(low, 4),
  ...little(high, 4),
  ...little((sign << 15) | exponent, 2),
];

export interface Setup {
  readonly control?: number;
  readonly status?: number;
  readonly tags?: number;
  readonly registers?: readonly Float80[];
}

/** A state: mostly masked exceptions, mostly full registers, exception flags without a pending one unless asked for. */
function stateImage(random: Random, setup: Setup): Uint8Array {
  const masks = random.chance(3) ? random.below(64) : 0x3f;
  const control =
    setup.control ?? masks | (random.below(4) << 8) | (random.below(4) << 10) | 0x40 | (random.below(2) << 12);
  const conditions = random.word() & 0x4700;
  const flags = random.chance(4) ? random.below(128) & control : 0;
  const status = setup.status ?? conditions | (random.below(8) << 11) | flags;
  const tags = setup.tags ?? (random.chance(3) ? emptySome(random) : 0);
  const registers = setup.registers ?? Array.from({ length: 8 }, () => float80(random));
  const words = [control, status, tags, 0, 0, 0, 0].flatMap((word) => little(word, 4));
  return Uint8Array.from([...words, ...registers.flatMap(bytesOf)]);
}

const emptySome = (random: Random): number => {
  let tags = 0;
  for (let i = 0; i < 8; i++) if (random.chance(2)) tags |= 3 << (2 * i);
  return tags;
};

/** A case around `code`; `after` is what memory or registers need besides. */
export function aroundState(
  random: Random,
  name: string,
  code: readonly number[],
  setup: Setup = {},
  prepare?: (builder: CaseBuilder) => void,
): TestCase {
  const builder = new CaseBuilder(random, FLAT);
  // The saved state lands on a copy of the restored one, so that recordings hold only what differs.
  const image = stateImage(random, setup);
  builder.patch(STATE_IN, image);
  builder.patch(STATE_OUT, image);
  prepare?.(builder);
  for (let address = POINTERS.from; address < POINTERS.to; address++) builder.undefined.memory.set(address, 0xff);
  return builder.build(name, [...PROLOGUE, ...code, ...EPILOGUE], CODE_START);
}

/** Encodings with a memory operand of `reg`, as [disp32]. */
const inMemory = (opcode: number, reg: number): number[] => [opcode, 0x05 | (reg << 3), ...little(OPERAND, 4)];

/** Operand bytes: any pattern of floats, integers or decimal digits. */
function operandBytes(random: Random, opcode: number, reg: number): Uint8Array {
  if (opcode === 0xdf && reg === 4) return decimalDigits(random);
  if (opcode === 0xdb && reg === 5) return Uint8Array.from(bytesOf(float80(random)));
  if (opcode === 0xd8 || (opcode === 0xd9 && reg === 0)) return Uint8Array.from(little(single(random), 4));
  if (opcode === 0xdc || (opcode === 0xdd && reg === 0))
    return Uint8Array.from([...little(random.operand(4), 4), ...little(doubleUpper(random), 4)]);
  return Uint8Array.from([...little(random.operand(4), 4), ...little(random.operand(4), 4)]);
}

function single(random: Random): number {
  const exponent = random.pick([0, 255, 1, 254, 127 + random.between(-20, 20), random.below(256)]);
  const fraction = random.pick([0, 1, 0x400000, random.below(0x800000)]);
  return ((random.below(2) << 31) | (exponent << 23) | fraction) >>> 0;
}

function doubleUpper(random: Random): number {
  const exponent = random.pick([0, 2047, 1, 2046, 1023 + random.between(-20, 20), random.below(2048)]);
  return ((random.below(2) << 31) | (exponent << 20) | random.pick([0, 0x80000, random.below(0x100000)])) >>> 0;
}

function decimalDigits(random: Random): Uint8Array {
  const length = random.below(10);
  const digits = Array.from({ length: 9 }, (_, i) => (i < length ? random.below(10) * 16 + random.below(10) : 0));
  return Uint8Array.from([...digits, random.below(2) * 0x80 + random.below(0x80)]);
}

/** FISTTP and the encodings of SSE3 and later are no x87 of ours: hosts have them, so they are not asked. */
const isForeign = (opcode: number, reg: number): boolean =>
  reg === 1 && (opcode === 0xdb || opcode === 0xdd || opcode === 0xdf);

/** The transcendental functions are approximate: they have a group of their own. */
const isTranscendental = (opcode: number, modrm: number): boolean =>
  opcode === 0xd9 && [0xf0, 0xf1, 0xf2, 0xf3, 0xf9, 0xfb, 0xfe, 0xff].includes(modrm);

/** FLDENV, FRSTOR take a state; the others of D9 and DD /4-7 are covered by the same operand. */
function memoryCase(random: Random, opcode: number, reg: number): TestCase {
  const name = `${opcode.toString(16)} /${reg} m`;
  const environment = (opcode === 0xd9 || opcode === 0xdd) && reg === 4;
  return aroundState(random, name, inMemory(opcode, reg), {}, (builder) => {
    builder.patch(OPERAND, environment ? stateImage(random, {}) : operandBytes(random, opcode, reg));
    if (opcode === 0xdd && reg === 6) for (let i = 12; i < 28; i++) builder.undefined.memory.set(OPERAND + i, 0xff);
    if (opcode === 0xd9 && reg === 6) for (let i = 12; i < 28; i++) builder.undefined.memory.set(OPERAND + i, 0xff);
  });
}

/** The 16-bit formats of the environment and the state: pointers are bytes 6-13. */
function narrowImage(random: Random, opcode: number, reg: number): TestCase {
  return aroundState(
    random,
    `${opcode.toString(16)} /${reg} m, 16-bit`,
    [0x66, ...inMemory(opcode, reg)],
    {},
    (builder) => {
      const wide = stateImage(random, {});
      builder.patch(
        OPERAND,
        Uint8Array.from([0, 1, 4, 5, 8, 9].map((i) => wide[i]).concat(new Array(8).fill(0), [...wide.subarray(28)])),
      );
      if (reg === 6) for (let i = 6; i < 14; i++) builder.undefined.memory.set(OPERAND + i, 0xff);
    },
  );
}

/** Exceptions that were pending before the instruction: #MF, unless it is one that does not wait. */
function pending(random: Random, code: readonly number[]): TestCase {
  const flag = 1 << random.below(6);
  const control = 0x37f & ~flag;
  return aroundState(
    random,
    'with an exception pending',
    code,
    { control, status: flag | 0x80 | (random.below(8) << 11) },
    (builder) => {
      builder.patch(OPERAND, stateImage(random, {}));
      for (let i = 12; i < 28; i++) builder.undefined.memory.set(OPERAND + i, 0xff);
    },
  );
}

export function x87(random: Random): TestCase[] {
  const cases: TestCase[] = [];
  for (let opcode = 0xd8; opcode <= 0xdf; opcode++) {
    for (let reg = 0; reg < 8; reg++) {
      if (isForeign(opcode, reg)) continue;
      for (let i = 0; i < 60; i++) cases.push(memoryCase(random, opcode, reg));
      cases.push(pending(random, inMemory(opcode, reg)));
    }
    for (let modrm = 0xc0; modrm <= 0xff; modrm++) {
      if (isTranscendental(opcode, modrm)) continue;
      const name = `${opcode.toString(16)} ${modrm.toString(16)}`;
      for (let i = 0; i < 16; i++) cases.push(aroundState(random, name, [opcode, modrm]));
      cases.push(pending(random, [opcode, modrm]));
    }
  }
  for (const modrm of [0xe4, 0xe5, 0xe8, 0xe9, 0xea, 0xeb, 0xec, 0xed, 0xee, 0xf4, 0xf5, 0xf8, 0xfa, 0xfc, 0xfd])
    for (let i = 0; i < 150; i++) cases.push(aroundState(random, `d9 ${modrm.toString(16)}`, [0xd9, modrm]));
  for (const opcode of [0xd8, 0xdc, 0xde])
    for (const modrm of [0xc1, 0xc9, 0xe1, 0xe9, 0xf1, 0xf9])
      for (let i = 0; i < 200; i++)
        cases.push(aroundState(random, `${opcode.toString(16)} ${modrm.toString(16)}`, [opcode, modrm]));
  for (const [opcode, reg] of [
    [0xd9, 4],
    [0xd9, 6],
    [0xdd, 4],
    [0xdd, 6],
  ])
    for (let i = 0; i < 40; i++) cases.push(narrowImage(random, opcode, reg));
  for (let i = 0; i < 20; i++) cases.push(aroundState(random, 'fwait', [0x9b]), pending(random, [0x9b]));
  return cases;
}

/** Arguments of the transcendental functions, in and around the ranges for which they are defined. */
const TRANSCENDENTAL: readonly {
  name: string;
  modrm: number;
  exponents: readonly [number, number];
  second?: readonly [number, number];
  results: 1 | 2;
}[] = [
  { name: 'F2XM1', modrm: 0xf0, exponents: [-75, -1], results: 1 },
  { name: 'FYL2X', modrm: 0xf1, exponents: [-60, 60], second: [-20, 20], results: 1 },
  { name: 'FPTAN', modrm: 0xf2, exponents: [-75, 20], results: 2 },
  { name: 'FPATAN', modrm: 0xf3, exponents: [-40, 40], second: [-40, 40], results: 1 },
  { name: 'FYL2XP1', modrm: 0xf9, exponents: [-75, -3], second: [-20, 20], results: 1 },
  { name: 'FSINCOS', modrm: 0xfb, exponents: [-75, 20], results: 2 },
  { name: 'FSIN', modrm: 0xfe, exponents: [-75, 62], results: 1 },
  { name: 'FCOS', modrm: 0xff, exponents: [-75, 62], results: 1 },
];

const argument = (random: Random, [low, high]: readonly [number, number]): Float80 => {
  const exact = random.chance(3);
  const significand = exact ? (0x80000000 | (random.below(256) << 23)) >>> 0 : (random.word() | 0x80000000) >>> 0;
  return [random.below(2), 0x3fff + random.between(low, high), significand, exact ? 0 : random.word()];
};

/**
 * Approximate by nature: "the worst case error is less than 1 ulp" of the true result ([SDM] vol. 1, 8.3.10), hence two
 * implementations are at most two apart. Whether a result counts as inexact, and which way it was rounded, may then differ as well.
 */
export function transcendental(random: Random): TestCase[] {
  const cases: TestCase[] = [];
  for (const { name, modrm, exponents, second, results } of TRANSCENDENTAL) {
    for (let i = 0; i < 350; i++) {
      const special = i % 3 === 0;
      const registers = Array.from({ length: 8 }, () => float80(random));
      if (!special) registers[0] = argument(random, exponents);
      if (!special && second) registers[1] = argument(random, second);
      if (name === 'FYL2X' && !special) registers[0] = [0, registers[0][1], registers[0][2], registers[0][3]];
      const tags = special && random.chance(4) ? emptySome(random) : results === 2 ? emptyBelow : 0;
      const status = random.word() & 0x4700;
      const test = aroundState(random, name, [0xd9, modrm], { control: 0x37f, status, tags, registers });
      for (let n = 0; n < results; n++) test.undefined.nearly.push(STATE_OUT + 28 + 10 * n);
      test.undefined.memory.set(STATE_OUT + 4, 0x20);
      test.undefined.memory.set(STATE_OUT + 5, 0x02);
      cases.push(test);
    }
  }
  return cases;
}

/** With TOP = 0, physical register 7 is where a push goes. */
const emptyBelow = 0xc000;
