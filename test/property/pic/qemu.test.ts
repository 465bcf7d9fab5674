import { PIC_DEVIATIONS } from '../../conformance/pic/deviations';
import { picReference } from '../../helpers/device-program/benches';
import { PicSubject } from '../../helpers/firmware-subject';
import { declareAgainstQemu } from '../device-program/declare-against-qemu';
import { levelsOnly, picPorts, qemuPicPrograms } from './programs';
import { QemuPicBench } from './qemu-pic';

declareAgainstQemu('8259A pair', {
  createBench: () => new QemuPicBench(),
  programs: qemuPicPrograms,
  count: 400,
  deviations: PIC_DEVIATIONS,
  ports: picPorts,
  sides: [
    { name: 'reference', open: picReference, reference: picReference },
    { name: 'hypervisor', open: () => new PicSubject(), reference: picReference, simplify: levelsOnly },
  ],
});
