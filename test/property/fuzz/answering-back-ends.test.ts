import { expect, it } from 'vitest';
import { NoisyMachine } from './noise';
import { expectAlive, expectNothingPending } from './vital-signs';

/** Half of what CI asks for; the other half is in the file beside this one, for another processor. */
const ACCESSES = 500_000;
const BETWEEN_LOOKS = 25_000;

it('no access at any port and no time hurts a machine with back-ends that fail now and then', async () => {
  const machine = await NoisyMachine.create(1, true);
  for (let access = 0; access < ACCESSES; access++) {
    machine.act();
    if (access % BETWEEN_LOOKS !== 0) continue;
    expectNothingPending(machine.device);
    expectAlive(machine.device);
  }
  expectAlive(machine.device);
  expect(machine.restarts).toBeGreaterThan(0);
});
