import { beforeAll, describe, it } from 'vitest';
import { pmFirmware } from '../../helpers/device-program/firmware-benches';
import { firmwareModule } from '../../helpers/firmware-device';
import { PM_CASES } from './cases';

describe('firmware power management: what [ACPI] says', () => {
  let module: WebAssembly.Module;

  beforeAll(async () => {
    module = await firmwareModule();
  });

  it.each(PM_CASES)('$name', ({ run }) => {
    const pm = pmFirmware(module);
    pm.reset();
    run(pm);
  });
});
