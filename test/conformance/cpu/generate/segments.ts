/** Segment loads with every kind of descriptor, descriptor inspection, and accesses at and beyond limits and rights. */
import type { TestCase } from '../case';
import {
  CODE,
  CODE_START,
  DATA,
  DESCRIPTORS,
  type Descriptor,
  FLAT_CODE,
  FLAT_DATA,
  LDT,
  LDT_ENTRIES,
  local,
  STACK,
  selector,
} from '../layout';
import type { Random } from '../random';
import { undefinedFlags } from '../undefined';
import { ACCESSES, STACK_CODES } from './accesses';
import {
  CaseBuilder,
  CODE16,
  type Environment,
  FLAT,
  little,
  type ModRM,
  Reg,
  SEGMENTED,
  type Size,
  withReg,
} from './builder';

/**
 * Selectors worth loading: all local descriptors with all requested privilege levels, the flat segments, null selectors,
 * supervisor descriptors of the global table, and indices beyond the local table's limit.
 */
function selectors(): number[] {
  const all = [0, 1, 2, 3, 0x08, 0x0b, 0x10, 0x18, 0x1b, FLAT_CODE, FLAT_DATA, FLAT_CODE & ~3, FLAT_DATA & ~3];
  all.push(local(0), local(LDT_ENTRIES), local(LDT_ENTRIES) & ~3, local(0x1fff), 4);
  for (const descriptor of DESCRIPTORS)
    for (let level = 0; level < 4; level++) all.push((selector(descriptor) & ~3) | level);
  return all;
}

const SREG = ['ES', 'CS', 'SS', 'DS', 'FS', 'GS', 'reserved 6', 'reserved 7'];

const anywhere = (random: Random) => random.pick([FLAT, FLAT, SEGMENTED, CODE16]);

function moveToSegment(random: Random, register: number, value: number): TestCase {
  const builder = new CaseBuilder(random, anywhere(random));
  if (random.chance(3)) builder.operandSize(random.pick([2, 4]));
  const operand = random.chance(2) ? builder.memoryValue(value, 2) : builder.registerOperand(random.pick([0, 1, 2, 3]));
  if (operand.register !== undefined) builder.set(operand.register, value, 2);
  return builder.build(`MOV ${SREG[register]}`, [0x8e, ...withReg(operand, register)]);
}

function popSegment(random: Random, register: number, code: readonly number[], value: number): TestCase {
  const builder = new CaseBuilder(random, anywhere(random));
  builder.operandSize(random.pick([2, 4]));
  builder.store(builder.stackAddress, value | (random.word() << 16), 4);
  return builder.build(`POP ${SREG[register]}`, code);
}

function loadPointer(random: Random, register: number, code: readonly number[], value: number): TestCase {
  const builder = new CaseBuilder(random, anywhere(random));
  const size = random.pick([2, 4] as const);
  builder.operandSize(size);
  const operand = builder.memoryOperand({ bytes: size + 2 });
  builder.patch(operand.address!, Uint8Array.from([...little(random.word(), size), ...little(value, 2)]));
  return builder.build(`L${SREG[register]}`, [...code, ...withReg(operand, random.below(8))]);
}

function storeSegment(random: Random, register: number): TestCase {
  const builder = new CaseBuilder(random);
  builder.operandSize(random.pick([2, 4]));
  return builder.build(`MOV from ${SREG[register]}`, [0x8c, ...withReg(builder.operand(random.word(), 2), register)]);
}

const INSPECT = [
  ['LAR', [0x0f, 0x02]],
  ['LSL', [0x0f, 0x03]],
  ['VERR', [0x0f, 0x00], 4],
  ['VERW', [0x0f, 0x00], 5],
] as const;

function inspect(random: Random, which: number, value: number): TestCase {
  const [name, code, extension] = INSPECT[which];
  const builder = new CaseBuilder(random, anywhere(random));
  builder.operandSize(random.pick([2, 4]));
  const operand = random.chance(2) ? builder.memoryValue(value, 2) : builder.registerOperand(random.pick([0, 1, 2, 3]));
  if (operand.register !== undefined) builder.set(operand.register, value, 2);
  return builder.build(name, [...code, ...withReg(operand, extension ?? random.below(8))]);
}

function adjustLevel(random: Random): TestCase {
  const builder = new CaseBuilder(random);
  const operand = builder.operand(random.word(), 2);
  return builder.build('ARPL', [0x63, ...withReg(operand, random.below(8))]);
}

/** Segments through which an access is made, with offsets around the edges of what they allow. */
function edges(descriptor: Descriptor): number[] {
  const limit = descriptor.pages ? descriptor.limit * 0x1000 + 0xfff : descriptor.limit;
  const top = descriptor.type === 'expand-down' && !descriptor.big ? 0xffff : limit;
  return [limit, top].flatMap((edge) => [
    edge - 9,
    edge - 7,
    edge - 5,
    edge - 4,
    edge - 3,
    edge - 2,
    edge - 1,
    edge,
    edge + 1,
    edge + 2,
  ]);
}

const OVERRIDES = { es: 0x26, cs: 0x2e, ss: 0x36, ds: 0x3e, fs: 0x64, gs: 0x65 } as const;
type Through = keyof typeof OVERRIDES;
const INDEX = { es: 0, cs: 1, ss: 2, ds: 3, fs: 4, gs: 5 } as const;

const READABLE: readonly Descriptor[] = [
  LDT.data,
  LDT.shifted,
  LDT.readOnly,
  LDT.expandDown,
  LDT.pages,
  LDT.code32,
  LDT.expandDown16,
];

function access(random: Random, which: number): TestCase {
  const { name, code, reg, bytes, after = [], only32, never, undefined: mnemonic } = ACCESSES[which];
  const builder = new CaseBuilder(random, FLAT);
  const through: Through = random.pick(
    (['es', 'ds', 'fs', 'gs', 'ss', 'cs'] as const).filter((each) => each !== never),
  );
  const drawn = descriptorFor(random, through);
  // A call must not read its target from the code window, which is INT3 throughout.
  const descriptor = name === 'CALL m' && drawn === LDT.code32 ? LDT.data : drawn;
  const [offset, chosen] = placement(random, descriptor, bytes);
  builder.selectors[INDEX[through]] = chosen;
  if (through === 'ss') builder.registers[Reg.ESP] = 0x1000;
  const size: Size = !only32 && random.chance(4) ? 2 : 4;
  builder.operandSize(size);
  builder.prefix(OVERRIDES[through]);
  const operand: ModRM = random.chance(2)
    ? { bytes: [0x05, ...little(offset, 4)] }
    : { bytes: [0x80 | Reg.EBP, ...little(0, 4)] };
  builder.set(Reg.EBP, offset);
  if (name === 'CALL m' && descriptor && through !== 'cs') callTarget(builder, descriptor.base + offset);
  if (mnemonic) builder.undefined.flags = undefinedFlags(mnemonic);
  return through === 'cs'
    ? inCode(builder, name, descriptor, code, withReg(operand, reg ?? 0), after)
    : builder.build(`${name} by ${through}`, [...code, ...withReg(operand, reg ?? 0), ...after]);
}

/** An indirect call has to lead into the code window, by 16 bits or by 32 ([SDM] vol. 2, CALL: the high half is cleared). */
function callTarget(builder: CaseBuilder, address: number): void {
  const inside = [DATA, STACK].some(
    (window) => address >= window.address && address + 4 <= window.address + window.bytes,
  );
  if (inside) builder.store(address, CODE.address + 0x800, 4);
}

function descriptorFor(random: Random, through: Through): Descriptor | undefined {
  if (through === 'cs') return random.pick([LDT.code32, LDT.executeOnly]);
  if (through === 'ss') return LDT.stack32;
  return random.chance(8) ? undefined : random.pick(READABLE);
}

/** Offset and selector; without a descriptor a null selector. */
function placement(random: Random, descriptor: Descriptor | undefined, bytes: number): [number, number] {
  if (!descriptor) return [random.word(), random.below(4)];
  const offset = random.chance(3) ? random.pick(edges(descriptor)) : random.between(0, 0x1000);
  const linear = descriptor.base + offset;
  const inside = [DATA, STACK, CODE].some(
    (window) => linear >= window.address && linear + bytes <= window.address + window.bytes,
  );
  return [inside ? offset : random.pick(edges(descriptor).slice(0, 10)), selector(descriptor)];
}

function inCode(
  builder: CaseBuilder,
  name: string,
  descriptor: Descriptor | undefined,
  code: readonly number[],
  operand: readonly number[],
  after: readonly number[],
): TestCase {
  const test = builder.build(`${name} by cs`, [...code, ...operand, ...after]);
  const selectors = [...test.selectors];
  selectors[1] = selector(descriptor!);
  return { ...test, selectors, eip: CODE_START - CODE.address };
}

const edgeEnvironment = (stackBits: 16 | 32): Environment => {
  const stack =
    stackBits === 16 ? SEGMENTED.segments[2] : { ...SEGMENTED.segments[2], selector: selector(LDT.stack32) };
  return { ...SEGMENTED, stackBits, segments: SEGMENTED.segments.with(2, stack) };
};

function stackEdge(random: Random): TestCase {
  const [name, code] = random.pick(STACK_CODES);
  const builder = new CaseBuilder(random, edgeEnvironment(random.pick([16, 32])));
  const size = random.pick([2, 4] as const);
  builder.operandSize(size);
  const edge = random.chance(2) ? random.between(0, 20) : STACK.bytes - random.between(0, 34);
  const pointer = random.chance(8) ? STACK.bytes + random.between(0, 8) : edge;
  builder.setStack(STACK.address + pointer);
  builder.set(Reg.EBP, random.chance(2) ? pointer : random.pick(edges(LDT.stack32)));
  // Returns find offsets inside the code window, and no code selector.
  const frame = Uint8Array.from(Array.from({ length: 10 }, () => little(0x800, 4)).flat());
  builder.patch(STACK.address, frame);
  builder.patch(STACK.address + STACK.bytes - frame.length, frame);
  return builder.build(`${name} at the stack's edge`, size === 2 && name === 'CALL' ? [0xe8, 0, 1] : code);
}

export function segments(random: Random): TestCase[] {
  const cases: TestCase[] = [];
  for (const value of selectors()) {
    for (const register of [0, 2, 3, 4, 5]) cases.push(moveToSegment(random, register, value));
    cases.push(moveToSegment(random, random.pick([1, 6, 7]), value));
    cases.push(
      popSegment(random, 0, [0x07], value),
      popSegment(random, 2, [0x17], value),
      popSegment(random, 3, [0x1f], value),
    );
    cases.push(popSegment(random, 4, [0x0f, 0xa1], value), popSegment(random, 5, [0x0f, 0xa9], value));
    cases.push(loadPointer(random, 0, [0xc4], value), loadPointer(random, 3, [0xc5], value));
    cases.push(loadPointer(random, 2, [0x0f, 0xb2], value), loadPointer(random, 4, [0x0f, 0xb4], value));
    cases.push(loadPointer(random, 5, [0x0f, 0xb5], value));
    for (let which = 0; which < 4; which++) for (let i = 0; i < 3; i++) cases.push(inspect(random, which, value));
  }
  for (let register = 0; register < 8; register++)
    for (let i = 0; i < 12; i++) cases.push(storeSegment(random, register));
  for (let i = 0; i < 80; i++) cases.push(adjustLevel(random));
  return cases;
}

export function limits(random: Random): TestCase[] {
  const cases: TestCase[] = [];
  for (let which = 0; which < ACCESSES.length; which++) for (let i = 0; i < 90; i++) cases.push(access(random, which));
  for (let i = 0; i < 1500; i++) cases.push(stackEdge(random));
  return cases;
}
