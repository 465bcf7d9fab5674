import { describe, expect, it } from 'vitest';
import { RtcDriver } from '../../conformance/rtc/rtc-driver';
import { rtcReference } from '../../helpers/device-program/benches';

describe('reference MC146818', () => {
  it('counts a hundred days, which hold a leap day and a new year, as a calendar does', () => {
    const rtc = new RtcDriver(rtcReference());
    const [start, day] = [Date.UTC(2019, 11, 30), 86_400_000];
    rtc.start({ year: 2019, month: 12, day: 30, weekday: 2, hour: 0, minute: 0, second: 0 });
    for (let days = 1; days <= 100; days++) {
      rtc.milliseconds(day);
      const date = new Date(start + days * day);
      const bcd = (number: number) => Number.parseInt(String(number), 16);
      expect(rtc.time()).toEqual([
        ...[0, 0, 0, date.getUTCDay() + 1, bcd(date.getUTCDate()), bcd(date.getUTCMonth() + 1)],
        ...[bcd(date.getUTCFullYear() % 100), 0x20],
      ]);
    }
  });
});
