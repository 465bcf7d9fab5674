import { describe, it } from 'vitest';
import { fwCfgReference } from '../../helpers/device-program/benches';
import { FILE_CONTENTS, FILE_NAME, FW_CFG_CASES } from './cases';
import { FwCfgDriver } from './fw-cfg-driver';

describe('reference fw_cfg: what its document says', () => {
  it.each(FW_CFG_CASES)('$name', ({ run }) => {
    run(new FwCfgDriver(fwCfgReference([{ name: FILE_NAME, contents: FILE_CONTENTS }])));
  });
});
