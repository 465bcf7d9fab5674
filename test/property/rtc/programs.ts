import fc from 'fast-check';
import {
  BCD_24,
  encode,
  encodeHour,
  formatBits,
  type RtcFormat,
  type RtcTime,
  timeBytes,
} from '../../conformance/rtc/rtc-driver';
import { input, output, type Program, type Step, wait } from '../../helpers/device-program/steps';

const [A, B, C] = [0x0a, 0x0b, 0x0c] as const;
const SET = 0x80;
const PERIODIC = 0x40;
const HALF_SECOND = 500_000_000;

/** What an operating system does to the clock. */
export type RtcOperation =
  | { readonly do: 'set time'; readonly time: RtcTime; readonly format: RtcFormat }
  /** The alarm at the time last set plus some seconds; bytes that do not care by mask (1 second, 2 minute, 4 hour). */
  | { readonly do: 'alarm'; readonly after: number; readonly any: number }
  /** Alarm and update-ended enables. */
  | { readonly do: 'enable'; readonly mask: number }
  | { readonly do: 'periodic'; readonly rate: number }
  | { readonly do: 'stop divider' }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'read'; readonly indices: readonly number[] }
  | { readonly do: 'write'; readonly index: number; readonly value: number };

const byte = fc.integer({ min: 0, max: 255 });

const atMidnight = { hour: 23, minute: 59 } as const;
const day: fc.Arbitrary<readonly [number, number, number]> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.constantFrom([2024, 2, 28], [2021, 2, 28], [1999, 12, 31], [2021, 4, 30], [2020, 12, 31]),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.integer({ min: 2000, max: 2098 }),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 28 }),
    ),
  },
);
const time: fc.Arbitrary<RtcTime> = fc
  .record({
    day,
    moment: fc.oneof(
      { weight: 2, arbitrary: fc.constant(atMidnight) },
      {
        weight: 1,
        arbitrary: fc.record({ hour: fc.integer({ min: 0, max: 23 }), minute: fc.integer({ min: 0, max: 59 }) }),
      },
    ),
    second: fc.oneof(fc.integer({ min: 55, max: 59 }), fc.integer({ min: 0, max: 59 })),
  })
  .map(({ day: [year, month, dayOfMonth], moment, second }) => ({
    year,
    month,
    day: dayOfMonth,
    weekday: new Date(Date.UTC(year, month - 1, dayOfMonth)).getUTCDay() + 1,
    ...moment,
    second,
  }));
const format: fc.Arbitrary<RtcFormat> = fc.record({ binary: fc.boolean(), hours24: fc.boolean() });

const setTime = fc.record({ do: fc.constant('set time' as const), time, format });
const alarm = fc.record({
  do: fc.constant('alarm' as const),
  after: fc.integer({ min: 0, max: 12 }),
  any: fc.integer({ min: 0, max: 7 }),
});
const enable = fc.record({
  do: fc.constant('enable' as const),
  mask: fc.integer({ min: 0, max: 3 }).map((m) => m << 4),
});
const periodic = fc.record({ do: fc.constant('periodic' as const), rate: fc.integer({ min: 0, max: 15 }) });
const waits = fc.record({
  do: fc.constant('wait' as const),
  ms: fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 1, max: 60 }).map((n) => 50 * n) },
    // 492 and the 7 that each wait adds are just short of a half second: UIP is up.
    { weight: 2, arbitrary: fc.constantFrom(492, 492, 61_000, 3_600_000) },
  ),
});
const read = fc.record({
  do: fc.constant('read' as const),
  indices: fc.array(
    fc.oneof(fc.constantFrom(0, 2, 4, 6, 7, 8, 9, 0x32), fc.constantFrom(A, B, C, 0x0d, 1, 3, 5, 0x20)),
    {
      minLength: 1,
      maxLength: 8,
    },
  ),
});
/** RAM without the century, and without 37h, which QEMU takes for it. */
const ram = fc.record({
  do: fc.constant('write' as const),
  index: fc.oneof(fc.integer({ min: 0x0e, max: 0x31 }), fc.integer({ min: 0x38, max: 0x7f })),
  value: byte,
});
const anyWrite = fc.record({ do: fc.constant('write' as const), index: fc.integer({ min: 10, max: 13 }), value: byte });
const stop = fc.record({ do: fc.constant('stop divider' as const) });

const common: fc.WeightedArbitrary<RtcOperation>[] = [
  { weight: 3, arbitrary: setTime },
  { weight: 3, arbitrary: alarm },
  { weight: 3, arbitrary: enable },
  { weight: 2, arbitrary: periodic },
  { weight: 1, arbitrary: stop },
  { weight: 8, arbitrary: waits },
  { weight: 8, arbitrary: read },
  { weight: 1, arbitrary: ram },
];

const put = (index: number, value: number): readonly Step[] => [output(0x70, index), output(0x71, value)];
const get = (index: number): readonly Step[] => [output(0x70, index), input(0x71)];

const NEW_YEAR: RtcTime = { year: 2020, month: 1, day: 1, weekday: 4, hour: 0, minute: 0, second: 0 };

/** Lays operations out in time, with what a driver remembers of the chip. */
class Compiler {
  readonly program: Step[] = [];
  private now = 0;
  private format = BCD_24;
  private time = NEW_YEAR;
  private enables = 0;
  private rate = 0;

  constructor() {
    this.setTime(NEW_YEAR, BCD_24);
    this.emit(put(1, 0), put(3, 0), put(5, 0), put(0x20, 0), get(C));
  }

  private emit(...parts: readonly (readonly Step[])[]): void {
    for (const step of parts.flat()) {
      this.program.push(step);
    }
  }

  /** Half seconds are where updates end and whole periods meet. */
  private waitForHalfSecond(): void {
    this.wait(HALF_SECOND - (this.now % HALF_SECOND));
  }

  private wait(ns: number): void {
    this.program.push(wait(ns));
    this.now += ns;
  }

  /** With the divider held meanwhile, which is let go at a half second. */
  private setTime(time: RtcTime, format: RtcFormat): void {
    [this.time, this.format, this.enables, this.rate] = [time, format, 0, 0];
    const bits = formatBits(format);
    this.emit(get(C));
    this.emit(put(B, SET | bits), put(A, 0x70), ...timeBytes(time, format).map(([index, value]) => put(index, value)));
    this.waitForHalfSecond();
    this.emit(put(B, bits), put(A, 0x20), get(C));
  }

  private control(): readonly Step[] {
    return put(B, formatBits(this.format) | this.enables);
  }

  add(operation: RtcOperation): void {
    switch (operation.do) {
      case 'set time':
        this.setTime(operation.time, operation.format);
        break;
      case 'alarm':
        this.alarm(operation.after, operation.any);
        break;
      case 'enable':
        this.enables = (this.enables & PERIODIC) | operation.mask;
        this.emit(this.control());
        break;
      case 'periodic':
        this.periodic(operation.rate);
        break;
      case 'stop divider':
        this.enables &= ~PERIODIC;
        this.emit(this.control(), put(A, 0x60 | this.rate));
        break;
      case 'wait':
        // Millions of periods would take QEMU minutes. 7 ms keep the waits off the half seconds.
        this.wait((this.enables & PERIODIC ? Math.min(operation.ms, 1_000) : operation.ms) * 1_000_000 + 7_000_000);
        break;
      case 'read':
        this.emit(...operation.indices.map(get));
        break;
      case 'write':
        this.write(operation.index, operation.value);
        break;
    }
  }

  /** Whoever changes DM or 24/12 must set the time anew: what the old one means then is nobody's specification. */
  private write(index: number, value: number): void {
    this.emit(put(index, index === B ? (value & ~0x06) | formatBits(this.format) : value));
  }

  private alarm(after: number, any: number): void {
    const { hour, minute, second } = this.time;
    const total = hour * 3600 + minute * 60 + second + after;
    const bytes = [
      encode(total % 60, this.format),
      encode(Math.floor(total / 60) % 60, this.format),
      encodeHour(Math.floor(total / 3600) % 24, this.format),
    ];
    bytes.forEach((value, index) => {
      this.emit(put(2 * index + 1, any & (1 << index) ? 0xc0 : value));
    });
  }

  /**
   * Periods are counted from where they meet, so that it does not matter since when they are counted. The wait is longer than
   * a period of the crystal, to which a divider that is let go may be rounded.
   */
  private periodic(rate: number): void {
    this.enables &= ~PERIODIC;
    this.emit(this.control());
    this.waitForHalfSecond();
    this.wait(40_000);
    this.rate = rate;
    this.enables |= rate === 0 ? 0 : PERIODIC;
    this.emit(put(A, 0x20 | rate), get(C), this.control());
  }
}

function compile(list: readonly RtcOperation[]): Program {
  const compiler = new Compiler();
  for (const operation of list) {
    compiler.add(operation);
  }
  return compiler.program;
}

const programs = (all: fc.WeightedArbitrary<RtcOperation>[]): fc.Arbitrary<Program> =>
  fc.array(fc.oneof(...all), { minLength: 1, maxLength: 20 }).map(compile);

/** Any operation. */
export const rtcPrograms: fc.Arbitrary<Program> = programs([...common, { weight: 1, arbitrary: anyWrite }]);

/** Programs within what QEMU models. */
export const qemuRtcPrograms: fc.Arbitrary<Program> = programs(common);

export const rtcPorts = (port: number): string => (port === 0x70 ? 'index' : 'data');
