/**
 * Time, calendar and alarm bytes of the MC146818, counted in place as the chip does: the registers are the time.
 * References are to the data sheet [MC146818].
 */

/** Addresses of the bytes, table 2 ("Address Map"). */
export const Cell = {
  Second: 0,
  SecondAlarm: 1,
  Minute: 2,
  MinuteAlarm: 3,
  Hour: 4,
  HourAlarm: 5,
  DayOfWeek: 6,
  DayOfMonth: 7,
  Month: 8,
  Year: 9,
  /** Not the chip's: the byte of its RAM that a PC keeps the century in. */
  Century: 0x32,
} as const;

/** Alarm bytes from C0h up match everything. */
export const DO_NOT_CARE = 0xc0;
const AFTERNOON = 0x80;
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

export class Calendar {
  /** Register B bits 2 (DM) and 1 (24/12). */
  binary = false;
  hours24 = true;

  constructor(private readonly cells: Uint8Array) {}

  private decode(value: number): number {
    return this.binary ? value : (value >> 4) * 10 + (value & 15);
  }

  private encode(number: number): number {
    return this.binary ? number : ((Math.floor(number / 10) % 10) << 4) | (number % 10);
  }

  private get(cell: number): number {
    return this.decode(this.cells[cell]!);
  }

  private set(cell: number, number: number): void {
    this.cells[cell] = this.encode(number);
  }

  /** 0 .. 23. In twelve-hour mode bit 7 is PM and midnight and noon are 12. */
  private get hour(): number {
    const raw = this.cells[Cell.Hour]!;
    if (this.hours24) {
      return this.decode(raw);
    }
    return (this.decode(raw & 0x7f) % 12) + (raw & AFTERNOON ? 12 : 0);
  }

  private set hour(hour: number) {
    if (this.hours24) {
      this.set(Cell.Hour, hour);
    } else {
      this.cells[Cell.Hour] = this.encode(hour % 12 === 0 ? 12 : hour % 12) | (hour >= 12 ? AFTERNOON : 0);
    }
  }

  /** `seconds` update cycles; true if the alarm has matched at one of them. */
  pass(seconds: number): boolean {
    let alarm = false;
    for (let left = seconds; left > 0; ) {
      const second = this.get(Cell.Second);
      const stride = Math.min(left, 59 - second);
      if (stride > 0) {
        this.set(Cell.Second, second + stride);
        alarm ||= this.minuteMatches() && this.alarmSecondWithin(second + 1, second + stride);
        left -= stride;
      } else {
        this.set(Cell.Second, 0);
        this.nextMinute();
        alarm ||= this.minuteMatches() && this.alarmSecondWithin(0, 0);
        left--;
      }
    }
    return alarm;
  }

  private minuteMatches(): boolean {
    return this.matches(Cell.Minute, Cell.MinuteAlarm) && this.matches(Cell.Hour, Cell.HourAlarm);
  }

  private matches(time: number, alarm: number): boolean {
    return this.cells[alarm]! >= DO_NOT_CARE || this.cells[alarm] === this.cells[time];
  }

  private alarmSecondWithin(first: number, last: number): boolean {
    const raw = this.cells[Cell.SecondAlarm]!;
    const second = this.decode(raw);
    return raw >= DO_NOT_CARE || (second >= first && second <= last);
  }

  private nextMinute(): void {
    const minute = this.get(Cell.Minute) + 1;
    this.set(Cell.Minute, minute % 60);
    if (minute >= 60) {
      const hour = this.hour + 1;
      this.hour = hour >= 24 ? 0 : hour;
      if (hour >= 24) {
        this.nextDay();
      }
    }
  }

  private nextDay(): void {
    this.set(Cell.DayOfWeek, (this.get(Cell.DayOfWeek) % 7) + 1);
    const day = this.get(Cell.DayOfMonth) + 1;
    if (day <= this.daysInMonth()) {
      this.set(Cell.DayOfMonth, day);
      return;
    }
    this.set(Cell.DayOfMonth, 1);
    const month = this.get(Cell.Month) + 1;
    this.set(Cell.Month, month > 12 ? 1 : month);
    if (month > 12) {
      this.nextYear();
    }
  }

  /** Every fourth year is a leap year: the chip knows two digits of it. */
  private daysInMonth(): number {
    const month = this.get(Cell.Month);
    return month === 2 && this.get(Cell.Year) % 4 === 0 ? 29 : (DAYS[month - 1] ?? 31);
  }

  private nextYear(): void {
    const year = this.get(Cell.Year) + 1;
    this.set(Cell.Year, year % 100);
    if (year >= 100) {
      this.set(Cell.Century, (this.get(Cell.Century) + 1) % 100);
    }
  }
}
