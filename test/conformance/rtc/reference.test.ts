import { describe, it } from 'vitest';
import { rtcReference } from '../../helpers/device-program/benches';
import { RTC_CASES } from './cases';
import { RtcDriver } from './rtc-driver';

describe('reference MC146818: what the data sheet says', () => {
  it.each(RTC_CASES)('$name', ({ run }) => {
    run(new RtcDriver(rtcReference()));
  });
});
