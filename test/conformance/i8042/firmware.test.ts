import { beforeAll, describe, it } from 'vitest';
import { firmwareModule } from '../../helpers/firmware-device';
import { KEYBOARD_CONTROLLER_CASES } from './cases';
import { firmwareKeyboardController } from './firmware-controller';

describe('firmware keyboard controller: what PC firmware expects', () => {
  let module: WebAssembly.Module;

  beforeAll(async () => {
    module = await firmwareModule();
  });

  it.each(KEYBOARD_CONTROLLER_CASES)('$name', ({ run }) => {
    run(firmwareKeyboardController(module));
  });
});
