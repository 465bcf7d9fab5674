/** Stack instructions: 16 and 32-bit operands on 16 and 32-bit stacks. */
import type { TestCase } from '../case';
import { STACK } from '../layout';
import type { Random } from '../random';
import { CaseBuilder, little, Reg, type Size, withReg } from './builder';

type Wide = 2 | 4;
type Make = (random: Random, size: Wide) => TestCase;

function begin(random: Random, size: Size): CaseBuilder {
  const builder = new CaseBuilder(random);
  builder.operandSize(size);
  return builder;
}

const simple =
  (name: string, code: readonly number[], immediate: 'none' | 'byte' | 'operand' = 'none'): Make =>
  (random, size) => {
    const bytes = { none: 0, byte: 1, operand: size }[immediate];
    return begin(random, size).build(name, [...code, ...little(random.word(), bytes)]);
  };

const memory =
  (name: string, opcode: number, extension: number): Make =>
  (random, size) => {
    const builder = begin(random, size);
    return builder.build(name, [opcode, ...withReg(builder.operand(random.operand(size), size), extension)]);
  };

/** POP m with ESP as base: the address is formed after ESP has moved. */
const popByStackPointer: Make = (random, size) => {
  const builder = begin(random, size);
  const displacement = random.between(-64, 63);
  if (builder.environment.bits === 16) builder.prefix(0x67);
  if (builder.environment.stackBits === 16) builder.registers[Reg.ESP] &= 0xffff;
  return builder.build('POP [ESP+d]', [0x8f, 0x44, 0x24, displacement & 0xff]);
};

const popFlags: Make = (random, size) => {
  const builder = begin(random, size);
  // NT, RF, VM, AC, IF, IOPL and reserved bits come up too; AC would make every later access of the harness fault.
  builder.store(builder.stackAddress, random.word() & ~0x40100, size);
  return builder.build('POPF', [0x9d]);
};

const enter: Make = (random, size) => {
  const builder = begin(random, size);
  const base = STACK.address + 0x800 + random.below(256) * 4 - builder.base(2);
  if (builder.environment.stackBits === 16) builder.set(Reg.EBP, base, 2);
  else builder.set(Reg.EBP, base);
  const level = random.chance(3) ? 0 : random.below(256);
  return builder.build('ENTER', [0xc8, ...little(random.below(random.chance(4) ? 0x700 : 64), 2), level]);
};

const leave: Make = (random, size) => {
  const builder = begin(random, size);
  const base = STACK.address + 0x800 + random.below(1024) - builder.base(2);
  if (builder.environment.stackBits === 16) builder.set(Reg.EBP, base, 2);
  else builder.set(Reg.EBP, base);
  return builder.build('LEAVE', [0xc9]);
};

function forms(): [Make, number][] {
  const all: [Make, number][] = [
    [simple('PUSH imm8', [0x6a], 'byte'), 30],
    [simple('PUSH imm', [0x68], 'operand'), 30],
    [simple('PUSHA', [0x60]), 30],
    [simple('POPA', [0x61]), 30],
    [simple('PUSHF', [0x9c]), 30],
    [popFlags, 80],
    [memory('PUSH', 0xff, 6), 60],
    [memory('POP', 0x8f, 0), 60],
    [popByStackPointer, 40],
    [enter, 150],
    [leave, 40],
  ];
  for (let register = 0; register < 8; register++) {
    all.push([simple(`PUSH r${register}`, [0x50 | register]), 10], [simple(`POP r${register}`, [0x58 | register]), 10]);
  }
  for (const [name, ...code] of [
    ['ES', 0x06],
    ['CS', 0x0e],
    ['SS', 0x16],
    ['DS', 0x1e],
    ['FS', 0x0f, 0xa0],
    ['GS', 0x0f, 0xa8],
  ] as const)
    all.push([simple(`PUSH ${name}`, code), 10]);
  return all;
}

export function stack(random: Random): TestCase[] {
  const cases: TestCase[] = [];
  for (const [make, count] of forms())
    for (const size of [2, 4] as const) for (let i = 0; i < count; i++) cases.push(make(random, size));
  return cases;
}
