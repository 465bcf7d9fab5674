import { describeWithQemu } from '../../helpers/qtest/find-qemu';
import { QemuIde } from '../../helpers/qtest/qemu-ide';
import { declareIdeConformance } from './suite';

describeWithQemu('IDE conformance of QEMU, but for its deviations', (binary) => {
  declareIdeConformance((machine) => new QemuIde(binary, machine), { deviates: true });
});
