/** Shifts and rotates by every count, double shifts, bit tests and scans. */
import type { TestCase } from '../case';
import type { Random } from '../random';
import { undefinedByDoubleShift, undefinedByRotate, undefinedByShift, undefinedFlags } from '../undefined';
import { CaseBuilder, type ModRM, Reg, type Size, withReg } from './builder';

const SIZES: readonly Size[] = [1, 2, 4];
/** By ModRM.reg; 6 is the undocumented alias of SHL. */
const SHIFTS = ['ROL', 'ROR', 'RCL', 'RCR', 'SHL', 'SHR', 'SHL', 'SAR'] as const;

/** Counts up to 40: beyond the operand's width, and beyond the 5 bits that count. */
const COUNTS = Array.from({ length: 41 }, (_, i) => i);

/** Count of RCL and RCR is taken modulo the operand's width + 1, of ROL and ROR modulo the width, after 5 bits are left. */
function undefinedBy(extension: number, count: number, size: Size): number {
  const masked = count & 31;
  const mnemonic = SHIFTS[extension];
  if (mnemonic === 'SHL' || mnemonic === 'SHR' || mnemonic === 'SAR')
    return undefinedByShift(mnemonic, masked, size * 8);
  return undefinedByRotate(masked);
}

function shift(random: Random, extension: number, size: Size, by: 'one' | 'CL' | 'immediate', count: number): TestCase {
  const builder = new CaseBuilder(random);
  const mnemonic = SHIFTS[extension];
  builder.undefined.flags = undefinedBy(extension, by === 'one' ? 1 : count, size);
  builder.operandSize(size);
  if (by === 'CL') builder.set(Reg.ECX, count, 1);
  const operand = random.chance(2)
    ? builder.memoryValue(random.operand(size), size)
    : builder.registerOperand(random.pick(by === 'CL' && size !== 1 ? NOT_COUNTER : ALL));
  if (operand.register !== undefined && !isCounter(operand))
    builder.setOperand(operand.register, random.operand(size), size);
  const opcode = { one: 0xd0, CL: 0xd2, immediate: 0xc0 }[by] | (size === 1 ? 0 : 1);
  const code = [opcode, ...withReg(operand, extension), ...(by === 'immediate' ? [count] : [])];
  return builder.build(`${mnemonic} by ${by}`, code);
}

const ALL = [0, 1, 2, 3, 4, 5, 6, 7];
/** ECX as operand of a shift by CL is left to the byte forms (CL, CH). */
const NOT_COUNTER = [0, 2, 3, 4, 5, 6, 7];
/** CL, or ECX: its value is the count. */
const isCounter = (operand: ModRM): boolean => operand.register === Reg.ECX;

function doubleShift(random: Random, opcode: number, size: 2 | 4, count: number): TestCase {
  const builder = new CaseBuilder(random);
  const name = opcode < 0xa8 ? 'SHLD' : 'SHRD';
  const byCounter = (opcode & 1) === 1;
  const masked = count & 31;
  builder.undefined.flags = undefinedByDoubleShift(masked, size * 8);
  builder.operandSize(size);
  if (byCounter) builder.set(Reg.ECX, count, 1);
  const operand = byCounter
    ? random.chance(2)
      ? builder.memoryValue(random.operand(size), size)
      : builder.registerOperand(Reg.EDX)
    : builder.operand(random.operand(size), size);
  if (masked > size * 8) {
    if (operand.register !== undefined) builder.undefined.registers[operand.register] = 0xffff;
    else for (let i = 0; i < size; i++) builder.undefined.memory.set(operand.address! + i, 0xff);
  }
  return builder.build(name, [0x0f, opcode, ...withReg(operand, random.below(8)), ...(byCounter ? [] : [count])]);
}

const BIT_TESTS = ['BT', 'BTS', 'BTR', 'BTC'] as const;

/** Bit test with the offset in a register: in memory it reaches beyond the operand, also below it. */
function bitTest(random: Random, which: number, size: 2 | 4): TestCase {
  const builder = new CaseBuilder(random);
  const name = BIT_TESTS[which];
  builder.undefined.flags = undefinedFlags(name);
  builder.operandSize(size);
  const source = random.pick([Reg.EAX, Reg.EDX, Reg.EBX]);
  const offset = random.chance(4) ? random.between(-1600, 1600) : random.between(-64, 63);
  builder.set(source, offset, size);
  const operand = random.chance(3) ? builder.registerOperand() : builder.memoryOperand({ bytes: 208, below: 208 });
  return builder.build(name, [0x0f, 0xa3 | (which << 3), ...withReg(operand, source)]);
}

function bitTestImmediate(random: Random, which: number, size: 2 | 4): TestCase {
  const builder = new CaseBuilder(random);
  builder.undefined.flags = undefinedFlags(BIT_TESTS[which]);
  builder.operandSize(size);
  const operand = builder.operand(random.operand(size), size);
  return builder.build(BIT_TESTS[which], [0x0f, 0xba, ...withReg(operand, 4 + which), random.below(256)]);
}

function bitScan(random: Random, opcode: number, size: 2 | 4): TestCase {
  const builder = new CaseBuilder(random);
  const name = opcode === 0xbc ? 'BSF' : 'BSR';
  builder.undefined.flags = undefinedFlags(name);
  builder.operandSize(size);
  const value = random.chance(6) ? 0 : random.operand(size);
  const destination = random.below(8);
  const operand = builder.operand(value, size);
  // "If the content of the source operand is 0, the content of the destination operand is undefined."
  builder.undefined.registers[destination] = sourceIsZero(builder, operand, value, size) ? 0xffffffff : 0;
  return builder.build(name, [0x0f, opcode, ...withReg(operand, destination)]);
}

function sourceIsZero(builder: CaseBuilder, operand: ModRM, value: number, size: 2 | 4): boolean {
  if (operand.register === undefined) return value === 0;
  const held = builder.registers[operand.register];
  return (size === 2 ? held & 0xffff : held) === 0;
}

export function shifts(random: Random): TestCase[] {
  const cases: TestCase[] = [];
  for (const size of SIZES) {
    for (let extension = 0; extension < 8; extension++) {
      for (let i = 0; i < 24; i++) cases.push(shift(random, extension, size, 'one', 1));
      for (const count of COUNTS) {
        for (let i = 0; i < 3; i++) {
          cases.push(shift(random, extension, size, 'CL', count), shift(random, extension, size, 'immediate', count));
        }
      }
    }
  }
  for (const size of [2, 4] as const) {
    for (const opcode of [0xa4, 0xa5, 0xac, 0xad])
      for (const count of COUNTS) for (let i = 0; i < 5; i++) cases.push(doubleShift(random, opcode, size, count));
  }
  return cases;
}

export function bits(random: Random): TestCase[] {
  const cases: TestCase[] = [];
  for (const size of [2, 4] as const) {
    for (let which = 0; which < 4; which++)
      for (let i = 0; i < 80; i++) cases.push(bitTest(random, which, size), bitTestImmediate(random, which, size));
    for (let i = 0; i < 120; i++) cases.push(bitScan(random, 0xbc, size), bitScan(random, 0xbd, size));
  }
  return cases;
}
