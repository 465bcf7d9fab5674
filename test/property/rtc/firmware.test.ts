import fc from 'fast-check';
import { beforeAll, describe, it } from 'vitest';
import { rtcReference } from '../../helpers/device-program/benches';
import { expectAgreement } from '../../helpers/device-program/compare';
import { rtcFirmware } from '../../helpers/device-program/firmware-benches';
import { programParameters } from '../../helpers/device-program/replay';
import { DirectRunner } from '../../helpers/device-program/run';
import { firmwareModule } from '../../helpers/firmware-device';
import { rtcPorts, rtcPrograms } from './programs';

describe('MC146818: firmware against reference', () => {
  let firmware: DirectRunner;

  beforeAll(async () => {
    firmware = new DirectRunner(rtcFirmware(await firmwareModule()));
  });

  it('agree on every program', async () => {
    await fc.assert(
      fc.asyncProperty(rtcPrograms, (program) =>
        expectAgreement(program, firmware, new DirectRunner(rtcReference()), rtcPorts),
      ),
      programParameters(2000),
    );
  });
});
