import { expect, it } from 'vitest';
import { NoisyMachine } from './noisy-machine';
import { expectAlive } from './vital-signs';

/** Accesses to registers; what comes from outside and the passing of time go on between them. */
const ACCESSES = 1_000_000;
const BETWEEN_LOOKS = 25_000;

it('no access at any port and no time hurts a machine with disks that never answer', async () => {
  const machine = await NoisyMachine.create(22, false);
  for (let deeds = 0; machine.accesses < ACCESSES; deeds++) {
    machine.act();
    if (deeds % BETWEEN_LOOKS !== 0) continue;
    expectAlive(machine.device);
  }
  expectAlive(machine.device);
  expect(machine.restarts).toBeGreaterThan(0);
  expect(machine.restarts, 'most of it is no restart').toBeLessThan(ACCESSES / 100);
});
