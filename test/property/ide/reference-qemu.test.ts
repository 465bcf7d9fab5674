import { explainIdeDeviation } from '../../conformance/ide/deviations';
import { EMPTY_TRAY, SPARSE, STANDARD } from '../../conformance/ide/machines';
import { ReferenceIde } from '../../conformance/ide/reference-ide';
import { describeWithQemu } from '../../helpers/qtest/find-qemu';
import { QemuIde } from '../../helpers/qtest/qemu-ide';
import { declareIdePairing } from './pairing';

describeWithQemu('IDE: the reference and QEMU run the same programs alike', (binary) => {
  declareIdePairing({
    left: (machine) => new ReferenceIde(machine),
    right: (machine) => new QemuIde(binary, machine),
    runs: [
      [STANDARD, 160],
      [SPARSE, 60],
      [EMPTY_TRAY, 60],
    ],
    interleaved: false,
    explain: explainIdeDeviation,
  });
});
