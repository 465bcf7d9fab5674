import { PM_DEVIATIONS } from '../../conformance/pm/deviations';
import { pmReference } from '../../helpers/device-program/benches';
import { pmFirmware } from '../../helpers/device-program/firmware-benches';
import { declareAgainstQemu } from '../device-program/declare-against-qemu';
import { pmPorts, qemuPmPrograms } from './programs';
import { PM } from './qemu-pm';

declareAgainstQemu('power management', {
  createBench: () => PM,
  programs: qemuPmPrograms,
  count: 200,
  deviations: PM_DEVIATIONS,
  ports: pmPorts,
  sides: [
    { name: 'reference', open: pmReference, reference: pmReference },
    { name: 'firmware', open: (module) => pmFirmware(module, true), reference: pmReference },
  ],
});
