import fc from 'fast-check';
import { describe, it } from 'vitest';
import { picReference } from '../../helpers/device-program/benches';
import { expectAgreement } from '../../helpers/device-program/compare';
import { DirectRunner } from '../../helpers/device-program/run';
import { Simplified } from '../../helpers/device-program/simplified';
import { PicSubject } from '../../helpers/firmware-subject';
import { programParameters } from '../../helpers/replay';
import { levelsOnly, picPorts, picPrograms } from './programs';

describe('8259A pair: hypervisor against reference', () => {
  it('agree on every program', async () => {
    const hypervisor = new Simplified(new DirectRunner(new PicSubject()), levelsOnly);
    const reference = new Simplified(new DirectRunner(picReference()), levelsOnly);
    await fc.assert(
      fc.asyncProperty(picPrograms, (program) => expectAgreement(program, hypervisor, reference, picPorts)),
      programParameters(2000),
    );
  });
});
