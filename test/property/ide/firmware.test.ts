import { beforeAll, describe } from 'vitest';
import { EMPTY_TRAY, FAILING, LARGE, SPARSE, STANDARD } from '../../conformance/ide/machines';
import { firmwareModule } from '../../helpers/firmware-device';
import { FirmwareIde } from '../../helpers/firmware-ide';
import { ReferenceIde } from '../../helpers/reference-ide';
import { declareIdePairing, type IdePairing } from './pairing';

describe('IDE: firmware and reference run the same programs alike', () => {
  let module: WebAssembly.Module;

  beforeAll(async () => {
    module = await firmwareModule();
  });

  const pairing: Omit<IdePairing, 'interleaved'> = {
    left: (machine) => new FirmwareIde(module, machine),
    right: (machine) => new ReferenceIde(machine),
    runs: [
      [STANDARD, 1200],
      [SPARSE, 400],
      [EMPTY_TRAY, 400],
      [FAILING, 400],
      [LARGE, 200],
    ],
  };

  describe('one operation after the other', () => {
    declareIdePairing({
      ...pairing,
      interleaved: false,
    });
  });

  describe('both channels at once, requests completing in any order', () => {
    declareIdePairing({
      ...pairing,
      interleaved: true,
    });
  });
});
