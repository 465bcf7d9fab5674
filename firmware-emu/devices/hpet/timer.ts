import { Line } from '../../contract/handles';
import { NO_ROUTE, ROUTE_CAPABILITY, TimerConfiguration, TimerRegister } from './registers';

const NEVER: u64 = u64.MAX_VALUE;
const LOW_HALF: u64 = u32.MAX_VALUE;

/**
 * One comparator. It matches when the main counter comes to be equal to it; what lies behind the counter has to wait until the
 * counter has gone round, as the specification has it. Evaluated lazily: `match` says at which tick that is.
 */
@unmanaged
export class HpetTimer {
  // Handles
  line: Line;

  // Volatile state
  private configuration: u32;
  /** The comparator's value; in periodic mode the period is added at each match. */
  private comparator: u64;
  private period: u64;
  /** The next write of the comparator's low half, or of its high half, sets the comparator too. */
  private setLow: bool;
  private setHigh: bool;
  /** Level-triggered interrupt: active until software clears it. */
  active: bool;
  /** Tick of the next match; NEVER if there is none. */
  match: u64;

  reset(): void {
    this.configuration = 0;
    this.comparator = NEVER;
    this.period = 0;
    this.setLow = false;
    this.setHigh = false;
    this.active = false;
    this.match = NEVER;
  }

  read(register: u32): u32 {
    switch (register) {
      case TimerRegister.CONFIGURATION:
        return this.configuration | TimerConfiguration.CAPABILITIES;
      case TimerRegister.ROUTE_CAPABILITY:
        return ROUTE_CAPABILITY;
      case TimerRegister.COMPARATOR_LOW:
        return <u32>this.comparator;
      case TimerRegister.COMPARATOR_HIGH:
        return <u32>((this.comparator & this.mask) >> 32);
      default:
        return 0;
    }
  }

  write(register: u32, value: u32): void {
    switch (register) {
      case TimerRegister.CONFIGURATION:
        this.writeConfiguration(value);
        break;
      case TimerRegister.COMPARATOR_LOW:
        this.writeLow(value);
        break;
      case TimerRegister.COMPARATOR_HIGH:
        this.writeHigh(value);
        break;
    }
  }

  /** Interrupt line that software has chosen; NO_ROUTE before it has. */
  get route(): u32 {
    const route = (this.configuration & TimerConfiguration.ROUTE) >> TimerConfiguration.ROUTE_SHIFT;
    return ((ROUTE_CAPABILITY >> route) & 1) != 0 ? route : NO_ROUTE;
  }

  /** Find the next match when the main counter is at `counter` and, unless `running`, stands still. */
  schedule(counter: u64, tick: u64, running: bool): void {
    const distance = (this.comparator - counter) & this.mask;
    this.match = running ? later(tick, distance != 0 ? distance : this.turn) : NEVER;
  }

  /** Time has come to `tick`: carry out what has matched. */
  advance(tick: u64): void {
    if (tick < this.match) return;
    const step = this.periodic ? this.period : this.turn;
    if (step == 0 || step == NEVER) this.match = NEVER;
    else this.repeat(tick, step);
    if ((this.configuration & TimerConfiguration.LEVEL) != 0) this.active = true;
    else this.pulse();
  }

  /** Drive the line of a level-triggered timer; none interrupts while the HPET is not enabled ([HPET] 2.3.5, ENABLE_CNF). */
  sync(enabled: bool): void {
    this.line.set(this.active && this.interrupts && enabled);
  }

  /** Tick at which the line will rise by itself; NEVER if it will not. */
  get deadline(): u64 {
    return this.interrupts && !this.active ? this.match : NEVER;
  }

  private repeat(tick: u64, step: u64): void {
    const matches = (tick - this.match) / step + 1;
    this.match += matches * step;
    if (this.periodic) this.comparator = (this.comparator + matches * step) & this.mask;
  }

  private pulse(): void {
    if (!this.interrupts) return;
    this.line.set(true);
    this.line.set(false);
  }

  /** A route that is not among the capabilities is not taken ([HPET] 2.3.8, Tn_INT_ROUTE_CNF). */
  private writeConfiguration(value: u32): void {
    const wanted = (value & TimerConfiguration.ROUTE) >> TimerConfiguration.ROUTE_SHIFT;
    const possible = ((ROUTE_CAPABILITY >> wanted) & 1) != 0;
    const route = (possible ? value : this.configuration) & TimerConfiguration.ROUTE;
    this.configuration = (value & TimerConfiguration.MASK) | route;
    this.setLow = (value & TimerConfiguration.SET_VALUE) != 0;
    this.setHigh = false;
    if ((value & TimerConfiguration.LEVEL) == 0) this.active = false;
    this.comparator &= this.mask;
    this.period &= this.mask;
  }

  /** SET_VALUE ends with this write; a 64-bit write arrives as two, and it is meant for both ([HPET] 2.3.9.2). */
  private writeLow(value: u32): void {
    if (!this.periodic || this.setLow) this.comparator = (this.comparator & ~LOW_HALF) | value;
    this.period = (this.period & ~LOW_HALF) | value;
    this.setHigh = this.setLow;
    this.setLow = false;
  }

  private writeHigh(value: u32): void {
    const high = ((<u64>value) << 32) & this.mask;
    if (!this.periodic || this.setLow || this.setHigh) this.comparator = (this.comparator & LOW_HALF) | high;
    this.period = (this.period & LOW_HALF) | high;
    this.setHigh = false;
  }

  private get interrupts(): bool {
    return (this.configuration & TimerConfiguration.INTERRUPT) != 0;
  }

  private get periodic(): bool {
    return (this.configuration & TimerConfiguration.PERIODIC) != 0;
  }

  private get mask(): u64 {
    return (this.configuration & TimerConfiguration.WIDTH_32) != 0 ? LOW_HALF : NEVER;
  }

  /** Ticks in which the counter goes round; NEVER stands for 2^64, which nobody lives to see. */
  private get turn(): u64 {
    return (this.configuration & TimerConfiguration.WIDTH_32) != 0 ? LOW_HALF + 1 : NEVER;
  }
}

function later(tick: u64, distance: u64): u64 {
  return tick + distance < tick ? NEVER : tick + distance;
}
