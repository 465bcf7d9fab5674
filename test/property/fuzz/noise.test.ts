import { expect, it } from 'vitest';
import { NoisyMachine } from './noisy-machine';
import { expectAlive, expectNothingPending } from './vital-signs';

/** Accesses to registers; what comes from outside and the passing of time go on between them. */
const ACCESSES = 1_000_000;
const BETWEEN_LOOKS = 25_000;

const BACK_ENDS = [
  { backEnds: 'back-ends that fail now and then', seed: 1, answers: true },
  { backEnds: 'disks that never answer', seed: 22, answers: false },
];

it.each(BACK_ENDS)('no access at any port and no time hurts a machine with $backEnds', async ({ seed, answers }) => {
  const machine = await NoisyMachine.create(seed, answers);
  for (let deeds = 0; machine.accesses < ACCESSES; deeds++) {
    machine.act();
    if (deeds % BETWEEN_LOOKS !== 0) continue;
    if (answers) expectNothingPending(machine.device);
    expectAlive(machine.device);
  }
  expectAlive(machine.device);
  expect(machine.restarts).toBeGreaterThan(0);
  expect(machine.restarts, 'most of it is no restart').toBeLessThan(ACCESSES / 100);
});
