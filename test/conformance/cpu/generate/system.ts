/** What level 3 may not do, encodings that do not exist, LOCK where it is and is not allowed, prefixes and length. */
import type { TestCase } from '../case';
import type { Random } from '../random';
import { undefinedFlags } from '../undefined';
import { CaseBuilder, FLAT, Reg, withReg } from './builder';

/** Complete instructions; ModRM operands are EAX or [disp32] = 21000h. */
const M = [0x00, 0x10, 0x02, 0x00];
const PRIVILEGED: readonly (readonly [string, readonly number[]])[] = [
  ['CLI', [0xfa]],
  ['STI', [0xfb]],
  ['HLT', [0xf4]],
  ['IN AL, imm8', [0xe4, 0x60]],
  ['IN EAX, imm8', [0xe5, 0x60]],
  ['IN AL, DX', [0xec]],
  ['IN EAX, DX', [0xed]],
  ['OUT imm8, AL', [0xe6, 0x60]],
  ['OUT imm8, EAX', [0xe7, 0x60]],
  ['OUT DX, AL', [0xee]],
  ['OUT DX, EAX', [0xef]],
  ['INSB', [0x6c]],
  ['INSD', [0x6d]],
  ['OUTSB', [0x6e]],
  ['OUTSD', [0x6f]],
  ['REP INSB', [0xf3, 0x6c]],
  ['REP OUTSB', [0xf3, 0x6e]],
  ['MOV EAX, CR0', [0x0f, 0x20, 0xc0]],
  ['MOV EAX, CR2', [0x0f, 0x20, 0xd0]],
  ['MOV EAX, CR3', [0x0f, 0x20, 0xd8]],
  ['MOV EAX, CR4', [0x0f, 0x20, 0xe0]],
  ['MOV CR0, EAX', [0x0f, 0x22, 0xc0]],
  ['MOV CR3, EAX', [0x0f, 0x22, 0xd8]],
  ['MOV EAX, DR0', [0x0f, 0x21, 0xc0]],
  ['MOV DR7, EAX', [0x0f, 0x23, 0xf8]],
  ['CLTS', [0x0f, 0x06]],
  ['INVD', [0x0f, 0x08]],
  ['WBINVD', [0x0f, 0x09]],
  ['RDMSR', [0x0f, 0x32]],
  ['WRMSR', [0x0f, 0x30]],
  ['LGDT', [0x0f, 0x01, 0x15, ...M]],
  ['LIDT', [0x0f, 0x01, 0x1d, ...M]],
  ['LMSW r', [0x0f, 0x01, 0xf0]],
  ['LMSW m', [0x0f, 0x01, 0x35, ...M]],
  ['INVLPG', [0x0f, 0x01, 0x3d, ...M]],
  ['LLDT', [0x0f, 0x00, 0xd0]],
  ['LTR', [0x0f, 0x00, 0xd8]],
];

const INVALID: readonly (readonly [string, readonly number[]])[] = [
  ['UD2', [0x0f, 0x0b]],
  ['UD1', [0x0f, 0xb9, 0xc0]],
  ['LEA from register', [0x8d, 0xc1]],
  ['LSS from register', [0x0f, 0xb2, 0xc1]],
  ['LFS from register', [0x0f, 0xb4, 0xc1]],
  ['LGS from register', [0x0f, 0xb5, 0xc1]],
  ['CMPXCHG8B register', [0x0f, 0xc7, 0xc9]],
  ['LGDT register', [0x0f, 0x01, 0xd2]],
  ['CALL far register', [0xff, 0xd8]],
  ['JMP far register', [0xff, 0xe8]],
  ['FF /7', [0xff, 0xf8]],
  ['FE /2', [0xfe, 0xd0]],
  ['FE /7', [0xfe, 0x3d, ...M]],
  ['C6 /1', [0xc6, 0x0d, ...M, 1]],
  ['C7 /3', [0xc7, 0xd8, 1, 0, 0, 0]],
  ['0F 00 /6', [0x0f, 0x00, 0xf0]],
  ['0F 00 /7', [0x0f, 0x00, 0x3d, ...M]],
  ['0F BA /0', [0x0f, 0xba, 0xc0, 1]],
  ['0F BA /3', [0x0f, 0xba, 0x1d, ...M, 1]],
  ['0F 04', [0x0f, 0x04]],
  ['0F 0A', [0x0f, 0x0a]],
  ['0F 0C', [0x0f, 0x0c]],
  ['0F 24', [0x0f, 0x24, 0xc0]],
  ['0F 26', [0x0f, 0x26, 0xc0]],
  ['0F A6', [0x0f, 0xa6, 0xc0]],
  ['0F A7', [0x0f, 0xa7, 0xc0]],
  ['0F FF', [0x0f, 0xff, 0xc0]],
  ['MOV CR1', [0x0f, 0x20, 0xc8]],
  ['MOV CR5', [0x0f, 0x22, 0xe8]],
  ['MOV CR7', [0x0f, 0x20, 0xf8]],
  ['RSM', [0x0f, 0xaa]],
  ['ICEBP', [0xf1]],
];

/** Opcode, ModRM.reg and immediate of instructions that may be locked with a memory destination ([SDM] vol. 2, LOCK). */
const LOCKABLE: readonly (readonly [string, readonly number[], number?, (readonly number[])?])[] = [
  ...['ADD', 'OR', 'ADC', 'SBB', 'AND', 'SUB', 'XOR'].flatMap((name, i) => [
    [name, [i * 8]] as const,
    [name, [i * 8 + 1]] as const,
    [name, [0x80], i, [0x5a]] as const,
    [name, [0x83], i, [0x85]] as const,
  ]),
  ['NOT', [0xf6], 2],
  ['NEG', [0xf7], 3],
  ['INC', [0xfe], 0],
  ['DEC', [0xff], 1],
  ['XCHG', [0x86]],
  ['XCHG', [0x87]],
  ['XADD', [0x0f, 0xc0]],
  ['XADD', [0x0f, 0xc1]],
  ['CMPXCHG', [0x0f, 0xb0]],
  ['CMPXCHG', [0x0f, 0xb1]],
  ['BTS', [0x0f, 0xba], 5, [7]],
  ['BTR', [0x0f, 0xba], 6, [9]],
  ['BTC', [0x0f, 0xba], 7, [21]],
];

const NOT_LOCKABLE: readonly (readonly [string, readonly number[], number?, (readonly number[])?])[] = [
  ['CMP', [0x38]],
  ['CMP', [0x39]],
  ['CMP', [0x80], 7, [0x5a]],
  ['CMP', [0x83], 7, [0x5a]],
  ['ADD r, m', [0x02]],
  ['XOR r, m', [0x33]],
  ['TEST', [0x84]],
  ['TEST', [0xf7], 0, [1, 2, 3, 4]],
  ['MUL', [0xf6], 4],
  ['IDIV', [0xf7], 7],
  ['MOV', [0x89]],
  ['MOV', [0x8b]],
  ['MOV', [0xc7], 0, [1, 2, 3, 4]],
  ['LEA', [0x8d]],
  ['PUSH', [0xff], 6],
  ['CALL', [0xff], 2],
  ['POP', [0x8f], 0],
  ['SHL', [0xc1], 4, [3]],
  ['ROR', [0xd3], 1],
  ['SHLD', [0x0f, 0xa5]],
  ['BT', [0x0f, 0xa3]],
  ['BT', [0x0f, 0xba], 4, [3]],
  ['SETZ', [0x0f, 0x94]],
  ['MOVZX', [0x0f, 0xb6]],
  ['IMUL', [0x0f, 0xaf]],
];

/** Without ModRM, none may be locked. */
const PLAIN_NOT_LOCKABLE = [
  0x90, 0x40, 0x50, 0x58, 0x60, 0x9c, 0xa4, 0xab, 0x98, 0xf8, 0xfc, 0x04, 0xb0, 0xeb, 0xc3, 0x27, 0xd7,
];

function whole(random: Random, name: string, code: readonly number[]): TestCase {
  const builder = new CaseBuilder(random, FLAT);
  builder.set(Reg.EDI, 0x21000);
  builder.set(Reg.ESI, 0x21000);
  return builder.build(name, code);
}

/** Aligned, because some hosts refuse a locked access that is split over cache lines. */
function locked(
  random: Random,
  [name, code, reg, after = []]: (typeof LOCKABLE)[number],
  inRegister: boolean,
): TestCase {
  const builder = new CaseBuilder(random, FLAT);
  builder.undefined.flags = undefinedFlags(name);
  builder.prefix(0xf0);
  const operand = inRegister ? builder.registerOperand() : { bytes: [0x05, 0x00, 0x10, 0x02, 0x00] };
  const faults = inRegister || NOT_LOCKABLE.some(([, other]) => other === code);
  if (faults) builder.undefined.flags = 0;
  builder.store(0x21000, random.operand(4), 4);
  return builder.build(`LOCK ${name}`, [...code, ...withReg(operand, reg ?? random.below(8)), ...after]);
}

/** REP before an instruction that is no string instruction has no effect; these have no other meaning with it. */
const REP_IGNORED = [0x01, 0x03, 0x29, 0x31, 0x85, 0x89, 0x8b];

function prefixes(random: Random): TestCase {
  const builder = new CaseBuilder(random, FLAT);
  const count = random.between(1, 14);
  for (let i = 0; i < count; i++) builder.prefix(random.pick([0x26, 0x2e, 0x36, 0x3e, 0x66, 0xf2, 0xf3, 0x64, 0x65]));
  // ModRM of a register form: the last of the segment and operand prefixes decide nothing but the size.
  return builder.build(`${count} prefixes`, [random.pick(REP_IGNORED), 0xc0 | random.below(64)]);
}

export function system(random: Random): TestCase[] {
  const cases: TestCase[] = [];
  for (const [name, code] of [...PRIVILEGED, ...INVALID])
    for (let i = 0; i < 3; i++) {
      cases.push(whole(random, name, code), whole(random, `${name} with 66h`, [0x66, ...code]));
      cases.push(whole(random, `LOCK ${name}`, [0xf0, ...code]));
    }
  for (const form of LOCKABLE)
    for (let i = 0; i < 6; i++) cases.push(locked(random, form, false), locked(random, form, true));
  for (const form of NOT_LOCKABLE)
    for (let i = 0; i < 3; i++) cases.push(locked(random, form, false), locked(random, form, true));
  for (const opcode of PLAIN_NOT_LOCKABLE) cases.push(whole(random, `LOCK ${opcode.toString(16)}`, [0xf0, opcode, 0]));
  for (let i = 0; i < 300; i++) cases.push(prefixes(random));
  return cases;
}
