/**
 * Privileged state, gates, tasks, virtual-8086 mode, paging and debugging: the image of ring0/ prints the same on the
 * interpreter as it printed under QEMU, but for the listed deviations of QEMU from the manual.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Interpreter } from '../../../guest/cpu/index';
import { createX87 } from '../../../guest/cpu/x87';
import { Exit } from '../../../hypervisor/abi/vcpu';
import { DEVIATIONS } from './ring0/deviations';
import { MANUAL } from './ring0/manual';
import { committedImage, type ImageName, runOnVcpu } from './ring0/run';

const run = (name: ImageName) =>
  runOnVcpu(committedImage(name), (memory) => new Interpreter(memory, { floatingPoint: createX87 }));

const recorded = readFileSync(new URL('recordings/ring0.txt', import.meta.url), 'latin1').split('\n');

/** The recording as the manual has it. */
function expected(): string[] {
  return recorded.map((line) => DEVIATIONS.find((each) => line.startsWith(each.line))?.expected ?? line);
}

describe('system-level behaviour', () => {
  const { text, ended } = run('main');
  const lines = text.split('\n');

  it('ends in the triple fault', () => {
    expect(ended).toBe(Exit.SHUTDOWN);
  });

  it('prints what the recording says', () => {
    const wrong = expected().flatMap((line, i) => (line === lines[i] ? [] : [`- ${line}\n+ ${lines[i]}`]));
    expect(wrong.join('\n')).toBe('');
    expect(lines).toHaveLength(recorded.length);
  });

  it.each(DEVIATIONS)('deviates under QEMU in one line: $line', ({ line, expected: right }) => {
    const found = recorded.filter((each) => each.startsWith(line));
    expect(found).toHaveLength(1);
    expect(found).not.toContain(right);
  });
});

describe('what only the manual says', () => {
  const lines = run('manual')
    .text.split('\n')
    .filter((line) => line !== '');

  it.each(MANUAL.map(([line, clause], i) => ({ line, clause, i })))('$clause: $line', ({ line, i }) => {
    expect(lines[i]).toBe(line);
  });

  it('ends', () => {
    expect(lines.slice(MANUAL.length)).toEqual(['end']);
  });
});
