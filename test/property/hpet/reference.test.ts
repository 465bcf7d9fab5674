import fc from 'fast-check';
import { describe, it } from 'vitest';
import { hpetReference, hpetWiring } from '../../helpers/device-program/benches';
import { expectAgreement } from '../../helpers/device-program/compare';
import { DeadlineSubject } from '../../helpers/device-program/reference-subject';
import { programParameters } from '../../helpers/device-program/replay';
import { DirectRunner } from '../../helpers/device-program/run';
import { hpetPorts, hpetPrograms } from './programs';

describe('reference HPET', () => {
  it('moves its interrupt lines at its deadlines only', async () => {
    const [jumps, sleeps] = [new DirectRunner(hpetReference()), new DirectRunner(new DeadlineSubject(hpetWiring))];
    await fc.assert(
      fc.asyncProperty(hpetPrograms, (program) => expectAgreement(program, jumps, sleeps, hpetPorts)),
      programParameters(300),
    );
  });
});
