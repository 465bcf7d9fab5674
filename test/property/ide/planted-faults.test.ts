import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Observations,
  runSteps,
  type Step,
  type SynchronousIde,
  type Width,
} from '../../conformance/ide/ide-under-test';
import { STANDARD } from '../../conformance/ide/machines';
import { ReferenceIde } from '../../helpers/reference-ide';
import { Comparison, Disagreement } from './comparison';
import type { Operation } from './operation';
import { interleavedPrograms } from './programs';

/** What a broken controller does otherwise; each is something that somebody has got wrong once. */
type Fault = (sound: SynchronousIde) => Partial<SynchronousIde>;

const FAULTS: Readonly<Record<string, Fault>> = {
  'Alternate Status ends a pending interrupt': (sound) => ({
    in: (port, width) => {
      if (port === 0x3f6) sound.in(0x1f7, 1);
      return sound.in(port, width);
    },
  }),
  'the secondary channel never interrupts': (sound) => ({ settle: (channels) => sound.settle(channels) & 1 }),
  'HOB is not decoded': (sound) => ({
    out: (port, width, value) => sound.out(port, width, port === 0x3f6 ? value & 0x7f : value),
  }),
  'nIEN is not decoded': (sound) => ({
    out: (port, width, value) => sound.out(port, width, port === 0x376 ? value & 0xfd : value),
  }),
  'INTR of the bus master cannot be cleared': (sound) => ({
    out: (port, width, value) => sound.out(port, width, port === 0xc002 ? value & 0xfb : value),
  }),
  'bit 0 of a byte count in a PRD is not ignored': (sound) => ({
    store: (address, bytes) => {
      const shorter = bytes.slice();
      for (let at = 4; at < shorter.length; at += 8) shorter[at] -= shorter[at] > 1 ? 2 : 0;
      sound.store(address, shorter);
    },
  }),
  'words go out with their bytes swapped': (sound) => ({
    out: (port, width, value) => {
      const swap = port === 0x1f0 && width === 2;
      sound.out(port, width, swap ? ((value & 0xff) << 8) | (value >> 8) : value);
    },
  }),
  'a double word from the Data port is two reads of its first half': (sound) => ({
    in: (port, width) => (port === 0x1f0 && width === 4 ? sound.in(port, 2) * 0x1_0001 : sound.in(port, width)),
  }),
  'the sector number of an LBA loses its top bit': (sound) => ({
    out: (port, width, value) => sound.out(port, width, port === 0x1f4 ? value & ~0x04 : value),
  }),
  'the Device register does not reach the secondary channel': (sound) => ({
    out: (port, width, value) => {
      if (port !== 0x176) sound.out(port, width, value);
    },
  }),
};

/** A reference machine with one fault between it and the guest. */
class FaultyIde extends ReferenceIde {
  private readonly broken: SynchronousIde;

  constructor(fault: Fault) {
    super(STANDARD);
    const sound: SynchronousIde = {
      in: (port: number, width: Width) => this.in(port, width),
      out: (port: number, width: Width, value: number) => this.out(port, width, value),
      store: (address: number, bytes: Uint8Array) => this.store(address, bytes),
      advance: (ns: number) => this.advance(ns),
      settle: (channels: number) => this.settle(channels),
    };
    this.broken = { ...sound, ...fault(sound) };
  }

  override run(steps: readonly Step[], seen: Observations): void {
    runSteps(this.broken, steps, seen);
  }
}

const PROGRAMS = 400;
const SEED = 1976;

async function firstDisagreement(right: ReferenceIde): Promise<fc.RunDetails<[Operation[]]>> {
  const comparison = new Comparison({ machine: STANDARD, left: new ReferenceIde(STANDARD), right });
  const property = fc.asyncProperty(interleavedPrograms(STANDARD, 8), async (program) => {
    await comparison.run(program);
  });
  return await fc.check(property, { seed: SEED, numRuns: PROGRAMS, endOnFailure: true });
}

describe('the IDE comparison finds what is wrong', () => {
  it.each(Object.entries(FAULTS))('%s', async (_, fault) => {
    const details = await firstDisagreement(new FaultyIde(fault));
    expect(details.failed).toBe(true);
    expect(details.errorInstance).toBeInstanceOf(Disagreement);
  });

  it('and nothing in what is right', async () => {
    expect((await firstDisagreement(new ReferenceIde(STANDARD))).failed).toBe(false);
  });
});
