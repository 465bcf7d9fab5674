import { beforeAll, describe } from 'vitest';
import { EMPTY_TRAY, FAILING, LARGE, SPARSE, STANDARD } from '../../conformance/ide/machines';
import { ReferenceIde } from '../../conformance/ide/reference-ide';
import { firmwareModule } from '../../helpers/firmware-device';
import { FirmwareIde } from '../../helpers/firmware-ide';
import { declareIdePairing, type IdePairing } from './pairing';

describe('IDE: firmware and reference run the same programs alike', () => {
  let module: WebAssembly.Module;

  beforeAll(async () => {
    module = await firmwareModule();
  });

  const sides: Pick<IdePairing, 'left' | 'right'> = {
    left: (machine) => new FirmwareIde(module, machine),
    right: (machine) => new ReferenceIde(machine),
  };

  describe('one operation after the other', () => {
    declareIdePairing({
      ...sides,
      runs: [
        [STANDARD, 1200],
        [SPARSE, 400],
        [EMPTY_TRAY, 400],
        [FAILING, 400],
        [LARGE, 200],
      ],
      interleaved: false,
    });
  });

  describe('both channels at once, requests completing in any order', () => {
    declareIdePairing({
      ...sides,
      runs: [
        [STANDARD, 1200],
        [SPARSE, 400],
        [EMPTY_TRAY, 400],
        [FAILING, 400],
        [LARGE, 200],
      ],
      interleaved: true,
    });
  });
});
