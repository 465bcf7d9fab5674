/**
 * The interpreter against recorded results of a real processor: every case of every group. See README.md for how the
 * recordings come about.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Interpreter } from '../../../guest/cpu/index';
import { createX87 } from '../../../guest/cpu/x87';
import type { DomainMemory } from '../../../hypervisor/abi/vcpu';
import type { TestCase, TestResult } from './case';
import { compare, describeCase } from './compare';
import { casesOf, GROUPS } from './generate/index';
import { decodeRecording } from './recording';
import { ReplayMachine } from './replay/machine';

const create = (memory: DomainMemory) => new Interpreter(memory, { floatingPoint: createX87 });
const recordingOf = (name: string) => new URL(`recordings/${name}.bin`, import.meta.url);

/** Reports of the first few mismatches, and how many there are by name. */
function replay(machine: ReplayMachine, tests: readonly TestCase[], expected: readonly TestResult[]): string {
  const byName = new Map<string, number>();
  const reports: string[] = [];
  tests.forEach((test, i) => {
    const lines = compare(test, expected[i], machine.run(test));
    if (lines.length === 0) return;
    byName.set(test.name, (byName.get(test.name) ?? 0) + 1);
    if (byName.get(test.name) === 1) reports.push(`${describeCase(test)}\n  ${lines.join('\n  ')}`);
  });
  const counts = [...byName].map(([name, count]) => `${name}: ${count}`);
  return [...counts, ...reports.slice(0, 5)].join('\n');
}

describe('recorded instructions of a real processor', () => {
  it.each(GROUPS)('$name', (group) => {
    const tests = casesOf(group);
    const expected = decodeRecording(tests, readFileSync(recordingOf(group.name)));
    expect(replay(new ReplayMachine(create, group.paging), tests, expected)).toBe('');
  });
});
