import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadProgram, PROGRAM_NAMES, PROGRAMS, type ProgramEntry, sourceFile } from '../../../guest/programs';
import { assemble } from '../../../guest/programs/assemble';

const hasNasm = spawnSync('nasm', ['--version']).status === 0;
if (!hasNasm) {
  console.warn('NASM IS NOT INSTALLED: nobody checks that the assembled guest programs belong to their sources.');
}

describe.each(PROGRAM_NAMES)('guest program %s', (name) => {
  it('fills the 64 KiB below 1 MiB and starts with a far jump into segment F000h', () => {
    const image = loadProgram(name);
    expect(image.length).toBe(65536);
    const reset = [...image.subarray(0xfff0, 0xfff5)];
    expect(reset[0]).toBe(0xea);
    expect(reset.slice(3)).toEqual([0x00, 0xf0]);
    const entry = reset[1] | (reset[2] << 8);
    expect(image[entry]).toBe(0xfa); // CLI is the first instruction
  });

  it.runIf(hasNasm)('is what NASM makes of its source', () => {
    expect(Buffer.compare(assemble(name), loadProgram(name))).toBe(0);
  });

  it('gives each caller bytes of its own', () => {
    loadProgram(name).fill(0);
    expect(loadProgram(name)[0xfff0]).toBe(0xea);
  });
});

describe('the parameter of a program', () => {
  const entries: [string, ProgramEntry][] = Object.entries(PROGRAMS);
  const takers = entries.filter(([, entry]) => entry.parameter !== undefined).map(([name]) => name);

  it.each(takers)('%s has the default that its source says', (name) => {
    const source = readFileSync(sourceFile(name as 'tour'), 'utf8');
    const stated = Number(/^\s*parameter (\d+)/m.exec(source)?.[1]);
    const image = loadProgram(name as 'tour');
    expect(new DataView(image.buffer).getUint32(0xffe0, true)).toBe(stated);
    expect(entries.find(([other]) => other === name)?.[1].parameter).toBe(stated);
  });

  it('is replaced in the image and nowhere else', () => {
    const changed = loadProgram('bench-port-read', 0x12345678);
    expect([...changed.subarray(0xffe0, 0xffe4)]).toEqual([0x78, 0x56, 0x34, 0x12]);
    changed.set(loadProgram('bench-port-read').subarray(0xffe0, 0xffe4), 0xffe0);
    expect(Buffer.compare(changed, loadProgram('bench-port-read'))).toBe(0);
  });

  it.each([0, -1, 1.5, 2 ** 32])('cannot be %d', (value) => {
    expect(() => loadProgram('bench-port-read', value)).toThrow(RangeError);
  });

  it('is refused by a program that has none', () => {
    expect(() => loadProgram('tour', 1)).toThrow('tour takes no parameter');
  });
});
