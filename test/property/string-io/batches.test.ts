import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { buildFirmware } from '../../../firmware-emu/toolchain/build';
import { machineConfig } from '../../../hypervisor/config';
import { Machine } from '../../../hypervisor/machine';
import { MemoryDisk } from '../../../pv-drivers/backend/memory-disk';
import { patternDisk } from '../placements/guest-run';
import { assembleSteps, type StringStep, stringStep } from './programs';

const RAM_BYTES = 2 ** 20;
const UNLIMITED = 0xffff_ffff;
/** Bytes in one exit at most. */
const LIMITS = [3, 1024, 4095, 4096, UNLIMITED];
const TIME_LIMIT = 20e6;
const RESULTS = 0x5000;
/** The program, whose two forms differ. */
const CODE = 0xf0000;
const CODE_END = 0xf1000;
const PARAMETERS = { numRuns: 8, seed: 6, endOnFailure: true };
const steps = fc.array(stringStep, { minLength: 1, maxLength: 6 });

let firmware: WebAssembly.Module;
let spare: Machine | undefined;
beforeAll(async () => {
  firmware = new WebAssembly.Module((await buildFirmware()) as BufferSource);
});

interface Seen {
  outcome: string;
  /** EDI, ESI and ECX after each instruction. */
  results: string;
  memory: string;
  written: number[];
  instructions: number;
}

/** Everything that the guest could tell afterwards, and when it ended. */
function run(steps: readonly StringStep[], looped: boolean, limit: number): Seen {
  const written: number[] = [];
  const machine = new Machine(
    machineConfig(firmware, assembleSteps(steps, looped), {
      ramBytes: RAM_BYTES,
      blobs: [
        { key: 0x11, name: '', bytes: 70_001, sector: 0 },
        { key: 0x12, name: '', bytes: 3000, sector: 200 },
      ],
      blobDisk: new MemoryDisk(patternDisk(256), true),
      debug: (_, value) => written.push(value),
    }),
    spare,
  );
  spare = machine;
  machine.vcpu.stringLimit = limit;
  const { outcome } = machine.run(TIME_LIMIT);
  const { bytes } = machine.platform.memory;
  const results = Buffer.from(bytes.slice(RESULTS, RESULTS + steps.length * 12)).toString('hex');
  const hash = createHash('sha256').update(bytes.subarray(0, CODE)).update(bytes.subarray(CODE_END, RAM_BYTES));
  return { outcome, results, memory: hash.digest('hex'), written, instructions: machine.vcpu.instructions };
}

test('[SDM] vol. 2 REP INS/OUTS: batches of any size end as single elements do', () => {
  fc.assert(
    fc.property(steps, fc.constantFrom(...LIMITS), (steps, limit) => {
      expect(run(steps, false, limit)).toEqual(run(steps, false, 1));
    }),
    PARAMETERS,
  );
});

test('[SDM] vol. 2 REP: a repeated string instruction moves what a loop of single transfers moves', () => {
  fc.assert(
    fc.property(steps, (steps) => {
      const { instructions: _, ...repeated } = run(steps, false, UNLIMITED);
      const { instructions: __, ...looped } = run(steps, true, UNLIMITED);
      expect(repeated.outcome).toBe('halted');
      expect(repeated).toEqual(looped);
    }),
    PARAMETERS,
  );
});
