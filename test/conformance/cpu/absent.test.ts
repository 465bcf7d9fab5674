/**
 * Encodings of extensions that CPUID does not advertise raise #UD ([SDM] vol. 2, the exceptions of each instruction). The
 * recording host has most of them, hence no recording.
 */
import { describe, expect, it } from 'vitest';
import { Interpreter } from '../../../guest/cpu/index';
import { createX87 } from '../../../guest/cpu/x87';
import { Vector } from './case';
import { CaseBuilder, FLAT } from './generate/builder';
import { Random } from './random';
import { ReplayMachine } from './replay/machine';

const machine = new ReplayMachine((memory) => new Interpreter(memory, { floatingPoint: createX87 }), false);

/** Vector in which an instruction ends; BREAKPOINT when it runs through. */
function vectorOf(code: readonly number[]): number | string {
  const outcome = machine.run(new CaseBuilder(new Random(1), FLAT).build('absent', code));
  return 'broken' in outcome ? outcome.broken : outcome.vector;
}

const range = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i);

/** Second bytes behind 0Fh. */
const ABSENT: Readonly<Record<string, readonly number[]>> = {
  'SYSCALL, SYSRET, SYSENTER, SYSEXIT': [0x05, 0x07, 0x34, 0x35],
  'PREFETCHW, FEMMS': [0x0d, 0x0e],
  'SSE moves and converts': [...range(0x10, 0x17), ...range(0x28, 0x2f)],
  'SSE arithmetic': range(0x50, 0x5f),
  MMX: [
    ...range(0x60, 0x6b),
    ...range(0x6e, 0x77),
    ...range(0x7e, 0x7f),
    0xd1,
    0xd2,
    0xd3,
    ...range(0xd8, 0xdf),
    ...range(0xe8, 0xef),
  ],
  'RDPMC, GETSEC': [0x33, 0x37],
  'three-byte opcodes': [0x38, 0x3a],
  VMX: [0x78, 0x79],
  'FXSAVE and its group': [0xae],
  POPCNT: [0xb8],
  'SSE compares, shuffles, MOVNTI': [0xc2, 0xc3, 0xc4, 0xc5, 0xc6],
};

/** VEX and EVEX prefixes are LES, LDS and BOUND with a register operand here. */
const WHOLE: readonly (readonly [string, readonly number[]])[] = [
  ['LES from a register', [0xc4, 0xc0]],
  ['LDS from a register', [0xc5, 0xf8, 0x77]],
  ['BOUND with a register', [0x62, 0xf1, 0x7c, 0x48]],
  ['FISTTP m32', [0xdb, 0x0d, 0x00, 0x00, 0x02, 0x00]],
  ['FISTTP m64', [0xdd, 0x0d, 0x00, 0x00, 0x02, 0x00]],
  ['FISTTP m16', [0xdf, 0x0d, 0x00, 0x00, 0x02, 0x00]],
  ['XGETBV', [0x0f, 0x01, 0xd0]],
  ['MONITOR', [0x0f, 0x01, 0xc8]],
  ['RDRAND', [0x0f, 0xc7, 0xf0]],
];

describe('what the CPU does not have', () => {
  it.each(Object.entries(ABSENT))('%s', (_, opcodes) => {
    for (const prefix of [[], [0x66], [0xf2], [0xf3]])
      for (const opcode of opcodes)
        expect([opcode.toString(16), vectorOf([...prefix, 0x0f, opcode, 0xc0])]).toEqual([
          opcode.toString(16),
          Vector.INVALID_OPCODE,
        ]);
  });

  it.each(WHOLE)('%s', (_, code) => {
    expect(vectorOf(code)).toBe(Vector.INVALID_OPCODE);
  });

  it('the probe itself tells: CPUID, RDTSC and hint NOPs run through', () => {
    for (const code of [
      [0x0f, 0xa2],
      [0x0f, 0x31],
      [0x0f, 0x1f, 0xc0],
    ])
      expect(vectorOf(code)).toBe(Vector.BREAKPOINT);
  });
});
