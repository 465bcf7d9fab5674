import fc from 'fast-check';
import { describe, it } from 'vitest';
import { FILE_CONTENTS, FILE_NAME } from '../../conformance/fw-cfg/cases';
import { fwCfgReference } from '../../helpers/device-program/benches';
import { expectAgreement } from '../../helpers/device-program/compare';
import { fwCfgFirmware } from '../../helpers/device-program/firmware-benches';
import { programParameters } from '../../helpers/device-program/replay';
import { DirectRunner } from '../../helpers/device-program/run';
import { firmwareModule } from '../../helpers/firmware-device';
import { FILE_DIRECTORY, fwCfgPorts, fwCfgPrograms, readFiles } from './programs';

describe('fw_cfg: firmware against reference', () => {
  it('agree on every program', async () => {
    const firmware = new DirectRunner(fwCfgFirmware(await firmwareModule(), FILE_NAME, FILE_CONTENTS));
    const files = await readFiles(firmware);
    const fileKey = 0x20 + files.findIndex(({ name }) => name === FILE_NAME);
    const reference = new DirectRunner(fwCfgReference(files));
    await fc.assert(
      fc.asyncProperty(fwCfgPrograms([0, 1, FILE_DIRECTORY, fileKey]), (program) =>
        expectAgreement(program, firmware, reference, fwCfgPorts),
      ),
      programParameters(2000),
    );
  });
});
