import { PIT_DEVIATIONS } from '../../conformance/pit/deviations';
import { pitReference } from '../../helpers/device-program/benches';
import { pitFirmware } from '../../helpers/device-program/firmware-benches';
import { declareAgainstQemu } from '../device-program/declare-against-qemu';
import { pitPorts, qemuPitPrograms, withoutRefresh } from './programs';
import { QemuPitBench, RAW_QEMU_PIT } from './qemu-pit';

declareAgainstQemu('8254', {
  createBench: () => new QemuPitBench(),
  untouched: RAW_QEMU_PIT,
  programs: qemuPitPrograms,
  count: 500,
  deviations: PIT_DEVIATIONS,
  ports: pitPorts,
  sides: [
    { name: 'reference', open: pitReference, reference: pitReference },
    { name: 'firmware', open: pitFirmware, reference: pitReference, simplify: withoutRefresh },
  ],
});
