import type { UnderTest } from '../../helpers/device-program/steps';

/** A point of time as a driver knows it; `weekday` 1 is Sunday. */
export interface RtcTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/** Register B's format bits. */
export interface RtcFormat {
  readonly binary: boolean;
  readonly hours24: boolean;
}

export const formatBits = ({ binary, hours24 }: RtcFormat): number => (binary ? 0x04 : 0) | (hours24 ? 0x02 : 0);

export const encode = (number: number, { binary }: RtcFormat): number =>
  binary ? number : (Math.floor(number / 10) << 4) | (number % 10);

export function encodeHour(hour: number, format: RtcFormat): number {
  if (format.hours24) {
    return encode(hour, format);
  }
  return encode(hour % 12 === 0 ? 12 : hour % 12, format) | (hour < 12 ? 0 : 0x80);
}

/** Address and value of every time byte, century included. */
export const timeBytes = (time: RtcTime, format: RtcFormat): readonly (readonly [number, number])[] => [
  [0, encode(time.second, format)],
  [2, encode(time.minute, format)],
  [4, encodeHour(time.hour, format)],
  [6, encode(time.weekday, format)],
  [7, encode(time.day, format)],
  [8, encode(time.month, format)],
  [9, encode(time.year % 100, format)],
  [0x32, encode(Math.floor(time.year / 100), format)],
];

export const BCD_24: RtcFormat = { binary: false, hours24: true };
const [A, B, C, D] = [0x0a, 0x0b, 0x0c, 0x0d] as const;
const SET = 0x80;

/** What a driver does to a PC's real-time clock. */
export class RtcDriver {
  private format = BCD_24;

  constructor(readonly subject: UnderTest) {
    subject.reset();
    subject.interrupt();
    this.start({ year: 2020, month: 1, day: 1, weekday: 4, hour: 0, minute: 0, second: 0 });
  }

  write(index: number, value: number): void {
    this.subject.write(0x70, 1, index);
    this.subject.write(0x71, 1, value);
  }

  read(index: number): number {
    this.subject.write(0x70, 1, index);
    return this.subject.read(0x71, 1);
  }

  /** Stops the divider, sets the time and lets go: the next second comes 500 ms later. No rate, no enables, no flags. */
  start(time: RtcTime, format: RtcFormat = BCD_24): void {
    this.format = format;
    this.write(B, SET | formatBits(format));
    this.write(A, 0x70);
    for (const [index, value] of timeBytes(time, format)) this.write(index, value);
    this.write(B, formatBits(format));
    this.write(A, 0x20);
    this.read(C);
  }

  enable(mask: number): void {
    this.write(B, formatBits(this.format) | mask);
  }

  /** Rate field with the divider running. */
  rate(field: number): void {
    this.write(A, 0x20 | field);
  }

  alarm(hour: number, minute: number, second: number): void {
    this.write(1, second);
    this.write(3, minute);
    this.write(5, hour);
  }

  registerA(): number {
    return this.read(A);
  }
  flags(): number {
    return this.read(C);
  }
  registerD(): number {
    return this.read(D);
  }
  /** Time bytes as they are: second, minute, hour, weekday, day, month, year, century. */
  time(): number[] {
    return [0, 2, 4, 6, 7, 8, 9, 0x32].map((index) => this.read(index));
  }
  milliseconds(count: number): void {
    this.subject.advance(Math.round(count * 1e6));
  }
  interrupt(): boolean {
    return (this.subject.interrupt() & 1) !== 0;
  }
}
