import { beforeAll, describe, it } from 'vitest';
import { fwCfgFirmware } from '../../helpers/device-program/firmware-benches';
import { firmwareModule } from '../../helpers/firmware-device';
import { FILE_CONTENTS, FILE_NAME, FW_CFG_CASES } from './cases';
import { FwCfgDriver } from './fw-cfg-driver';

describe('firmware fw_cfg: what its document says', () => {
  let module: WebAssembly.Module;

  beforeAll(async () => {
    module = await firmwareModule();
  });

  it.each(FW_CFG_CASES)('$name', ({ run }) => {
    run(new FwCfgDriver(fwCfgFirmware(module, FILE_NAME, FILE_CONTENTS)));
  });
});
