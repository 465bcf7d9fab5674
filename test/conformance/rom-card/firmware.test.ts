import { beforeAll, describe, it } from 'vitest';
import { firmwareModule } from '../../helpers/firmware-device';
import { ROM_CARD_CASES } from './cases';

describe('firmware ROM card: what its README says', () => {
  let module: WebAssembly.Module;

  beforeAll(async () => {
    module = await firmwareModule();
  });

  it.each(ROM_CARD_CASES)('$name', ({ run }) => {
    run(module);
  });
});
