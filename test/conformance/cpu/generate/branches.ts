/** Branches, calls, returns and software interrupts, all landing on INT3 inside the code window. */
import { Flag, type TestCase } from '../case';
import { CODE, CODE_START, type Descriptor, LDT, selector } from '../layout';
import type { Random } from '../random';
import { CaseBuilder, CODE16, FLAT, little, Reg, SEGMENTED, withReg } from './builder';

type Make = (random: Random) => TestCase;

/** Linear target inside the code window, not inside the instruction. */
const target = (random: Random): number =>
  CODE.address + (random.chance(2) ? random.below(0xf00) : random.between(0x1100, 0x3f00));

/** A builder whose jumps stay inside CS for `size`-byte operands: a flat CS cannot hold 16-bit targets. */
function begin(random: Random, size: 2 | 4): CaseBuilder {
  const builder = new CaseBuilder(
    random,
    random.pick(size === 4 ? [FLAT, FLAT, SEGMENTED, CODE16] : [SEGMENTED, CODE16]),
  );
  builder.operandSize(size);
  return builder;
}

const offsetOf = (builder: CaseBuilder, linear: number): number => linear - builder.base(1);

const shortJump =
  (name: string, code: readonly number[]): Make =>
  (random) =>
    begin(random, random.pick([2, 4])).build(name, [
      ...code,
      random.pick([0x10, 0x7f, 0x80, 0xc0, random.between(0x30, 0xd0)]),
    ]);

const loop =
  (opcode: number): Make =>
  (random) => {
    const builder = begin(random, 4);
    const bits = builder.environment.bits === 16;
    const byWord = random.chance(2);
    if (byWord !== bits) builder.prefix(0x67);
    const count = random.pick([0, 1, 2, random.word()]);
    builder.set(Reg.ECX, count, byWord ? 2 : 4);
    return builder.build(['LOOPNE', 'LOOPE', 'LOOP', 'JCXZ'][opcode & 3], [
      opcode,
      random.pick([0x20, 0xc0, 0x7f, 0x80]),
    ]);
  };

const near =
  (name: string, code: readonly number[], size: 2 | 4): Make =>
  (random) => {
    const builder = begin(random, size);
    const length = code.length + size + (builder.environment.bits === size * 8 ? 0 : 1);
    return builder.build(name, [...code, ...little(target(random) - CODE_START - length, size)]);
  };

/** A jump through ESP would run into the stack. */
const NOT_STACK = [Reg.EAX, Reg.ECX, Reg.EDX, Reg.EBX, Reg.EBP, Reg.ESI, Reg.EDI];

const indirect =
  (name: string, extension: number, size: 2 | 4): Make =>
  (random) => {
    const builder = begin(random, size);
    const place = offsetOf(builder, target(random));
    const operand = random.chance(2)
      ? builder.memoryValue(place, size)
      : builder.registerOperand(random.pick(NOT_STACK));
    if (operand.register !== undefined) builder.setOperand(operand.register, place, size);
    return builder.build(name, [0xff, ...withReg(operand, extension)]);
  };

const nearReturn =
  (size: 2 | 4, immediate: boolean): Make =>
  (random) => {
    const builder = begin(random, size);
    builder.store(builder.stackAddress, offsetOf(builder, target(random)), size);
    return builder.build('RET', immediate ? [0xc2, ...little(random.below(0x400), 2)] : [0xc3]);
  };

/** Code segments that a far transfer at level 3 may reach, each with room for its offsets. */
const FAR_TARGETS: readonly Descriptor[] = [LDT.code32, LDT.code16, LDT.executeOnly, LDT.restrictedCode16];

const farDestination = (random: Random, size: 2 | 4): number[] => {
  const linear = random.chance(2) ? target(random) & ~1 : CODE.address + 0x800;
  return [...little(linear - CODE.address, size), ...little(selector(random.pick(FAR_TARGETS)), 2)];
};

const farDirect =
  (name: string, opcode: number, size: 2 | 4): Make =>
  (random) =>
    begin(random, size).build(name, [opcode, ...farDestination(random, size)]);

const farIndirect =
  (name: string, extension: number, size: 2 | 4): Make =>
  (random) => {
    const builder = begin(random, size);
    const operand = builder.memoryOperand({ bytes: size + 2 });
    builder.patch(operand.address!, Uint8Array.from(farDestination(random, size)));
    return builder.build(name, [0xff, ...withReg(operand, extension)]);
  };

/** RETF and IRET to the same level: the frame is pushed operand by operand, selectors with unpredictable upper halves. */
const farReturn =
  (name: string, code: readonly number[], size: 2 | 4, withFlags: boolean): Make =>
  (random) => {
    const builder = begin(random, size);
    const destination = farDestination(random, size);
    const frame = [...destination, ...little(random.word(), size - 2)];
    if (withFlags) frame.push(...little(random.word() & ~(Flag.TF | Flag.AC | 0x4000), size));
    builder.patch(builder.stackAddress, Uint8Array.from(frame));
    const immediate = code[0] === 0xca ? little(random.below(256), 2) : [];
    return builder.build(name, [...code, ...immediate]);
  };

/** Near transfers to beyond the code segment's limit: #GP(0) at the transfer. */
const beyond: Make = (random) => {
  const builder = new CaseBuilder(random, SEGMENTED);
  builder.selectors[1] = selector(LDT.shortCode);
  const far = random.pick([0x1008, 0x2000, 0x3fff, 0x7fffffff, 0xffffffff]);
  const from = CODE_START - CODE.address;
  builder.set(Reg.EBX, far);
  builder.set(Reg.ECX, random.below(3));
  builder.store(builder.stackAddress, far, 4);
  const [name, code] = random.pick<readonly [string, number[]]>([
    ['JMP rel', [0xe9, ...little(far - from - 5, 4)]],
    ['CALL rel', [0xe8, ...little(far - from - 5, 4)]],
    ['Jcc rel', [0x0f, 0x84, ...little(far - from - 6, 4)]],
    ['JMP rel8', [0xeb, 0x40]],
    ['Jcc rel8', [0x75, 0x40]],
    ['LOOP', [0xe2, 0x40]],
    ['JCXZ', [0xe3, 0x40]],
    ['JMP r', [0xff, 0xe3]],
    ['CALL r', [0xff, 0xd3]],
    ['RET', [0xc3]],
    ['RET imm', [0xc2, 8, 0]],
    ['JMP far', [0xea, ...little(far, 4), ...little(selector(LDT.shortCode), 2)]],
    ['CALL far', [0x9a, ...little(far, 4), ...little(selector(LDT.shortCode), 2)]],
  ]);
  // Whether the return address has been written by then is not said; it lies below the stack pointer.
  for (let below = 1; below <= 8; below++) builder.undefined.memory.set(builder.stackAddress - below, 0xff);
  return builder.build(`${name} beyond the limit`, code);
};

/** Vectors whose gates are open to level 3 are 3 and 4; the others give #GP. 80h is the host's system call. */
const interrupt: Make = (random) => {
  let vector = random.below(256);
  if (vector === 0x80) vector = 0x81;
  return new CaseBuilder(random).build('INT n', [0xcd, vector]);
};

const breakpoint: Make = (random) => new CaseBuilder(random).build('INT3', [0xcc]);
const overflow: Make = (random) => new CaseBuilder(random).build('INTO', [0xce]);

const bound =
  (size: 2 | 4): Make =>
  (random) => {
    const builder = new CaseBuilder(random);
    builder.operandSize(size);
    const half = (size * 8) / 2;
    const limits = [random.between(-(2 ** half), 0), random.between(0, 2 ** half)];
    if (random.chance(4)) limits.reverse();
    const index = random.pick([...limits, limits[0] - 1, limits[1] + 1, random.word() | 0, 0]);
    const register = random.pick([Reg.EAX, Reg.EDX, Reg.EBP]);
    builder.set(register, index, size);
    const operand = builder.memoryOperand({ bytes: 2 * size });
    builder.patch(operand.address!, Uint8Array.from([...little(limits[0], size), ...little(limits[1], size)]));
    return builder.build('BOUND', [0x62, ...withReg(operand, register)]);
  };

function forms(): [Make, number][] {
  const all: [Make, number][] = [
    [shortJump('JMP rel8', [0xeb]), 20],
    [interrupt, 200],
    [breakpoint, 10],
    [overflow, 40],
    [bound(2), 100],
    [bound(4), 100],
    [beyond, 400],
  ];
  for (let condition = 0; condition < 16; condition++) {
    all.push([shortJump('Jcc rel8', [0x70 | condition]), 20]);
    for (const size of [2, 4] as const) all.push([near('Jcc rel', [0x0f, 0x80 | condition], size), 12]);
  }
  for (const opcode of [0xe0, 0xe1, 0xe2, 0xe3]) all.push([loop(opcode), 60]);
  for (const size of [2, 4] as const) {
    all.push([near('CALL rel', [0xe8], size), 30], [near('JMP rel', [0xe9], size), 30]);
    all.push([indirect('CALL r/m', 2, size), 60], [indirect('JMP r/m', 4, size), 60]);
    all.push([nearReturn(size, false), 30], [nearReturn(size, true), 40]);
    all.push([farDirect('CALL far', 0x9a, size), 30], [farDirect('JMP far', 0xea, size), 30]);
    all.push([farIndirect('CALL far m', 3, size), 40], [farIndirect('JMP far m', 5, size), 40]);
    all.push([farReturn('RETF', [0xcb], size, false), 40], [farReturn('RETF imm16', [0xca], size, false), 40]);
    all.push([farReturn('IRET', [0xcf], size, true), 80]);
  }
  return all;
}

export function branches(random: Random): TestCase[] {
  const cases: TestCase[] = [];
  for (const [make, count] of forms()) for (let i = 0; i < count; i++) cases.push(make(random));
  return cases;
}
