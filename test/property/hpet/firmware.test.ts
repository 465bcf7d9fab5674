import fc from 'fast-check';
import { beforeAll, describe, it } from 'vitest';
import { hpetReference } from '../../helpers/device-program/benches';
import { expectAgreement } from '../../helpers/device-program/compare';
import { hpetFirmware } from '../../helpers/device-program/firmware-benches';
import { programParameters } from '../../helpers/device-program/replay';
import { DirectRunner } from '../../helpers/device-program/run';
import { firmwareModule } from '../../helpers/firmware-device';
import { hpetPorts, hpetPrograms } from './programs';

/** Line 2 and those that no ISA device of the firmware's machine has. */
const FIRMWARE_ROUTES = 0x0ca4;

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
