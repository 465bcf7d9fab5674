import { AFTERNOON, ALARM_ANY, RegisterB, RtcRegister } from './registers';

const DAY: u32 = 86_400;
/** No second of the day matches the alarm. */
export const NO_ALARM: u32 = u32.MAX_VALUE;

/** What an alarm byte asks for when it is neither a value nor C0h and more. */
const ANY: u32 = u32.MAX_VALUE;
const IMPOSSIBLE: u32 = u32.MAX_VALUE - 1;

/**
 * Time and calendar in the chip's bytes: in BCD or binary, 12 or 24 hours, as register B says. The bytes are the only truth, as
 * on the chip: after a change of the mode they keep their bits and mean something else until software sets them again.
 */
@unmanaged
export class Calendar {
  private at(register: u32): u32 {
    return load<u8>(changetype<usize>(this) + register);
  }

  private put(register: u32, value: u32): void {
    store<u8>(changetype<usize>(this) + register, <u8>value);
  }

  /** Midnight of Thursday, 1 January 1970. */
  setEpoch(): void {
    this.setSecondOfDay(0);
    this.set(RtcRegister.DAY_OF_WEEK, 5);
    this.set(RtcRegister.DAY_OF_MONTH, 1);
    this.set(RtcRegister.MONTH, 1);
    this.set(RtcRegister.YEAR, 70);
    this.set(RtcRegister.CENTURY, 19);
  }

  /** Let `seconds` pass. */
  advance(seconds: u64): void {
    const total = <u64>this.secondOfDay + seconds;
    const days = total < DAY ? 0 : <u32>(total / DAY);
    this.setSecondOfDay(<u32>(total - <u64>days * DAY));
    if (days != 0) this.advanceDays(days);
  }

  /** Seconds, 1 to 86,400, until the time matches the alarm bytes; NO_ALARM if it never does. */
  untilAlarm(): u32 {
    const second = this.alarm(RtcRegister.SECONDS_ALARM, 60);
    const minute = this.alarm(RtcRegister.MINUTES_ALARM, 60);
    const hour = this.alarm(RtcRegister.HOURS_ALARM, 24);
    if (second == IMPOSSIBLE || minute == IMPOSSIBLE || hour == IMPOSSIBLE) return NO_ALARM;
    let passed: u32 = 1;
    let time = (this.secondOfDay + 1) % DAY;
    while (true) {
      const step = stepTowards(time, hour, minute, second);
      if (step == 0) return passed;
      passed += step;
      time = (time + step) % DAY;
    }
  }

  // Time

  private get secondOfDay(): u32 {
    const hours = decodeHours(this.at(RtcRegister.HOURS), this.mode);
    return hours * 3600 + this.get(RtcRegister.MINUTES) * 60 + this.get(RtcRegister.SECONDS);
  }

  private setSecondOfDay(time: u32): void {
    this.set(RtcRegister.SECONDS, time % 60);
    this.set(RtcRegister.MINUTES, (time / 60) % 60);
    this.put(RtcRegister.HOURS, encodeHours(time / 3600, this.mode));
  }

  /** The value an alarm byte waits for, found by its bits because that is what the chip compares. */
  private alarm(register: u32, values: u32): u32 {
    const wanted = this.at(register);
    if (wanted >= ALARM_ANY) return ANY;
    for (let value: u32 = 0; value < values; value++) {
      const bits = register == RtcRegister.HOURS_ALARM ? encodeHours(value, this.mode) : encode(value, this.mode);
      if (bits == wanted) return value;
    }
    return IMPOSSIBLE;
  }

  // Calendar

  private advanceDays(days: u32): void {
    this.set(RtcRegister.DAY_OF_WEEK, ((this.get(RtcRegister.DAY_OF_WEEK) + 6 + days) % 7) + 1);
    let day = this.get(RtcRegister.DAY_OF_MONTH) + days;
    while (day > this.daysInMonth()) {
      day -= this.daysInMonth();
      this.nextMonth();
    }
    this.set(RtcRegister.DAY_OF_MONTH, day);
  }

  private nextMonth(): void {
    const month = this.get(RtcRegister.MONTH);
    this.set(RtcRegister.MONTH, month >= 12 ? 1 : month + 1);
    if (month < 12) return;
    const year = this.get(RtcRegister.YEAR);
    this.set(RtcRegister.YEAR, year >= 99 ? 0 : year + 1);
    if (year >= 99) this.set(RtcRegister.CENTURY, (this.get(RtcRegister.CENTURY) + 1) % 100);
  }

  /** Every fourth year is a leap year ("Leap Year"): right until 2099. */
  private daysInMonth(): u32 {
    const month = this.get(RtcRegister.MONTH);
    if (month == 2) return (this.get(RtcRegister.YEAR) & 3) == 0 ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
  }

  // Encoding

  private get mode(): u32 {
    return this.at(RtcRegister.B);
  }

  private get(register: u32): u32 {
    return decode(this.at(register), this.mode);
  }

  private set(register: u32, value: u32): void {
    this.put(register, encode(value, this.mode));
  }
}

function encode(value: u32, mode: u32): u32 {
  return (mode & RegisterB.BINARY) != 0 ? value : (value % 10) | ((value / 10) << 4);
}

function decode(bits: u32, mode: u32): u32 {
  return (mode & RegisterB.BINARY) != 0 ? bits : (bits & 0xf) + (bits >> 4) * 10;
}

function encodeHours(hour: u32, mode: u32): u32 {
  if ((mode & RegisterB.HOURS_24) != 0) return encode(hour, mode);
  const twelfth = hour % 12 == 0 ? 12 : hour % 12;
  return encode(twelfth, mode) | (hour >= 12 ? AFTERNOON : 0);
}

function decodeHours(bits: u32, mode: u32): u32 {
  if ((mode & RegisterB.HOURS_24) != 0) return decode(bits, mode);
  const hour = decode(bits & ~AFTERNOON, mode) % 12;
  return (bits & AFTERNOON) != 0 ? hour + 12 : hour;
}

/** How far from second `time` of the day to go on in search of a match; 0 at the match. Never past a match. */
function stepTowards(time: u32, hour: u32, minute: u32, second: u32): u32 {
  if (hour != ANY && time / 3600 != hour) return 3600 - (time % 3600);
  if (minute != ANY && (time / 60) % 60 != minute) return 60 - (time % 60);
  const present = time % 60;
  if (second == ANY || second == present) return 0;
  return second > present ? second - present : 60 - present;
}
