import { beforeAll } from 'vitest';
import { explainIdeDeviation } from '../../conformance/ide/deviations';
import { EMPTY_TRAY, SPARSE, STANDARD } from '../../conformance/ide/machines';
import { firmwareModule } from '../../helpers/firmware-device';
import { FirmwareIde } from '../../helpers/firmware-ide';
import { describeWithQemu } from '../../helpers/qtest/find-qemu';
import { QemuIde } from '../../helpers/qtest/qemu-ide';
import { declareIdePairing } from './pairing';

describeWithQemu('IDE: the firmware and QEMU run the same programs alike', (binary) => {
  let module: WebAssembly.Module;

  beforeAll(async () => {
    module = await firmwareModule();
  });

  declareIdePairing({
    left: (machine) => new FirmwareIde(module, machine),
    right: (machine) => new QemuIde(binary, machine),
    runs: [
      [STANDARD, 140],
      [SPARSE, 50],
      [EMPTY_TRAY, 50],
    ],
    interleaved: false,
    explain: explainIdeDeviation,
  });
});
