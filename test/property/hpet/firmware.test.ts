import fc from 'fast-check';
import { beforeAll, describe, it } from 'vitest';
import { hpetReference } from '../../helpers/device-program/benches';
import { expectAgreement } from '../../helpers/device-program/compare';
import { hpetFirmware } from '../../helpers/device-program/firmware-benches';
import { programParameters } from '../../helpers/device-program/replay';
import { DirectRunner } from '../../helpers/device-program/run';
import { firmwareModule } from '../../helpers/firmware-device';
import { FIRMWARE_ROUTES, hpetPorts, hpetPrograms } from './programs';

describe('HPET: firmware against reference', () => {
  let firmware: DirectRunner;

  beforeAll(async () => {
    firmware = new DirectRunner(hpetFirmware(await firmwareModule()));
  });

  it('agree on every program', async () => {
    await fc.assert(
      fc.asyncProperty(hpetPrograms, (program) =>
        expectAgreement(program, firmware, new DirectRunner(hpetReference(FIRMWARE_ROUTES)), hpetPorts),
      ),
      programParameters(2000),
    );
  });
});
