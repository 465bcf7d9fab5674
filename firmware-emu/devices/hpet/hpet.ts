import { Clock, Timer } from '../../contract/handles';
import { Oscillator } from '../../contract/oscillator';
import {
  CAPABILITIES,
  CAPABILITIES_HIGH,
  Configuration,
  HPET_FREQUENCY,
  HpetRegister,
  LEGACY_ROUTE_0,
  LEGACY_ROUTE_1,
  TIMER_COUNT,
} from './registers';
import { HpetTimer } from './timer';

const NEVER: u64 = u64.MAX_VALUE;
const LOW_HALF: u64 = u32.MAX_VALUE;

/** The main counter and its three comparators. */
@unmanaged
export class Hpet {
  // Handles
  clock: Clock;
  timer: Timer;
  oscillator: Oscillator;

  // Volatile state
  private configuration: u32;
  /** The counter stood at `counter` at tick `start`, and runs since then if it is enabled. */
  private counter: u64;
  private start: u64;

  reset(): void {
    this.oscillator.connect(HPET_FREQUENCY);
    this.configuration = 0;
    this.counter = 0;
    this.start = 0;
    for (let index: u32 = 0; index < TIMER_COUNT; index++) this.timerAt(index).reset();
    this.sync();
  }

  /** Read the 32-bit half at `offset`, a multiple of 4. */
  read(offset: u32): u32 {
    this.advance();
    switch (offset) {
      case HpetRegister.CAPABILITIES:
        return CAPABILITIES;
      case HpetRegister.PERIOD:
        return CAPABILITIES_HIGH;
      case HpetRegister.CONFIGURATION:
        return this.configuration;
      case HpetRegister.INTERRUPT_STATUS:
        return this.interruptStatus;
      case HpetRegister.COUNTER_LOW:
        return <u32>this.present;
      case HpetRegister.COUNTER_HIGH:
        return <u32>(this.present >> 32);
      default:
        return isTimer(offset) ? this.timerAt(timerIndex(offset)).read(timerRegister(offset)) : 0;
    }
  }

  write(offset: u32, value: u32): void {
    this.advance();
    switch (offset) {
      case HpetRegister.CONFIGURATION:
        this.writeConfiguration(value & Configuration.MASK);
        break;
      case HpetRegister.INTERRUPT_STATUS:
        this.clearInterrupts(value);
        break;
      case HpetRegister.COUNTER_LOW:
        this.setCounter((this.counter & ~LOW_HALF) | value);
        break;
      case HpetRegister.COUNTER_HIGH:
        this.setCounter((this.counter & LOW_HALF) | ((<u64>value) << 32));
        break;
      default:
        if (isTimer(offset)) this.timerAt(timerIndex(offset)).write(timerRegister(offset), value);
    }
    this.schedule();
    this.sync();
  }

  /** Bring the comparators to the present. */
  advance(): void {
    const tick = this.tick;
    for (let index: u32 = 0; index < TIMER_COUNT; index++) this.timerAt(index).advance(tick);
    this.sync();
  }

  /** Timers 0 and 1 take the place of the PIT and the clock. */
  get replacesLegacy(): bool {
    return (this.configuration & Configuration.LEGACY_REPLACEMENT) != 0;
  }

  /** The interrupt line of timer `index`, or NO_ROUTE. */
  route(index: u32): u32 {
    if (!this.replacesLegacy || index > 1) return this.timerAt(index).route;
    return index == 0 ? LEGACY_ROUTE_0 : LEGACY_ROUTE_1;
  }

  /** The timers lie behind the fields. */
  timerAt(index: u32): HpetTimer {
    return changetype<HpetTimer>(changetype<usize>(this) + TIMERS + index * offsetof<HpetTimer>());
  }

  private get tick(): u64 {
    return this.oscillator.ticks(this.clock.now());
  }

  get running(): bool {
    return (this.configuration & Configuration.ENABLE) != 0;
  }

  /** While the counter runs it stands at the oscillator's tick plus this, modulo 2^64. */
  get offset(): u64 {
    return this.counter - this.start;
  }

  private get present(): u64 {
    return this.running ? this.tick + this.offset : this.counter;
  }

  private get interruptStatus(): u32 {
    let status: u32 = 0;
    for (let index: u32 = 0; index < TIMER_COUNT; index++) status |= (this.timerAt(index).active ? 1 : 0) << index;
    return status;
  }

  private writeConfiguration(value: u32): void {
    this.counter = this.present;
    this.start = this.tick;
    this.configuration = value;
  }

  private clearInterrupts(value: u32): void {
    for (let index: u32 = 0; index < TIMER_COUNT; index++) {
      if (((value >> index) & 1) != 0) this.timerAt(index).active = false;
    }
  }

  /** The counter can only be set while it stands still ([HPET] 2.3.7). */
  private setCounter(value: u64): void {
    if (!this.running) this.counter = value;
  }

  private schedule(): void {
    const counter = this.present;
    for (let index: u32 = 0; index < TIMER_COUNT; index++) {
      this.timerAt(index).schedule(counter, this.tick, this.running);
    }
  }

  /** Derive the lines' levels, and wake up when the first of them rises. */
  private sync(): void {
    let deadline = NEVER;
    for (let index: u32 = 0; index < TIMER_COUNT; index++) {
      this.timerAt(index).sync(this.running);
      deadline = min(deadline, this.timerAt(index).deadline);
    }
    if (deadline == NEVER) this.timer.disarm();
    else this.timer.arm(this.oscillator.time(deadline));
  }
}

/** Where the timers begin behind the HPET's fields. */
const TIMERS: usize = 64;
if (offsetof<Hpet>() > TIMERS) ERROR('the HPET runs into its timers');

/** Bytes that the HPET takes in its state page. */
export const HPET_BYTES: usize = 512;
if (TIMERS + TIMER_COUNT * offsetof<HpetTimer>() > HPET_BYTES) ERROR('the HPET exceeds its part of the state page');

function isTimer(offset: u32): bool {
  return offset >= HpetRegister.TIMERS && timerIndex(offset) < TIMER_COUNT;
}

function timerIndex(offset: u32): u32 {
  return (offset - HpetRegister.TIMERS) >> HpetRegister.TIMER_STRIDE_SHIFT;
}

function timerRegister(offset: u32): u32 {
  return offset & ((1 << HpetRegister.TIMER_STRIDE_SHIFT) - 1);
}
