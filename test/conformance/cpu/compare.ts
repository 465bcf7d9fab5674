/** Compares what a vCPU did with what the oracle recorded, bit by bit except where the specification leaves bits undefined. */
import { type Change, REGISTER_NAMES, SEGMENT_NAMES, type TestCase, type TestResult } from './case';
import { pristine, WINDOWS } from './layout';
import type { Outcome } from './replay/machine';

const hex = (value: number, digits = 8): string => (value >>> 0).toString(16).padStart(digits, '0');

const FLAG_LETTERS: readonly (readonly [number, string])[] = [
  [0x1, 'CF'],
  [0x4, 'PF'],
  [0x10, 'AF'],
  [0x40, 'ZF'],
  [0x80, 'SF'],
  [0x100, 'TF'],
  [0x200, 'IF'],
  [0x400, 'DF'],
  [0x800, 'OF'],
  [0x3000, 'IOPL'],
  [0x4000, 'NT'],
  [0x10000, 'RF'],
  [0x20000, 'VM'],
  [0x40000, 'AC'],
  [0x200000, 'ID'],
];

function flagNames(bits: number): string {
  const named = FLAG_LETTERS.filter(([mask]) => bits & mask).map(([, name]) => name);
  return named.join(' ');
}

/** Changed bytes by address, without undefined bits and without bytes that are as before in every defined bit. */
function bytesOf(changes: readonly Change[]): Map<number, number> {
  const bytes = new Map<number, number>();
  for (const change of changes) for (const [i, byte] of change.bytes.entries()) bytes.set(change.address + i, byte);
  return bytes;
}

/** A number of 80 bits at `address` as the case left it: changed bytes over patches over the window's pattern. */
function numberAt(
  test: TestCase,
  changed: ReadonlyMap<number, number>,
  address: number,
): { head: number; significand: bigint } {
  const bytes = Uint8Array.from({ length: 10 }, (_, i) => changed.get(address + i) ?? originalByte(test, address + i));
  const view = new DataView(bytes.buffer);
  return { head: view.getUint16(8, true), significand: view.getBigUint64(0, true) };
}

const images = WINDOWS.map((window) => ({ window, image: pristine(window) }));

/** What the case found at an address of a window. */
function originalByte(test: TestCase, address: number): number {
  const patch = test.patches.find((each) => address >= each.address && address < each.address + each.bytes.length);
  if (patch) return patch.bytes[address - patch.address];
  const home = images.find(({ window }) => address >= window.address && address < window.address + window.bytes);
  return home!.image[address - home!.window.address];
}

/** Equal, or apart by at most two units in the last place and of the same sign. */
function nearlyEqual(
  test: TestCase,
  wanted: ReadonlyMap<number, number>,
  found: ReadonlyMap<number, number>,
  address: number,
): boolean {
  const [a, b] = [numberAt(test, wanted, address), numberAt(test, found, address)];
  if ((a.head ^ b.head) & 0x8000) return false;
  const rank = ({ head, significand }: typeof a) => (BigInt(head & 0x7fff) << 63n) + (significand & ~(1n << 63n));
  const distance = rank(a) - rank(b);
  return distance >= -2n && distance <= 2n;
}

function memoryDifferences(test: TestCase, expected: TestResult, got: TestResult): string[] {
  const [wanted, found] = [bytesOf(expected.changes), bytesOf(got.changes)];
  const differences: string[] = [];
  const near = new Set<number>();
  for (const address of test.undefined.nearly) {
    if (!nearlyEqual(test, wanted, found, address)) continue;
    for (let i = 0; i < 10; i++) near.add(address + i);
  }
  for (const address of new Set([...wanted.keys(), ...found.keys()])) {
    const ignored = near.has(address) ? 0xff : (test.undefined.memory.get(address) ?? 0);
    const original = originalByte(test, address);
    const [a, b] = [wanted.get(address) ?? original, found.get(address) ?? original];
    if (((a ^ b) & ~ignored) !== 0) differences.push(`[${hex(address, 5)}]: expected ${hex(a, 2)}, got ${hex(b, 2)}`);
  }
  return differences;
}

/** One line a difference; empty when the outcome is right. */
export function compare(test: TestCase, expected: TestResult, outcome: Outcome): string[] {
  if ('broken' in outcome) return [outcome.broken];
  const lines: string[] = [];
  const same = (name: string, a: number, b: number, ignore = 0) => {
    if (((a ^ b) & ~ignore) !== 0) lines.push(`${name}: expected ${hex(a)}, got ${hex(b)}`);
  };
  same('vector', expected.vector, outcome.vector);
  same('error code', expected.error, outcome.error);
  same('CR2', expected.cr2, outcome.cr2);
  same('EIP', expected.eip, outcome.eip);
  const flags = (expected.eflags ^ outcome.eflags) & ~test.undefined.flags;
  if (flags) lines.push(`EFLAGS: expected ${hex(expected.eflags)}, got ${hex(outcome.eflags)} (${flagNames(flags)})`);
  REGISTER_NAMES.forEach((name, i) => {
    same(name, expected.registers[i], outcome.registers[i], test.undefined.registers[i]);
  });
  SEGMENT_NAMES.forEach((name, i) => {
    same(name, expected.selectors[i], outcome.selectors[i]);
  });
  return [...lines, ...memoryDifferences(test, expected, outcome)];
}

/** The case as a reader wants it: mnemonic, bytes, and the whole input. */
export function describeCase(test: TestCase): string {
  const code = Buffer.from(test.code).toString('hex');
  const registers = REGISTER_NAMES.map((name, i) => `${name}=${hex(test.registers[i])}`).join(' ');
  const selectors = SEGMENT_NAMES.map((name, i) => `${name}=${hex(test.selectors[i], 4)}`).join(' ');
  const patches = test.patches.map((p) => `[${hex(p.address, 5)}]=${Buffer.from(p.bytes).toString('hex')}`).join(' ');
  return `${test.name} <${code}> at ${hex(test.eip)}\n  in: ${registers} eflags=${hex(test.eflags)}\n      ${selectors}\n      ${patches}`;
}
