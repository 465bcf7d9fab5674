/** The committed machine code is what its sources assemble to, where nasm is there to tell. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { assembleMonitor, committedMonitor } from './replay/machine';
import { assembleImage, committedImage } from './ring0/run';

const assembler = spawnSync('nasm', ['-v']).status === 0;

describe.runIf(assembler)('committed images', () => {
  it('monitor of the replay', () => {
    expect(assembleMonitor().equals(committedMonitor())).toBe(true);
  });

  it.each(['main', 'manual'] as const)('system-level image %s', (name) => {
    expect(assembleImage(name).equals(committedImage(name))).toBe(true);
  });
});
