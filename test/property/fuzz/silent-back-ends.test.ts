import { expect, it } from 'vitest';
import { NoisyMachine } from './noise';
import { expectAlive } from './vital-signs';

/** Half of what CI asks for; the other half is in the file beside this one, for another processor. */
const ACCESSES = 500_000;
const BETWEEN_LOOKS = 25_000;

it('no access at any port and no time hurts a machine with disks that never answer', async () => {
  const machine = await NoisyMachine.create(22, false);
  for (let access = 0; access < ACCESSES; access++) {
    machine.act();
    if (access % BETWEEN_LOOKS !== 0) continue;

    expectAlive(machine.device);
  }
  expectAlive(machine.device);
  expect(machine.restarts).toBeGreaterThan(0);
});
