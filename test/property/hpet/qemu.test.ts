import { HPET_DEVIATIONS } from '../../conformance/hpet/deviations';
import { hpetReference } from '../../helpers/device-program/benches';
import { hpetFirmware } from '../../helpers/device-program/firmware-benches';
import { declareAgainstQemu } from '../device-program/declare-against-qemu';
import { FIRMWARE_ROUTES, hpetPorts, qemuHpetPrograms } from './programs';
import { HPET } from './qemu-hpet';

/** Which lines timers can be routed to is the machine's choice: QEMU's gets the firmware's. */
const ROUTED_AS_FIRMWARE = [...HPET.machine, '-global', `hpet.hpet-intcap=${FIRMWARE_ROUTES}`];

declareAgainstQemu('HPET', {
  createBench: () => HPET,
  programs: qemuHpetPrograms,
  count: 300,
  deviations: HPET_DEVIATIONS,
  ports: hpetPorts,
  sides: [
    { name: 'reference', open: () => hpetReference(), reference: hpetReference },
    {
      name: 'firmware',
      open: hpetFirmware,
      reference: () => hpetReference(FIRMWARE_ROUTES),
      bench: { ...HPET, machine: ROUTED_AS_FIRMWARE },
    },
  ],
});
