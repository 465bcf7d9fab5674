/** Binary and unary arithmetic, logic and data movement in every encoding. */
import type { TestCase } from '../case';
import type { Random } from '../random';
import { undefinedFlags } from '../undefined';
import { CaseBuilder, little, Reg, type Size, withReg } from './builder';

const SIZES: readonly Size[] = [1, 2, 4];
const BINARY = ['ADD', 'OR', 'ADC', 'SBB', 'AND', 'SUB', 'XOR', 'CMP'] as const;

type Make = (random: Random) => TestCase;

function begin(random: Random, mnemonic: string, size: Size): CaseBuilder {
  const builder = new CaseBuilder(random);
  builder.undefined.flags = undefinedFlags(mnemonic);
  builder.operandSize(size);
  return builder;
}

/** op r/m, r and op r, r/m: `opcode` is the 8-bit form, the next one takes 16 and 32 bits. */
function modrm(mnemonic: string, opcode: readonly number[], size: Size): Make {
  return (random) => {
    const builder = begin(random, mnemonic, size);
    const register = random.below(8);
    builder.setOperand(register, random.operand(size), size);
    const operand = builder.operand(random.operand(size), size);
    const last = opcode[opcode.length - 1] | (size === 1 ? 0 : 1);
    return builder.build(mnemonic, [...opcode.slice(0, -1), last, ...withReg(operand, register)]);
  };
}

/** op r/m with the opcode's extension in ModRM.reg, and an immediate of `immediate` bytes. */
function extended(mnemonic: string, opcode: number, extension: number, size: Size, immediate = 0): Make {
  return (random) => {
    const builder = begin(random, mnemonic, size);
    const operand = builder.operand(random.operand(size), size);
    const value = little(random.operand(4), immediate);
    return builder.build(mnemonic, [opcode, ...withReg(operand, extension), ...value]);
  };
}

/** op (E)AX-like: opcode and immediate, no ModRM. */
function plain(mnemonic: string, opcode: readonly number[], size: Size, immediate = 0): Make {
  return (random) => {
    const builder = begin(random, mnemonic, size);
    builder.set(Reg.EAX, random.operand(size), size);
    return builder.build(mnemonic, [...opcode, ...little(random.operand(4), immediate)]);
  };
}

/** MOV between the accumulator and an absolute offset. */
function absolute(opcode: number, size: Size): Make {
  return (random) => {
    const builder = begin(random, 'MOV', size);
    const bits = builder.addressSize();
    const segment = builder.segment(3);
    const address = builder.place(segment, { bytes: size });
    const offset = little(address - builder.base(segment), bits / 8);
    return builder.build('MOV', [opcode | (size === 1 ? 0 : 1), ...offset]);
  };
}

/** MOVZX and MOVSX: source of 1 or 2 bytes. */
function extend(mnemonic: string, opcode: number, from: 1 | 2, size: 2 | 4): Make {
  return (random) => {
    const builder = begin(random, mnemonic, size);
    const operand = builder.operand(random.operand(from), from);
    return builder.build(mnemonic, [0x0f, opcode | (from - 1), ...withReg(operand, random.below(8))]);
  };
}

function compareExchange(size: Size): Make {
  return (random) => {
    const builder = begin(random, 'CMPXCHG', size);
    const value = random.operand(size);
    builder.set(Reg.EAX, random.chance(2) ? value : random.operand(size), size);
    const operand = random.chance(2) ? builder.memoryValue(value, size) : builder.operand(value, size);
    return builder.build('CMPXCHG', [0x0f, size === 1 ? 0xb0 : 0xb1, ...withReg(operand, random.below(8))]);
  };
}

const compareExchange8: Make = (random) => {
  const builder = begin(random, 'CMPXCHG8B', 4);
  const [low, high] = [random.operand(4), random.operand(4)];
  const equal = random.chance(2);
  builder.set(Reg.EAX, equal || random.chance(2) ? low : random.operand(4));
  builder.set(Reg.EDX, equal || random.chance(2) ? high : random.operand(4));
  builder.pin(Reg.EBX);
  builder.pin(Reg.ECX);
  const operand = builder.memoryOperand({ bytes: 8 });
  builder.patch(operand.address!, Uint8Array.from([...little(low, 4), ...little(high, 4)]));
  return builder.build('CMPXCHG8B', [0x0f, 0xc7, ...withReg(operand, 1)]);
};

const lea =
  (size: 2 | 4): Make =>
  (random) => {
    const builder = begin(random, 'LEA', size);
    const operand = builder.memoryOperand({ bytes: 1 });
    return builder.build('LEA', [0x8d, ...withReg(operand, random.below(8))]);
  };

const xlat: Make = (random) => {
  const builder = new CaseBuilder(random);
  const bits = builder.addressSize();
  const segment = builder.segment(3);
  const address = builder.place(segment, { bytes: 1 });
  const offset = address - builder.base(segment) - (builder.registers[Reg.EAX] & 0xff);
  builder.set(Reg.EBX, offset, bits === 16 ? 2 : 4);
  return builder.build('XLAT', [0xd7]);
};

/** How often each form is drawn. */
const REPEAT = 24;

function forms(): Make[] {
  const all: Make[] = [compareExchange8, compareExchange8, xlat, lea(2), lea(4), lea(4)];
  for (const size of SIZES) {
    const wide = size === 1 ? 0 : 1;
    BINARY.forEach((mnemonic, i) => {
      all.push(modrm(mnemonic, [i * 8], size), modrm(mnemonic, [i * 8 + 2], size));
      all.push(plain(mnemonic, [(i * 8 + 4) | wide], size, size));
      all.push(extended(mnemonic, 0x80 | wide, i, size, size));
      all.push(extended(mnemonic, size === 1 ? 0x82 : 0x83, i, size, 1));
    });
    all.push(modrm('TEST', [0x84], size), modrm('XCHG', [0x86], size));
    all.push(modrm('MOV', [0x88], size), modrm('MOV', [0x8a], size), modrm('XADD', [0x0f, 0xc0], size));
    all.push(absolute(0xa0, size), absolute(0xa2, size), compareExchange(size), compareExchange(size));
    all.push(plain('TEST', [0xa8 | wide], size, size), extended('MOV', 0xc6 | wide, 0, size, size));
    all.push(extended('TEST', 0xf6 | wide, 0, size, size), extended('TEST', 0xf6 | wide, 1, size, size));
    all.push(extended('NOT', 0xf6 | wide, 2, size), extended('NEG', 0xf6 | wide, 3, size));
    all.push(extended('INC', 0xfe | wide, 0, size), extended('DEC', 0xfe | wide, 1, size));
  }
  for (const size of [2, 4] as const) {
    for (const from of [1, 2] as const) all.push(extend('MOVZX', 0xb6, from, size), extend('MOVSX', 0xbe, from, size));
    all.push(plain('CBW/CWDE', [0x98], size), plain('CWD/CDQ', [0x99], size));
  }
  return all;
}

/** Encodings with the register or condition in the opcode: each of them a few times. */
function opcodeFamilies(random: Random): TestCase[] {
  const cases: TestCase[] = [];
  for (let low = 0; low < 8; low++) {
    for (const size of [2, 4] as const) {
      for (let i = 0; i < 4; i++) {
        cases.push(plain('INC', [0x40 | low], size)(random), plain('DEC', [0x48 | low], size)(random));
        cases.push(plain('XCHG', [0x90 | low], size)(random), plain('MOV', [0xb8 | low], size, size)(random));
        cases.push(plain('MOV', [0xb0 | low], 1, 1)(random));
      }
    }
    for (let i = 0; i < 8; i++) cases.push(plain('BSWAP', [0x0f, 0xc8 | low], 4)(random));
  }
  for (let condition = 0; condition < 16; condition++) {
    for (let i = 0; i < 24; i++) {
      cases.push(modrmWord('CMOV', 0x40 | condition, random.pick([2, 4] as const))(random));
      cases.push(extendedTwoByte('SET', 0x90 | condition)(random));
    }
  }
  return cases;
}

function modrmWord(mnemonic: string, opcode: number, size: 2 | 4): Make {
  return (random) => {
    const builder = begin(random, mnemonic, size);
    const operand = builder.operand(random.operand(size), size);
    return builder.build(mnemonic, [0x0f, opcode, ...withReg(operand, random.below(8))]);
  };
}

function extendedTwoByte(mnemonic: string, opcode: number): Make {
  return (random) => {
    const builder = new CaseBuilder(random);
    const operand = builder.operand(random.operand(1), 1);
    return builder.build(mnemonic, [0x0f, opcode, ...withReg(operand, random.below(8))]);
  };
}

const FLAG_OPCODES = [
  ['LAHF', 0x9f],
  ['SAHF', 0x9e],
  ['CLC', 0xf8],
  ['STC', 0xf9],
  ['CMC', 0xf5],
  ['CLD', 0xfc],
  ['STD', 0xfd],
  ['SALC', 0xd6],
] as const;

/** Data movement, arithmetic, logic and flag instructions. */
export function arithmetic(random: Random): TestCase[] {
  const cases: TestCase[] = [];
  for (const make of forms()) for (let i = 0; i < REPEAT; i++) cases.push(make(random));
  cases.push(...opcodeFamilies(random));
  for (const [mnemonic, opcode] of FLAG_OPCODES)
    for (let i = 0; i < 40; i++) cases.push(plain(mnemonic, [opcode], 1)(random));
  return cases;
}
