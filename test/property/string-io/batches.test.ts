import * as fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { buildFirmware } from '../../../firmware-emu/toolchain/build';
import { StringMachine } from './guest-run';
import { anyProgram } from './steps';

/** Bytes in one exit at most. */
const ELEMENT = 1;
const LIMITS = [3, 1024, 4096, 0xffff_ffff];
const PARAMETERS = {
  numRuns: Number(process.env.RUNS ?? 60),
  seed: Number(process.env.SEED ?? 6),
  endOnFailure: !process.env.SHRINK,
};

let machine: StringMachine;
beforeAll(async () => {
  machine = new StringMachine(new WebAssembly.Module((await buildFirmware()) as BufferSource));
});

test('[SDM] vol. 2 REP INS/OUTS: batches of any size end as single elements do', () => {
  fc.assert(
    fc.property(anyProgram, fc.constantFrom(...LIMITS), (program, limit) => {
      const single = machine.run(program, ELEMENT);
      expect(single.outcome).toBe('halted');
      expect(machine.run(program, limit)).toEqual(single);
    }),
    PARAMETERS,
  );
});
