import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { buildFirmware } from '../../../firmware-emu/toolchain/build';
import { FILE_BYTES, fileContents, StringMachine } from './guest-run';
import { anyProgram, FILE_ITEM, FLAT, Mode, PLACE, type Program, plainProgram, type Step } from './steps';

/** Bytes in one exit at most. */
const ELEMENT = 1;
const UNLIMITED = 0xffff_ffff;
const LIMITS = [3, 1024, 4096, UNLIMITED];
const PARAMETERS = { numRuns: 120, seed: 6, endOnFailure: true };
/** Programs within which a planted fault has to be found. */
const FAULT_RUNS = { numRuns: 60, seed: 7, endOnFailure: true };

let firmware: WebAssembly.Module;
let machine: StringMachine;
beforeAll(async () => {
  firmware = new WebAssembly.Module((await buildFirmware()) as BufferSource);
  machine = new StringMachine(firmware);
});

const batches = fc.property(anyProgram, fc.constantFrom(...LIMITS), (program, limit) => {
  const single = machine.run(program, ELEMENT);
  expect(single.outcome).toBe('halted');
  expect(machine.run(program, limit)).toEqual(single);
});

test('[SDM] vol. 2 REP INS/OUTS: batches of any size end as single elements do', () => {
  fc.assert(batches, PARAMETERS);
});

test('[SDM] vol. 2 REP: a repeated string instruction moves what a loop of single transfers moves', () => {
  fc.assert(
    fc.property(plainProgram, ({ repeated, looped }) => {
      expect(moved(repeated)).toEqual(moved(looped));
    }),
    { ...PARAMETERS, numRuns: 60 },
  );
});

/** What is the same however long it takes: registers, memory but for the instructions themselves, what was written. */
function moved(program: Program) {
  const { log, written, outcome } = machine.run(program, UNLIMITED);
  expect(outcome).toBe('halted');
  const data = machine.machine.platform.memory.bytes.subarray(0x8000, 0xf0000);
  return { log, written, data: createHash('sha256').update(data).digest('hex') };
}

/** Where the guest reaches all of the firmware's region, as under `reflect`. */
test.each(['reflect+shadow', 'reflect+notify-on-resume', 'forward'])(
  'is the same to the instruction under %s',
  (placement) => {
    const other = new StringMachine(firmware, placement);
    fc.assert(
      fc.property(anyProgram, fc.constantFrom(...LIMITS), (program, limit) => {
        expect(other.run(program, limit)).toEqual(machine.run(program, ELEMENT));
      }),
      { ...PARAMETERS, numRuns: 40 },
    );
  },
);

/** REP INSB from fw_cfg's file, flat, unless `changes` says otherwise. */
function step(changes: Partial<Step>): Step {
  const usual = {
    flags: 0,
    segment: FLAT,
    port: 0x511,
    item: FILE_ITEM,
    timer: 0,
    sectors: 0,
    command: 0,
    place: PLACE,
  };
  return { ...usual, index: 0x20000, count: 100, code: [0xf3, 0x6c], ...changes };
}

function flat(...steps: Step[]): Program {
  return { mode: Mode.FLAT, steps, pages: [] };
}

/** fw_cfg's page among those of the devices' state, and where its model keeps how far it has read. */
const FW_CFG_STATE = 0x3ff1_7000;

describe('a batch that reaches what works on it', () => {
  it.each([
    ['the page of the instruction', flat(step({ index: PLACE - 0x20, count: 20 }))],
    // The file's bytes in place of the prefix and of INSB: 00 1Fh is an addition, F3 6Ch is gone.
    ['the instruction', flat(step({ index: PLACE - 3, count: 4, code: [0xf3, 0x6c, 0x90, 0x90, 0x90, 0x90] }))],
    ['what it has just read, again', flat(step({ index: FW_CFG_STATE, count: 64, port: 0x402, code: [0xf3, 0x6e] }))],
  ])('%s', (_, program) => {
    const single = machine.run(program, ELEMENT);
    for (const limit of LIMITS) expect(machine.run(program, limit)).toEqual(single);
  });

  it('the state of the device itself, after which it may fail', () => {
    const program = flat(step({ index: FW_CFG_STATE - 8, count: 120 }), step({}));
    const { time: _, ...single } = machine.run(program, ELEMENT);
    for (const limit of LIMITS) expect(machine.run(program, limit)).toMatchObject(single);
  });

  it('comes straight from the disk when nothing can interrupt, and is the same', () => {
    const everything = flat(step({ index: 0x10_0000, count: FILE_BYTES + 100 }));
    expect(machine.run(everything, UNLIMITED).memory).toBe(machine.run(everything, 4096).memory);
    const { bytes } = machine.machine.platform.memory;
    expect(Buffer.compare(bytes.subarray(0x10_0000, 0x10_0000 + FILE_BYTES), fileContents())).toBe(0);
  });
});

describe('a planted fault is found: ', () => {
  function findsFault(plant: () => () => void): void {
    const mend = plant();
    try {
      expect(fc.check(batches, FAULT_RUNS).failed).toBe(true);
    } finally {
      mend();
    }
  }

  it('elements go on over a deadline', () => {
    findsFault(() => {
      const { platform } = machine.machine;
      const string = platform.string.bind(platform);
      platform.string = (exit) => string(exit, exit.count);
      return () => Reflect.deleteProperty(platform, 'string');
    });
  });

  it('the direction flag does not reach the device', () => {
    findsFault(() => {
      const { platform } = machine.machine;
      const string = platform.string.bind(platform);
      platform.string = (exit, count) => {
        exit.descending = false;
        return string(exit, count);
      };
      return () => Reflect.deleteProperty(platform, 'string');
    });
  });

  it('the time of elements before a hypercall passes after it', () => {
    findsFault(() => {
      const { platform } = machine.machine;
      const string = platform.string.bind(platform);
      platform.string = (exit, count) => {
        const before = platform.clock.now;
        const done = string(exit, count);
        if (platform.strings.charged > 1) platform.clock.idleUntil(before + platform.strings.charged * 20);
        return done;
      };
      return () => Reflect.deleteProperty(platform, 'string');
    });
  });
});
