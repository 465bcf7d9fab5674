import { BytePorts } from '../byte-ports';
import type { ReferenceEnvironment } from '../contract';
import { Calendar, Cell, DO_NOT_CARE } from './calendar';

const INDEX_PORT = 0x70;
const DATA_PORT = 0x71;
/** Bit 7 of the index port masks NMI. */
const NMI_MASK = 0x80;

const [REGISTER_A, REGISTER_B, REGISTER_C, REGISTER_D] = [0x0a, 0x0b, 0x0c, 0x0d] as const;
const UPDATE_IN_PROGRESS = 0x80;
/** Register B, "Register B ($0B)". */
const Control = {
  Set: 0x80,
  Periodic: 0x40,
  Alarm: 0x20,
  UpdateEnded: 0x10,
  SquareWave: 0x08,
  Binary: 0x04,
  Hours24: 0x02,
} as const;
/** Register C, "Register C ($0C)": flags at the places of their enables. */
const Flag = { Request: 0x80, Periodic: 0x40, Alarm: 0x20, UpdateEnded: 0x10 } as const;
const VALID_RAM_AND_TIME = 0x80;

const NS_PER_SECOND = 1_000_000_000;
const CRYSTAL_HERTZ = 32_768;
/** UIP is up 244 us before the update cycle (tBUC) and during it, 1984 us with a 32.768 kHz crystal (tUC). */
const UPDATE_WINDOW_NS = (244 + 1_984) * 1_000;
/** "The first update cycle begins one-half second" after the divider is released. */
const FIRST_UPDATE_NS = NS_PER_SECOND / 2;

/** Divider field DV2..DV0: 0 to 2 count, the rest is reset and test. */
const counts = (registerA: number): boolean => (registerA & 0x70) <= 0x20;

/** Period of the rate field in ns, undefined if it selects none. Rates 1 and 2 are those of 8 and 9, table 5. */
function periodOf(registerA: number): number | undefined {
  const rate = registerA & 0x0f;
  return rate === 0 ? undefined : (2 ** (rate < 3 ? rate + 6 : rate - 1) / CRYSTAL_HERTZ) * NS_PER_SECOND;
}

/** Wednesday 1 January 2020, 00:00:00, 24 hours, BCD. */
const POWER_ON: readonly (readonly [number, number])[] = [
  [Cell.DayOfWeek, 4],
  [Cell.DayOfMonth, 1],
  [Cell.Month, 1],
  [Cell.Year, 0x20],
  [Cell.Century, 0x20],
  [REGISTER_A, 0x26],
  [REGISTER_B, Control.Hours24],
];

/**
 * MC146818 with 128 bytes at ports 70h and 71h. Daylight saving is not modelled, nor is what reads show during an
 * update cycle, and periodic interrupts fall on whole periods from the end of an update.
 */
export class Rtc146818 extends BytePorts {
  private readonly cells = new Uint8Array(128);
  private readonly calendar = new Calendar(this.cells);
  /** Address of the byte that the data port shows. */
  index = 0;
  private flags = 0;
  nmiMasked = false;
  /** When the divider was zero, undefined while it is held in reset. Update cycles end whole seconds later. */
  private origin: number | undefined;
  private secondsDone = 0;
  private periodsDone = 0;

  constructor(
    private readonly environment: ReferenceEnvironment,
    private readonly irq: number,
  ) {
    super();
    for (const [cell, value] of POWER_ON) {
      this.cells[cell] = value;
    }
    this.origin = environment.now();
  }

  /** RESET clears enables and flags; time, RAM and divider go on. */
  reset(): void {
    this.advanceTo(this.environment.now());
    this.cells[REGISTER_B]! &= ~(Control.Periodic | Control.Alarm | Control.UpdateEnded | Control.SquareWave);
    this.flags = 0;
    this.nmiMasked = false;
    this.sync();
  }

  /** Register B. */
  get control(): number {
    return this.cells[REGISTER_B]!;
  }

  /** The alarm names an hour, and hours are written with AM and PM. */
  get alarmInHalfDay(): boolean {
    return (this.control & Control.Hours24) === 0 && this.cells[Cell.HourAlarm]! < DO_NOT_CARE;
  }

  private get set(): boolean {
    return (this.control & Control.Set) !== 0;
  }

  advanceTo(ns: number): void {
    if (this.origin === undefined) {
      return;
    }
    const elapsed = ns - this.origin;
    this.passPeriods(elapsed);
    const seconds = Math.floor(elapsed / NS_PER_SECOND);
    const passed = seconds - this.secondsDone;
    this.secondsDone = seconds;
    if (passed > 0 && !this.set) {
      const alarm = this.calendar.pass(passed);
      this.flags |= Flag.UpdateEnded | (alarm ? Flag.Alarm : 0);
    }
    this.sync();
  }

  private passPeriods(elapsed: number): void {
    const period = periodOf(this.cells[REGISTER_A]!);
    if (period !== undefined) {
      const periods = Math.floor(elapsed / period);
      this.flags |= periods > this.periodsDone ? Flag.Periodic : 0;
      this.periodsDone = periods;
    }
  }

  /** Nothing is due while a request is pending: flags that follow are only seen by reads. */
  nextDeadline(): number | undefined {
    const enables = this.cells[REGISTER_B]!;
    if (this.origin === undefined || this.flags & enables) {
      return undefined;
    }
    const period = enables & Control.Periodic ? periodOf(this.cells[REGISTER_A]!) : undefined;
    const updates = !this.set && (enables & (Control.Alarm | Control.UpdateEnded)) !== 0;
    return this.earlier(
      period === undefined ? undefined : (this.periodsDone + 1) * period,
      updates ? (this.secondsDone + 1) * NS_PER_SECOND : undefined,
    );
  }

  private earlier(one: number | undefined, other: number | undefined): number | undefined {
    const first = Math.min(one ?? Number.POSITIVE_INFINITY, other ?? Number.POSITIVE_INFINITY);
    return Number.isFinite(first) ? Math.ceil(this.origin! + first) : undefined;
  }

  protected readByte(port: number): number {
    this.advanceTo(this.environment.now());
    if (port !== DATA_PORT) {
      // The index port cannot be read, [PIIX] "Real Time Clock Index Register".
      return 0xff;
    }
    switch (this.index) {
      case REGISTER_A:
        return this.cells[REGISTER_A]! | (this.updateInProgress() ? UPDATE_IN_PROGRESS : 0);
      case REGISTER_C:
        return this.readFlags();
      case REGISTER_D:
        return VALID_RAM_AND_TIME;
      default:
        return this.cells[this.index]!;
    }
  }

  private updateInProgress(): boolean {
    if (this.origin === undefined || this.set) {
      return false;
    }
    return (this.environment.now() - this.origin) % NS_PER_SECOND >= NS_PER_SECOND - UPDATE_WINDOW_NS;
  }

  private readFlags(): number {
    const value = this.flags | (this.requests() ? Flag.Request : 0);
    this.flags = 0;
    this.sync();
    return value;
  }

  protected writeByte(port: number, value: number): void {
    this.advanceTo(this.environment.now());
    if (port === INDEX_PORT) {
      this.index = value & 0x7f;
      this.nmiMasked = (value & NMI_MASK) !== 0;
    } else if (port === DATA_PORT) {
      this.writeCell(value);
    }
  }

  private writeCell(value: number): void {
    switch (this.index) {
      case REGISTER_A:
        this.writeRegisterA(value & 0x7f);
        break;
      case REGISTER_B:
        // SET going high clears UIE.
        this.cells[REGISTER_B] = value & Control.Set ? value & ~Control.UpdateEnded : value;
        this.calendar.binary = (value & Control.Binary) !== 0;
        this.calendar.hours24 = (value & Control.Hours24) !== 0;
        this.sync();
        break;
      case REGISTER_C:
      case REGISTER_D:
        break;
      default:
        this.cells[this.index] = value;
    }
  }

  private writeRegisterA(value: number): void {
    const now = this.environment.now();
    this.cells[REGISTER_A] = value;
    if (!counts(value)) {
      this.origin = undefined;
      return;
    }
    if (this.origin === undefined) {
      this.origin = now - (NS_PER_SECOND - FIRST_UPDATE_NS);
      this.secondsDone = 0;
    }
    const period = periodOf(value);
    this.periodsDone = period === undefined ? 0 : Math.floor((now - this.origin) / period);
  }

  private requests(): boolean {
    return (this.flags & this.cells[REGISTER_B]! & (Flag.Periodic | Flag.Alarm | Flag.UpdateEnded)) !== 0;
  }

  private sync(): void {
    this.environment.setIrq(this.irq, this.requests());
  }
}
