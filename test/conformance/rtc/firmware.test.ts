import { beforeAll, describe, it } from 'vitest';
import { rtcFirmware } from '../../helpers/device-program/firmware-benches';
import { firmwareModule } from '../../helpers/firmware-device';
import { RTC_CASES } from './cases';
import { RtcDriver } from './rtc-driver';

describe('firmware MC146818: what the data sheet says', () => {
  let module: WebAssembly.Module;

  beforeAll(async () => {
    module = await firmwareModule();
  });

  // RESET gives the firmware's clock a new time and empty RAM: see the inaccuracies in its README.
  it.each(RTC_CASES.filter(({ battery }) => !battery))('$name', ({ run }) => {
    run(new RtcDriver(rtcFirmware(module)));
  });
});
