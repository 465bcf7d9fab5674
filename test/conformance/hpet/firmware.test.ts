import { beforeAll, describe, it } from 'vitest';
import { hpetFirmware } from '../../helpers/device-program/firmware-benches';
import { firmwareModule } from '../../helpers/firmware-device';
import { HPET_CASES } from './cases';
import { HpetDriver } from './hpet-driver';

describe('firmware HPET: what the specification says', () => {
  let module: WebAssembly.Module;

  beforeAll(async () => {
    module = await firmwareModule();
  });

  it.each(HPET_CASES)('$name', ({ run }) => {
    run(new HpetDriver(hpetFirmware(module)));
  });
});
