/** The comparison itself: each kind of planted fault must be reported, undefined bits must not. */
import { describe, expect, it } from 'vitest';
import type { TestCase, TestResult } from './case';
import { compare } from './compare';
import { casesOf, GROUPS } from './generate/index';
import { decodeRecording, encodeRecording } from './recording';

const test: TestCase = {
  name: 'planted',
  code: Uint8Array.of(0x01, 0xd8),
  codeAddress: 0x11000,
  registers: [1, 2, 3, 4, 0x31000, 6, 7, 8],
  eip: 0x11000,
  eflags: 0x202,
  selectors: [0x2b, 0x23, 0x2b, 0x2b, 0x0f, 0x17],
  patches: [{ address: 0x20100, bytes: Uint8Array.of(9, 9) }],
  undefined: { flags: 0x10, registers: [0, 0xffff, 0, 0, 0, 0, 0, 0], memory: new Map([[0x20110, 0x0f]]), nearly: [] },
};
const right = (): TestResult => ({
  vector: 3,
  error: 0,
  cr2: 0,
  eip: 0x11003,
  eflags: 0x202,
  registers: [5, 2, 3, 4, 0x31000, 6, 7, 8],
  selectors: [0x2b, 0x23, 0x2b, 0x2b, 0x0f, 0x17],
  changes: [{ address: 0x20100, bytes: Uint8Array.of(1) }],
});

const FAULTS: readonly [string, (result: TestResult) => void][] = [
  ['vector', (r) => (r.vector = 13)],
  ['error code', (r) => (r.error = 8)],
  ['CR2', (r) => (r.cr2 = 1)],
  ['EIP', (r) => (r.eip += 1)],
  ['a defined flag', (r) => (r.eflags ^= 0x40)],
  ['the resume flag', (r) => (r.eflags ^= 0x10000)],
  ['a register bit', (r) => (r.registers[3] ^= 0x80000000)],
  ['a defined bit of a partly undefined register', (r) => (r.registers[1] ^= 0x10000)],
  ['a selector', (r) => (r.selectors[4] = 0)],
  ['a byte of memory', (r) => (r.changes = [{ address: 0x20100, bytes: Uint8Array.of(2) }])],
  ['a write that is missing', (r) => (r.changes = [])],
  ['a write too many', (r) => r.changes.push({ address: 0x30000, bytes: Uint8Array.of(0x77) })],
];

describe('comparison with the oracle', () => {
  it('accepts the oracle itself', () => {
    expect(compare(test, right(), right())).toEqual([]);
  });

  it.each(FAULTS)('reports a planted fault in %s', (_, plant) => {
    const wrong = right();
    plant(wrong);
    expect(compare(test, right(), wrong)).toHaveLength(1);
  });

  it('ignores bits that the specification leaves undefined', () => {
    const other = right();
    other.eflags ^= 0x10;
    other.registers[1] ^= 0x1234;
    expect(compare(test, right(), other)).toEqual([]);
  });

  it('reports a vCPU that never comes back', () => {
    expect(compare(test, right(), { broken: 'lost' })).toEqual(['lost']);
  });
});

describe('recordings', () => {
  it('hold results exactly', () => {
    expect(decodeRecording([test], encodeRecording([test], [right()]))).toEqual([right()]);
  });

  it('are refused for other cases than they were made for', () => {
    const recording = encodeRecording([test], [right()]);
    expect(() => decodeRecording([{ ...test, eflags: 0x203 }], recording)).toThrow('generator has changed');
  });

  it('are of cases that come out the same at each generation', () => {
    expect(casesOf(GROUPS[0])).toEqual(casesOf(GROUPS[0]));
  });
});
