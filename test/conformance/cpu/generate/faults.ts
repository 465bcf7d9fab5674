/**
 * Page faults with their address and error code, half-done instructions included, and alignment checks: each instruction
 * of accesses.ts at the borders of what is mapped.
 */
import { Flag, type TestCase } from '../case';
import { CODE, CODE_BYTES, DATA, READ_ONLY, STACK } from '../layout';
import type { Random } from '../random';
import { undefinedFlags } from '../undefined';
import { ACCESSES, type Access, STACK_CODES } from './accesses';
import { CaseBuilder, FLAT, little, Reg, withReg } from './builder';

const end = (window: { address: number; bytes: number }): number => window.address + window.bytes;

/** Addresses at which something is missing or not writable, soon or at once. */
function border(random: Random): number {
  return random.pick([
    READ_ONLY.address + random.below(0xff0),
    READ_ONLY.address - random.between(1, 7),
    end(READ_ONLY) - random.between(1, 7),
    end(DATA) - random.between(1, 7),
    DATA.address - random.between(1, 7),
    end(DATA) + random.below(64),
    0x60000000 + random.below(0x1000),
  ]);
}

/** An indirect call through readable memory would lead anywhere; only its faults are of interest here. */
const readable = (address: number, bytes: number): boolean =>
  [DATA, READ_ONLY].some((window) => address >= window.address && address + bytes <= end(window));

function access(
  random: Random,
  { name, code, reg, bytes, after = [], only32, undefined: mnemonic }: Access,
  address: number,
  aligned: boolean,
): TestCase {
  const builder = new CaseBuilder(random, FLAT);
  if (!only32 && random.chance(4)) builder.operandSize(2);
  builder.set(Reg.EBX, address);
  if (!aligned) builder.eflags |= Flag.AC;
  if (mnemonic) builder.undefined.flags = undefinedFlags(mnemonic);
  if (name === 'CALL m' && readable(address, bytes)) return access(random, ACCESSES[0], address, aligned);
  return builder.build(name, [...code, ...withReg({ bytes: [0x03] }, reg ?? random.below(8)), ...after]);
}

function stackAccess(random: Random, pointer: number, aligned: boolean): TestCase {
  const [name, code] = random.pick(STACK_CODES);
  const builder = new CaseBuilder(random, FLAT);
  builder.registers[Reg.ESP] = pointer;
  if (!aligned) builder.eflags |= Flag.AC;
  builder.set(Reg.EBP, random.chance(2) ? pointer : pointer + 0x10);
  // A return finds an address inside the code window and a flat code selector's absence.
  const frame = Uint8Array.from(Array.from({ length: 12 }, () => little(CODE.address + 0x800, 4)).flat());
  builder.patch(aligned ? STACK.address : pointer & ~3, frame);
  if (aligned) builder.patch(end(STACK) - frame.length, frame);
  return builder.build(name, code);
}

/** REP strings that run off a mapped page half-way, and whose registers then say how far they came. */
function runOff(random: Random): TestCase {
  const builder = new CaseBuilder(random, FLAT);
  const opcode = random.pick([0xa4, 0xa5, 0xa6, 0xa7, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf]);
  const down = (builder.eflags & Flag.DF) !== 0;
  const near = (first: boolean) => {
    const limit = down ? DATA.address + random.below(24) : end(DATA) - random.between(1, 24);
    return first ? limit : DATA.address + 0x1000 + random.below(256);
  };
  const sourceFirst = random.chance(2);
  builder.set(Reg.ESI, near(sourceFirst));
  builder.set(Reg.EDI, near(!sourceFirst));
  if (random.chance(6)) builder.set(Reg.EDI, READ_ONLY.address + 0x100);
  builder.set(Reg.ECX, random.between(0, 40));
  if (random.chance(2)) {
    const equal = new Uint8Array(64);
    builder.set(Reg.EAX, 0);
    for (const at of [DATA.address, end(DATA) - 64]) builder.patch(at, equal);
  }
  const repeat = random.pick([0xf3, 0xf3, 0xf2]);
  return builder.build('REP string off the page', [repeat, opcode]);
}

/** The instruction itself lies over the end of the code window. */
function fetch(random: Random): TestCase {
  const builder = new CaseBuilder(random, FLAT);
  const code = random.pick([
    [0x90],
    [0xb8, 1, 2, 3, 4],
    [0x81, 0xc3, 1, 2, 3, 4],
    [0x0f, 0xb6, 0xc1],
    [0x66, 0x05, 1, 2],
    [0xc7, 0x05, 0, 0x10, 2, 0, 1, 2, 3, 4],
    [0xe9, 0, 0xf0, 0xff, 0xff],
    [0xeb, 0x80],
  ]);
  const inside = random.between(1, code.length);
  const before = new Array<number>(CODE_BYTES - inside).fill(0xcc);
  const test = builder.build('fetch over the page end', [...before, ...code.slice(0, inside)], end(CODE) - CODE_BYTES);
  return { ...test, eip: end(CODE) - inside };
}

export function pageFaults(random: Random): TestCase[] {
  const cases: TestCase[] = [];
  for (const each of ACCESSES) for (let i = 0; i < 50; i++) cases.push(access(random, each, border(random), true));
  for (let i = 0; i < 600; i++) {
    const pointer = random.chance(2) ? STACK.address + random.below(34) : end(STACK) - random.below(34);
    cases.push(stackAccess(random, pointer, true));
  }
  for (let i = 0; i < 500; i++) cases.push(runOff(random));
  for (let i = 0; i < 60; i++) cases.push(fetch(random));
  return cases;
}

export function alignment(random: Random): TestCase[] {
  const cases: TestCase[] = [];
  for (const each of ACCESSES)
    for (let i = 0; i < 16; i++) cases.push(access(random, each, DATA.address + 0x400 + random.below(64), false));
  for (let i = 0; i < 200; i++) cases.push(stackAccess(random, STACK.address + 0x1000 + random.below(8), false));
  return cases;
}
