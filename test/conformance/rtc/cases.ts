import { expect } from 'vitest';
import { BCD_24, type RtcDriver, type RtcFormat, type RtcTime } from './rtc-driver';

/** One rule of [MC146818], as PC software meets it. The clock is started first: the first second comes after 500 ms. */
export interface RtcCase {
  readonly name: string;
  readonly run: (rtc: RtcDriver) => void;
}

const at = (text: string, weekday: number): RtcTime => {
  const [year, month, day, hour, minute, second] = text.split(/[- :]/).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return { year, month, day, weekday, hour, minute, second };
};

const BINARY_24: RtcFormat = { binary: true, hours24: true };
const BCD_12: RtcFormat = { binary: false, hours24: false };
const [PERIODIC, ALARM, UPDATE] = [0x40, 0x20, 0x10] as const;

/** The time bytes one second after a point of time. */
const rollover = (name: string, from: RtcTime, format: RtcFormat, expected: readonly number[]): RtcCase => ({
  name: `rollover: ${name}`,
  run: (rtc) => {
    rtc.start(from, format);
    rtc.milliseconds(499);
    const before = rtc.time();
    rtc.milliseconds(2);
    expect(rtc.time()).toEqual(expected);
    expect(before).not.toEqual(expected);
  },
});

const ROLLOVERS: readonly RtcCase[] = [
  rollover('minute', at('2021-05-06 07:08:59', 5), BCD_24, [0, 0x09, 0x07, 5, 0x06, 0x05, 0x21, 0x20]),
  rollover('hour', at('2021-05-06 09:59:59', 5), BCD_24, [0, 0, 0x10, 5, 0x06, 0x05, 0x21, 0x20]),
  rollover('midnight, Saturday to Sunday', at('2021-05-08 23:59:59', 7), BCD_24, [0, 0, 0, 1, 9, 5, 0x21, 0x20]),
  rollover('30 days', at('2021-04-30 23:59:59', 6), BCD_24, [0, 0, 0, 7, 1, 5, 0x21, 0x20]),
  rollover('28 February', at('2021-02-28 23:59:59', 1), BCD_24, [0, 0, 0, 2, 1, 3, 0x21, 0x20]),
  rollover('28 February of a leap year', at('2024-02-28 23:59:59', 4), BCD_24, [0, 0, 0, 5, 0x29, 2, 0x24, 0x20]),
  rollover('29 February', at('2000-02-29 23:59:59', 3), BCD_24, [0, 0, 0, 4, 1, 3, 0, 0x20]),
  rollover('year', at('2021-12-31 23:59:59', 6), BCD_24, [0, 0, 0, 7, 1, 1, 0x22, 0x20]),
  rollover('century', at('1999-12-31 23:59:59', 6), BCD_24, [0, 0, 0, 7, 1, 1, 0, 0x20]),
  rollover('binary', at('2059-12-31 23:59:59', 4), BINARY_24, [0, 0, 0, 5, 1, 1, 60, 20]),
  rollover('11 AM to noon', at('2021-05-06 11:59:59', 5), BCD_12, [0, 0, 0x92, 5, 6, 5, 0x21, 0x20]),
  rollover('noon to 1 PM', at('2021-05-06 12:59:59', 5), BCD_12, [0, 0, 0x81, 5, 6, 5, 0x21, 0x20]),
  rollover('midnight to 1 AM', at('2021-05-06 00:59:59', 5), BCD_12, [0, 0, 0x01, 5, 6, 5, 0x21, 0x20]),
  rollover('11 PM to midnight', at('2021-05-06 23:59:59', 5), BCD_12, [0, 0, 0x12, 6, 7, 5, 0x21, 0x20]),
];

const TIMING: readonly RtcCase[] = [
  {
    name: 'Register A: the first update comes half a second after the divider is released',
    run: (rtc) => {
      rtc.milliseconds(499.9);
      expect(rtc.read(0)).toBe(0);
      rtc.milliseconds(0.2);
      expect(rtc.read(0)).toBe(1);
      rtc.milliseconds(999.8);
      expect(rtc.read(0)).toBe(1);
      rtc.milliseconds(0.2);
      expect(rtc.read(0)).toBe(2);
    },
  },
  {
    name: 'Register A: UIP is up 244 us before the update and during its 1984 us',
    run: (rtc) => {
      rtc.milliseconds(500 - 2.24);
      expect(rtc.registerA() & 0x80).toBe(0);
      rtc.milliseconds(0.02);
      expect(rtc.registerA() & 0x80).toBe(0x80);
      rtc.milliseconds(2.21);
      expect(rtc.registerA() & 0x80).toBe(0x80);
      rtc.milliseconds(0.02);
      expect(rtc.registerA() & 0x80).toBe(0);
    },
  },
  {
    name: 'Register A: UIP cannot be written',
    run: (rtc) => {
      rtc.write(0x0a, 0xa6);
      expect(rtc.registerA()).toBe(0x26);
    },
  },
  {
    name: 'Register B: SET stops updates and takes UIP away, and the divider goes on',
    run: (rtc) => {
      rtc.milliseconds(499);
      rtc.enable(0x80);
      expect(rtc.registerA() & 0x80).toBe(0);
      rtc.milliseconds(3000);
      expect(rtc.read(0)).toBe(0);
      expect(rtc.flags() & UPDATE).toBe(0);
      rtc.enable(0);
      rtc.milliseconds(2);
      expect(rtc.read(0), 'the second that was due after 3.5 s').toBe(1);
    },
  },
  {
    name: 'Register B: SET clears UIE',
    run: (rtc) => {
      rtc.enable(0x80 | UPDATE | ALARM);
      expect(rtc.read(0x0b)).toBe(0xa2);
    },
  },
  {
    name: 'Register A: a divider held in reset holds everything',
    run: (rtc) => {
      rtc.enable(UPDATE | PERIODIC);
      rtc.write(0x0a, 0x6f);
      rtc.milliseconds(5000);
      expect(rtc.read(0)).toBe(0);
      expect(rtc.interrupt()).toBe(false);
      expect(rtc.flags()).toBe(0);
    },
  },
];

const INTERRUPTS: readonly RtcCase[] = [
  {
    name: 'Register C: UF is set by each update and cleared by a read',
    run: (rtc) => {
      expect(rtc.flags()).toBe(0);
      rtc.milliseconds(501);
      expect(rtc.flags()).toBe(UPDATE);
      expect(rtc.flags()).toBe(0);
    },
  },
  {
    name: 'Register B: UIE interrupts at each update, and the line falls with the read',
    run: (rtc) => {
      rtc.enable(UPDATE);
      rtc.milliseconds(499);
      expect(rtc.interrupt()).toBe(false);
      rtc.milliseconds(2);
      expect(rtc.interrupt()).toBe(true);
      expect(rtc.flags()).toBe(0x80 | UPDATE);
      expect(rtc.interrupt()).toBe(false);
      rtc.milliseconds(1000);
      expect(rtc.interrupt()).toBe(true);
    },
  },
  {
    name: 'Register B: enabling with the flag set interrupts at once, disabling takes it back',
    run: (rtc) => {
      rtc.milliseconds(501);
      rtc.enable(UPDATE);
      expect(rtc.interrupt()).toBe(true);
      rtc.enable(0);
      expect(rtc.interrupt()).toBe(false);
      expect(rtc.flags()).toBe(UPDATE);
    },
  },
  {
    name: 'alarm at a time of day',
    run: (rtc) => {
      rtc.start(at('2021-05-06 07:59:57', 5));
      rtc.alarm(0x08, 0x00, 0x00);
      rtc.enable(ALARM);
      rtc.milliseconds(2499);
      expect(rtc.interrupt()).toBe(false);
      rtc.milliseconds(2);
      expect(rtc.interrupt()).toBe(true);
      expect(rtc.flags()).toBe(0x80 | ALARM | UPDATE);
    },
  },
  {
    name: 'alarm every minute and every second, by "don\'t care" codes',
    run: (rtc) => {
      rtc.alarm(0xc0, 0xff, 0x03);
      rtc.milliseconds(3501);
      expect(rtc.flags()).toBe(ALARM | UPDATE);
      rtc.milliseconds(58_000);
      expect(rtc.flags()).toBe(UPDATE);
      rtc.milliseconds(1000);
      expect(rtc.flags()).toBe(ALARM | UPDATE);
      rtc.alarm(0xff, 0xff, 0xff);
      rtc.milliseconds(1000);
      expect(rtc.flags()).toBe(ALARM | UPDATE);
    },
  },
  {
    name: 'alarm in twelve-hour mode tells AM from PM',
    run: (rtc) => {
      rtc.start(at('2021-05-06 19:59:59', 5), BCD_12);
      rtc.alarm(0x08, 0xc0, 0xc0);
      rtc.milliseconds(501);
      expect(rtc.flags()).toBe(UPDATE);
      rtc.alarm(0x88, 0xc0, 0xc0);
      rtc.milliseconds(1000);
      expect(rtc.flags()).toBe(ALARM | UPDATE);
    },
  },
  ...(
    [
      [1, 3.90625],
      [2, 7.8125],
      [3, 0.12207],
      [6, 0.976562],
      [8, 3.90625],
      [13, 125],
      [15, 500],
    ] as const
  ).map(
    ([rate, period]): RtcCase => ({
      name: `periodic interrupt, rate ${rate}: every ${period} ms`,
      run: (rtc) => {
        rtc.rate(rate);
        rtc.enable(PERIODIC);
        rtc.flags();
        let rises = 0;
        for (let wait = 0; wait < 8 * period; wait += period / 8) {
          rtc.milliseconds(period / 8);
          if (rtc.interrupt()) {
            rises++;
            rtc.flags();
          }
        }
        expect(rises).toBeGreaterThanOrEqual(7);
        expect(rises).toBeLessThanOrEqual(9);
      },
    }),
  ),
  {
    name: 'Register C: PF is set with PIE clear too',
    run: (rtc) => {
      rtc.rate(6);
      rtc.flags();
      rtc.milliseconds(2);
      expect(rtc.flags()).toBe(PERIODIC);
      expect(rtc.interrupt()).toBe(false);
    },
  },
  {
    name: 'rate 0: no periodic interrupt',
    run: (rtc) => {
      rtc.rate(0);
      rtc.enable(PERIODIC);
      rtc.milliseconds(400);
      expect(rtc.flags()).toBe(0);
    },
  },
];

const MEMORY: readonly RtcCase[] = [
  {
    name: 'Register D: always valid, and read-only as Register C is',
    run: (rtc) => {
      rtc.write(0x0d, 0x00);
      rtc.write(0x0c, 0xff);
      expect(rtc.registerD()).toBe(0x80);
      expect(rtc.flags()).toBe(0);
    },
  },
  {
    name: 'the RAM holds bytes, also through a reset',
    run: (rtc) => {
      rtc.write(0x0e, 0x5a);
      rtc.write(0x7f, 0xa5);
      rtc.subject.stimulate({ kind: 'reset' });
      expect(rtc.read(0x0e)).toBe(0x5a);
      expect(rtc.read(0x7f)).toBe(0xa5);
    },
  },
  {
    name: 'bit 7 of the index is not part of the address',
    run: (rtc) => {
      rtc.write(0x8e, 0x77);
      expect(rtc.read(0x0e)).toBe(0x77);
    },
  },
  {
    name: 'RESET clears enables and flags, and not the time',
    run: (rtc) => {
      rtc.enable(PERIODIC | ALARM | UPDATE | 0x08);
      rtc.milliseconds(1501);
      rtc.subject.stimulate({ kind: 'reset' });
      expect(rtc.read(0x0b)).toBe(0x02);
      expect(rtc.flags()).toBe(0);
      expect(rtc.interrupt()).toBe(false);
      expect(rtc.read(0)).toBe(2);
    },
  },
];

export const RTC_CASES: readonly RtcCase[] = [...ROLLOVERS, ...TIMING, ...INTERRUPTS, ...MEMORY];
