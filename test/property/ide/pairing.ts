import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import type { IdeUnderTest } from '../../conformance/ide/ide-under-test';
import type { IdeMachine } from '../../conformance/ide/machines';
import { programParameters } from '../../helpers/replay';
import { Comparison, type Explain } from './comparison';
import { interleavedPrograms, programs } from './programs';

const MAXIMUM_LENGTH = 8;

export interface IdePairing {
  /** Ours: the side whose differences from the other a deviation may explain. */
  left(machine: IdeMachine): IdeUnderTest;
  right(machine: IdeMachine): IdeUnderTest;
  /** How many programs each machine gets. */
  readonly runs: readonly (readonly [IdeMachine, number])[];
  /** Both sides complete requests when the test says so, so that programs may leave some outstanding. */
  readonly interleaved: boolean;
  readonly explain?: Explain;
}

/** Declares one test a machine: two implementations run the same generated programs, and a guest could not tell. */
export function declareIdePairing({ left, right, runs, interleaved, explain }: IdePairing): void {
  const opened: IdeUnderTest[] = [];

  afterAll(async () => {
    for (const side of opened) await side.close();
  });

  it.each(runs.map(([machine, count]) => [machine.name, machine, count] as const))('%s', async (_, machine, count) => {
    const sides = { machine, left: left(machine), right: right(machine) };
    opened.push(sides.left, sides.right);
    const comparison = new Comparison(sides, explain);
    const generated = interleaved ? interleavedPrograms(machine, MAXIMUM_LENGTH) : programs(machine, MAXIMUM_LENGTH);
    let accesses = 0;
    await fc.assert(
      fc.asyncProperty(generated, async (program) => {
        accesses += (await comparison.run(program)).accesses;
      }),
      programParameters(count),
    );
    expect(accesses).toBeGreaterThan(count);
  });
}
