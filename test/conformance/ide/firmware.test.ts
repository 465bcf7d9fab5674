import { beforeAll, describe } from 'vitest';
import { firmwareModule } from '../../helpers/firmware-device';
import { FirmwareIde } from '../../helpers/firmware-ide';
import { declareIdeConformance } from './suite';

describe('IDE conformance of the firmware', () => {
  let module: WebAssembly.Module;

  beforeAll(async () => {
    module = await firmwareModule();
  });

  declareIdeConformance((machine) => new FirmwareIde(module, machine));
});
