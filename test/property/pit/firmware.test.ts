import fc from 'fast-check';
import { beforeAll, describe, it } from 'vitest';
import { pitReference } from '../../helpers/device-program/benches';
import { expectAgreement } from '../../helpers/device-program/compare';
import { pitFirmware } from '../../helpers/device-program/firmware-benches';
import { programParameters } from '../../helpers/device-program/replay';
import { DirectRunner } from '../../helpers/device-program/run';
import { Simplified } from '../../helpers/device-program/simplified';
import type { ProgramRunner } from '../../helpers/device-program/steps';
import { firmwareModule } from '../../helpers/firmware-device';
import { pitPorts, pitPrograms, withoutRefresh } from './programs';

describe('8254: firmware against reference', () => {
  let firmware: ProgramRunner;

  beforeAll(async () => {
    firmware = new Simplified(new DirectRunner(pitFirmware(await firmwareModule())), withoutRefresh);
  });

  it('agree on every program', async () => {
    await fc.assert(
      fc.asyncProperty(pitPrograms, (program) => {
        const reference = new Simplified(new DirectRunner(pitReference()), withoutRefresh);
        return expectAgreement(program, firmware, reference, pitPorts);
      }),
      programParameters(2000),
    );
  });
});
