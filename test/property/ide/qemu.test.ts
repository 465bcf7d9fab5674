import { beforeAll, describe } from 'vitest';
import { explainIdeDeviation } from '../../conformance/ide/deviations';
import { EMPTY_TRAY, SPARSE, STANDARD } from '../../conformance/ide/machines';
import { firmwareModule } from '../../helpers/firmware-device';
import { FirmwareIde } from '../../helpers/firmware-ide';
import { describeWithQemu } from '../../helpers/qtest/find-qemu';
import { QemuIde } from '../../helpers/qtest/qemu-ide';
import { ReferenceIde } from '../../helpers/reference-ide';
import { declareIdePairing, type IdePairing } from './pairing';

describeWithQemu('IDE: the same programs as on QEMU', (binary) => {
  let module: WebAssembly.Module;

  beforeAll(async () => {
    module = await firmwareModule();
  });

  const pairing: Omit<IdePairing, 'left'> = {
    right: (machine) => new QemuIde(binary, machine),
    runs: [
      [STANDARD, 160],
      [SPARSE, 60],
      [EMPTY_TRAY, 60],
    ],
    interleaved: false,
    explain: explainIdeDeviation,
  };

  describe('reference', () => declareIdePairing({ ...pairing, left: (machine) => new ReferenceIde(machine) }));
  describe('firmware', () => declareIdePairing({ ...pairing, left: (machine) => new FirmwareIde(module, machine) }));
});
