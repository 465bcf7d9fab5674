/** Multiplication, division (with its errors) and decimal adjustment. */
import type { TestCase } from '../case';
import type { Random } from '../random';
import { undefinedFlags } from '../undefined';
import { CaseBuilder, little, Reg, type Size, withReg } from './builder';

const GROUP3 = ['MUL', 'IMUL', 'DIV', 'IDIV'] as const;

function unary(random: Random, which: number, size: Size): TestCase {
  const builder = new CaseBuilder(random);
  builder.undefined.flags = undefinedFlags(GROUP3[which]);
  builder.operandSize(size);
  let value = random.operand(size);
  if (which >= 2 && random.chance(3)) value = prepareQuotient(builder, random, size, which === 3);
  else if (random.chance(2)) builder.set(Reg.EDX, random.below(4), size === 1 ? 2 : size);
  builder.pin(Reg.EAX);
  builder.pin(Reg.EDX);
  const operand = random.chance(2)
    ? builder.memoryValue(value, size)
    : builder.registerOperand(random.pick([Reg.EBX, Reg.ESI & 3, Reg.ECX, random.below(8)]));
  if (operand.register === Reg.EBX || operand.register === Reg.ECX) builder.setOperand(operand.register, value, size);
  return builder.build(GROUP3[which], [size === 1 ? 0xf6 : 0xf7, ...withReg(operand, 4 + which)]);
}

/** Choose divisor, quotient and remainder, so that quotients at the edge of the range come up. @returns the divisor */
function prepareQuotient(builder: CaseBuilder, random: Random, size: Size, signed: boolean): number {
  const bits = size * 8;
  const read = (value: number) => (signed ? BigInt.asIntN(bits, BigInt(value)) : BigInt(value));
  const divisor = random.operand(size) || 1;
  const edge = signed ? 2 ** (bits - 1) : 2 ** bits;
  const quotient = random.chance(2)
    ? BigInt(random.pick([edge, edge - 1, edge + 1, 1, 0, ...(signed ? [-edge, -edge - 1, -1, 1 - edge] : [])]))
    : read(random.operand(size));
  const rest = BigInt(random.below(2)) * (read(divisor) - 1n);
  const dividend = BigInt.asUintN(2 * bits, quotient * read(divisor) + rest);
  if (size === 1) builder.set(Reg.EAX, Number(dividend), 2);
  else {
    builder.set(Reg.EAX, Number(BigInt.asUintN(bits, dividend)), size);
    builder.set(Reg.EDX, Number(dividend >> BigInt(bits)), size);
  }
  return divisor;
}

/** IMUL with two and three operands. */
function signedMultiply(random: Random, size: 2 | 4, immediate: 0 | 1 | 2 | 4): TestCase {
  const builder = new CaseBuilder(random);
  builder.undefined.flags = undefinedFlags('IMUL');
  builder.operandSize(size);
  const destination = random.below(8);
  if (immediate === 0 && destination !== Reg.ESP) builder.setOperand(destination, random.operand(size), size);
  const operand = builder.operand(random.operand(size), size);
  const opcode = immediate === 0 ? [0x0f, 0xaf] : [immediate === 1 ? 0x6b : 0x69];
  return builder.build('IMUL', [...opcode, ...withReg(operand, destination), ...little(random.operand(4), immediate)]);
}

export function multiply(random: Random): TestCase[] {
  const cases: TestCase[] = [];
  for (const size of [1, 2, 4] as const)
    for (let which = 0; which < 4; which++)
      for (let i = 0; i < (which < 2 ? 80 : 240); i++) cases.push(unary(random, which, size));
  for (const size of [2, 4] as const)
    for (const immediate of [0, 1, size] as const)
      for (let i = 0; i < 80; i++) cases.push(signedMultiply(random, size, immediate));
  return cases;
}

const DECIMAL = [
  ['DAA', 0x27],
  ['DAS', 0x2f],
  ['AAA', 0x37],
  ['AAS', 0x3f],
] as const;

/** Every AL for each decimal adjustment, and AAM/AAD by all divisors. */
export function decimal(random: Random): TestCase[] {
  const cases: TestCase[] = [];
  const one = (mnemonic: string, code: readonly number[], al: number) => {
    const builder = new CaseBuilder(random);
    builder.undefined.flags = undefinedFlags(mnemonic);
    builder.set(Reg.EAX, al, 1);
    return builder.build(mnemonic, code);
  };
  for (const [mnemonic, opcode] of DECIMAL)
    for (let al = 0; al < 256; al++) cases.push(one(mnemonic, [opcode], al), one(mnemonic, [opcode], al));
  for (let base = 0; base < 256; base++) {
    for (const divisor of [base, 10]) {
      const aam = one('AAM', [0xd4, divisor], random.below(256));
      // AAM by zero is #DE; the flags are then as before.
      if (divisor === 0) aam.undefined.flags = 0;
      cases.push(aam, one('AAD', [0xd5, divisor], random.below(256)));
    }
  }
  return cases;
}
