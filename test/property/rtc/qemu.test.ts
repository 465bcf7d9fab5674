import { RTC_DEVIATIONS } from '../../conformance/rtc/deviations';
import { rtcReference } from '../../helpers/device-program/benches';
import { rtcFirmware } from '../../helpers/device-program/firmware-benches';
import { declareAgainstQemu } from '../device-program/declare-against-qemu';
import { qemuRtcPrograms, rtcPorts } from './programs';
import { CLOCK } from './qemu-rtc';

declareAgainstQemu('MC146818', {
  createBench: () => CLOCK,
  programs: qemuRtcPrograms,
  count: 500,
  deviations: RTC_DEVIATIONS,
  ports: rtcPorts,
  sides: [
    { name: 'reference', open: rtcReference, reference: rtcReference },
    { name: 'firmware', open: rtcFirmware, reference: rtcReference },
  ],
});
