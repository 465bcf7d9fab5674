import { Clock, Line, Timer } from '../../contract/handles';
import { Oscillator } from '../../contract/oscillator';
import { Calendar, NO_ALARM } from './calendar';
import {
  FIRST_UPDATE_TICKS,
  RegisterA,
  RegisterB,
  RegisterC,
  RTC_BYTES,
  RTC_FREQUENCY,
  RtcRegister,
  SECOND_SHIFT,
  TICKS_PER_SECOND,
  UPDATE_TICKS,
  VALID,
} from './registers';

const NEVER: u64 = u64.MAX_VALUE;
/** Anything but what memory holds at power-on. */
const BATTERY_GOOD: u32 = 0x600d_ba77;

/** The real-time clock and its RAM, reached through an address latch. Time is counted in ticks of the 32,768 Hz crystal. */
@unmanaged
export class Rtc {
  // Handles
  clock: Clock;
  line: Line;
  timer: Timer;
  oscillator: Oscillator;

  // Volatile state; registers and RAM are RTC_BYTES bytes behind the fields
  private address: u32;
  /** Interrupt flags of register C. */
  private flags: u32;
  /** Something else drives the interrupt line: the HPET's legacy replacement. */
  private replaced: bool;
  /** BATTERY_GOOD since power-on. */
  private battery: u32;
  /** The tick up to which the state is evaluated. */
  private tick: u64;
  /** The divider chain: updates are due whenever the ticks since `origin` are a whole number of seconds. */
  private origin: u64;

  /** The battery is put in, with `epoch` seconds since 1970 at virtual time 0; the RAM is all zero, and time goes on from there. */
  powerOn(epoch: u64): void {
    this.oscillator.connect(RTC_FREQUENCY);
    this.address = 0;
    this.flags = 0;
    this.replaced = false;
    this.origin = 0;
    this.tick = this.oscillator.ticks(this.clock.now());
    this.battery = BATTERY_GOOD;
    memory.fill(changetype<usize>(this.calendar), 0, RTC_BYTES);
    this.put(RtcRegister.A, RegisterA.INITIAL);
    this.put(RtcRegister.B, RegisterB.HOURS_24);
    this.calendar.setEpoch();
    this.calendar.advance(epoch + (this.tick >> SECOND_SHIFT));
    this.sync();
  }

  /** RESET clears enables and flags; time, RAM and divider go on ("RESET"). */
  reset(): void {
    this.oscillator.connect(RTC_FREQUENCY);
    this.replaced = false;
    this.put(RtcRegister.B, this.at(RtcRegister.B) & RegisterB.KEPT_IN_RESET);
    this.advance();
    this.flags = 0;
    this.sync();
  }

  /** Time and RAM are the clock's own, not what a guest wrote over them. */
  get valid(): bool {
    this.oscillator.connect(RTC_FREQUENCY);
    const now = this.oscillator.ticks(this.clock.now());
    return this.battery == BATTERY_GOOD && this.tick <= now && <i64>(this.tick - this.origin) >= 0;
  }

  /** Port 70h: bit 7 is the PC's NMI mask, not the chip's. */
  select(value: u32): void {
    this.address = value & (RTC_BYTES - 1);
  }

  /** Port 71h. */
  read(): u32 {
    switch (this.address) {
      case RtcRegister.A:
        this.advance();
        return this.at(RtcRegister.A) | (this.updating ? RegisterA.UPDATE_IN_PROGRESS : 0);
      case RtcRegister.C:
        return this.readFlags();
      case RtcRegister.D:
        return VALID;
      default:
        this.advance();
        return this.at(this.address);
    }
  }

  /** Port 71h. */
  write(value: u32): void {
    this.advance();
    switch (this.address) {
      case RtcRegister.A:
        this.writeA(value);
        break;
      case RtcRegister.B:
        this.writeB(value);
        break;
      case RtcRegister.C:
      case RtcRegister.D:
        return;
      default:
        this.put(this.address, value);
    }
    this.sync();
  }

  /** Set a byte of RAM as the machine's builder does, before the guest runs. */
  put(register: u32, value: u32): void {
    store<u8>(changetype<usize>(this.calendar) + register, <u8>value);
  }

  /** A byte of RAM, or a register without what a read of it does. */
  at(register: u32): u32 {
    return load<u8>(changetype<usize>(this.calendar) + register);
  }

  /** Give the interrupt line away, or take it back. */
  replace(replaced: bool): void {
    this.replaced = replaced;
    this.sync();
  }

  /** Bring time and flags to the present. */
  advance(): void {
    const before = this.tick - this.origin;
    this.tick = this.oscillator.ticks(this.clock.now());
    if (!this.running) return;
    const after = this.tick - this.origin;
    const shift = this.periodShift;
    if (shift != 0 && after >> shift != before >> shift) this.flags |= RegisterC.PERIODIC;
    const seconds = (after >> SECOND_SHIFT) - (before >> SECOND_SHIFT);
    if (seconds != 0 && !this.set) this.update(seconds);
    this.sync();
  }

  private update(seconds: u64): void {
    if (<u64>this.calendar.untilAlarm() <= seconds) this.flags |= RegisterC.ALARM;
    this.flags |= RegisterC.UPDATE;
    this.calendar.advance(seconds);
  }

  /** Reading register C clears it and the interrupt ("Register C"). */
  private readFlags(): u32 {
    this.advance();
    const flags = this.interrupts ? this.flags | RegisterC.INTERRUPT : this.flags;
    this.flags = 0;
    this.sync();
    return flags;
  }

  /** When the divider starts, the first update comes half a second later ("Divider Control"). */
  private writeA(value: u32): void {
    const stopped = !this.running;
    this.put(RtcRegister.A, value & ~RegisterA.UPDATE_IN_PROGRESS);
    if (stopped && this.running) this.origin = this.tick + FIRST_UPDATE_TICKS - TICKS_PER_SECOND;
  }

  /** SET going high clears the update interrupt enable ("Register B"). */
  private writeB(value: u32): void {
    const setting = !this.set && (value & RegisterB.SET) != 0;
    this.put(RtcRegister.B, setting ? value & ~RegisterB.UPDATE_ENABLE : value);
  }

  // Derived state

  /** Derive the interrupt level, and wake up when it next rises by itself. */
  private sync(): void {
    this.line.set(this.interrupts && !this.replaced);
    const deadline = this.interrupts ? NEVER : min(this.nextUpdateInterrupt(), this.nextPeriodicInterrupt());
    if (deadline == NEVER) this.timer.disarm();
    else this.timer.arm(this.oscillator.time(deadline));
  }

  private nextUpdateInterrupt(): u64 {
    if (!this.running || this.set) return NEVER;
    const enabled = this.at(RtcRegister.B);
    let seconds: u32 = NO_ALARM;
    if ((enabled & RegisterB.UPDATE_ENABLE) != 0) seconds = 1;
    else if ((enabled & RegisterB.ALARM_ENABLE) != 0) seconds = this.calendar.untilAlarm();
    if (seconds == NO_ALARM) return NEVER;
    return this.origin + ((((this.tick - this.origin) >> SECOND_SHIFT) + seconds) << SECOND_SHIFT);
  }

  private nextPeriodicInterrupt(): u64 {
    const shift = this.periodShift;
    if (!this.running || shift == 0 || (this.at(RtcRegister.B) & RegisterB.PERIODIC_ENABLE) == 0) return NEVER;
    return this.origin + ((((this.tick - this.origin) >> shift) + 1) << shift);
  }

  private get interrupts(): bool {
    return (this.flags & this.at(RtcRegister.B) & RegisterC.FLAGS) != 0;
  }

  /** The divider chain runs: neither reset nor in a test setting. */
  private get running(): bool {
    return ((this.at(RtcRegister.A) >> RegisterA.DIVIDER_SHIFT) & 7) <= RegisterA.LAST_DIVIDER;
  }

  private get set(): bool {
    return (this.at(RtcRegister.B) & RegisterB.SET) != 0;
  }

  private get updating(): bool {
    const phase = (this.tick - this.origin) & (TICKS_PER_SECOND - 1);
    return this.running && !this.set && phase >= TICKS_PER_SECOND - UPDATE_TICKS;
  }

  /** Ticks between two periodic interrupts as a power of two ("Rate Selection", table 5); 0 if there are none. */
  private get periodShift(): u32 {
    const rate = this.at(RtcRegister.A) & RegisterA.RATE;
    if (rate == 0) return 0;
    return rate <= 2 ? rate + 6 : rate - 1;
  }

  private get calendar(): Calendar {
    return changetype<Calendar>(changetype<usize>(this) + offsetof<Rtc>());
  }
}

/** Bytes that the clock takes in its state page. */
export const RTC_STATE_BYTES: usize = 256;
if (offsetof<Rtc>() + RTC_BYTES > RTC_STATE_BYTES) ERROR('the clock exceeds its part of the state page');
