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

  it.each(RTC_CASES)('$name', ({ run }) => {
    run(new RtcDriver(rtcFirmware(module)));
  });
});
