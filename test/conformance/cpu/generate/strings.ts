/** String instructions: every size, repeat prefix, direction, address size; overlapping, page-crossing and empty runs. */
import { Flag, type TestCase } from '../case';
import { DATA, LDT } from '../layout';
import type { Random } from '../random';
import { CaseBuilder, Reg, type Size } from './builder';

const OPERATIONS = [
  { name: 'MOVS', opcode: 0xa4, source: true, destination: true },
  { name: 'CMPS', opcode: 0xa6, source: true, destination: true },
  { name: 'STOS', opcode: 0xaa, source: false, destination: true },
  { name: 'LODS', opcode: 0xac, source: true, destination: false },
  { name: 'SCAS', opcode: 0xae, source: false, destination: true },
] as const;
type Operation = (typeof OPERATIONS)[number];

const REPEATS = [0, 0xf2, 0xf3] as const;
/** Bytes on either side of the first element that a run may reach. */
const REACH = 160;

/** Both windows get equal bytes for most of the run, so that compares do not stop at once. */
function fillEqual(builder: CaseBuilder, random: Random, source: number, destination: number, size: Size): void {
  const value = random.pick([0, 0xff, 0x41, random.below(256)]);
  const equal = new Uint8Array(96).fill(value);
  const start = random.between(0, 64) & -size;
  const other = equal.slice();
  if (random.chance(2)) other[random.below(96)] ^= 1 << random.below(8);
  builder.patch(source - start, equal);
  if (Math.abs(destination - source) > 200) builder.patch(destination - start, other);
  builder.set(Reg.EAX, Math.imul(value, 0x01010101));
}

function stringCase(random: Random, operation: Operation, size: Size, repeat: number): TestCase {
  const builder = new CaseBuilder(random);
  if (repeat) builder.prefix(repeat);
  builder.operandSize(size);
  const bits = builder.addressSize();
  const width: Size = bits === 16 ? 2 : 4;
  const segment = operation.source ? builder.segment(3) : 3;
  const request = { bytes: REACH, below: REACH };
  const destination = builder.place(0, request);
  let source = builder.place(segment, request);
  // One in four overlaps.
  if (random.chance(4) && builder.base(segment) <= destination - REACH) source = destination + random.between(-9, 9);
  const inSegment = source - builder.base(segment);
  if (inSegment < REACH || source + REACH > DATA.address + DATA.bytes) source = builder.place(segment, request);
  fillEqual(builder, random, source, destination, size);
  if (random.chance(3)) builder.set(Reg.EAX, random.word());
  builder.set(Reg.ESI, source - builder.base(segment), width);
  builder.set(Reg.EDI, destination - builder.base(0), width);
  builder.set(Reg.ECX, repeat ? random.below(random.chance(4) ? 32 : 12) : random.word(), width);
  return builder.build(`${['', 'REPNE ', 'REP '][REPEATS.indexOf(repeat as 0)]}${operation.name}`, [
    operation.opcode | (size === 1 ? 0 : 1),
  ]);
}

/** 16-bit index registers wrap at 64 KiB: the run goes over the end of an expand-up segment only by faulting, so it stays below. */
function countIsAddressSized(random: Random): TestCase {
  const builder = new CaseBuilder(random);
  builder.selectors[0] = builder.selectors[3] = (LDT.data.index << 3) | 7;
  builder.prefix(0xf3);
  if (builder.environment.bits === 32) builder.prefix(0x67);
  builder.set(Reg.ECX, random.word() & 0xffff0000);
  builder.set(Reg.ESI, 0x100);
  builder.set(Reg.EDI, 0x200);
  builder.eflags &= ~Flag.DF;
  return builder.build('REP MOVSB with CX = 0', [0xa4]);
}

export function strings(random: Random): TestCase[] {
  const cases: TestCase[] = [];
  for (const operation of OPERATIONS)
    for (const size of [1, 2, 4] as const)
      for (const repeat of REPEATS)
        for (let i = 0; i < 70; i++) cases.push(stringCase(random, operation, size, repeat));
  for (let i = 0; i < 16; i++) cases.push(countIsAddressSized(random));
  return cases;
}
