import { Clock, Line, Machine, Timer } from '../../contract/handles';
import { Oscillator } from '../../contract/oscillator';
import {
  ApmCommand,
  PM_FREQUENCY,
  PM_TIMER_HALF_SHIFT,
  PM_TIMER_MASK,
  PmControl,
  PmEvent,
  PmRegister,
  SOFT_OFF,
} from './registers';

/** PM1 event and control registers, the power-management timer, and the APM ports by which ACPI is switched on. */
@unmanaged
export class Pm {
  // Handles
  clock: Clock;
  /** The system control interrupt. */
  line: Line;
  timer: Timer;
  oscillator: Oscillator;
  machine: Machine;

  // Volatile state
  private status: u32;
  private enable: u32;
  private control: u32;
  /** The tick up to which the status is evaluated. */
  private tick: u64;
  private apmControl: u32;
  apmStatus: u32;

  reset(): void {
    this.oscillator.connect(PM_FREQUENCY);
    this.status = 0;
    this.enable = 0;
    this.control = 0;
    this.apmControl = 0;
    this.apmStatus = 0;
    this.tick = this.oscillator.ticks(this.clock.now());
    this.sync();
  }

  /** Read the byte at `offset` from the base, 0 to PmRegister.END - 1, in the 32 bits around it. */
  read(offset: u32): u32 {
    this.advance();
    const shift = (offset & 3) << 3;
    if (offset >= PmRegister.TIMER) return ((<u32>this.tick & PM_TIMER_MASK) >> shift) & 0xff;
    if (offset >= PmRegister.CONTROL) return (this.control >> shift) & 0xff;
    return ((this.status | (this.enable << 16)) >> shift) & 0xff;
  }

  write(offset: u32, value: u32): void {
    this.advance();
    const shift = (offset & 1) << 3;
    const bits = value << shift;
    const others: u32 = 0xff00 >> shift;
    if (offset < PmRegister.ENABLE) this.status &= ~bits;
    else if (offset < PmRegister.CONTROL) this.enable = ((this.enable & others) | bits) & PmEvent.ENABLES;
    else if (offset < PmRegister.CONTROL + 2) this.writeControl((this.control & others) | bits);
    this.sync();
  }

  get apm(): u32 {
    return this.apmControl;
  }

  /** What system management mode would do at these commands. */
  writeApm(value: u32): void {
    this.apmControl = value;
    if (value == ApmCommand.ACPI_ENABLE) this.control |= PmControl.INTERRUPT;
    else if (value == ApmCommand.ACPI_DISABLE) this.control &= ~PmControl.INTERRUPT;
    this.sync();
  }

  /** Bring the status to the present. */
  advance(): void {
    const before = this.tick;
    this.tick = this.oscillator.ticks(this.clock.now());
    if (before >> PM_TIMER_HALF_SHIFT == this.tick >> PM_TIMER_HALF_SHIFT) return;
    this.status |= PmEvent.TIMER;
    this.sync();
  }

  /** Soft off ends the machine. From any other sleep it awakes at once, because nothing here can sleep. */
  private writeControl(value: u32): void {
    this.control = value & PmControl.KEPT;
    if ((value & PmControl.SLEEP) == 0) return;
    if ((value & PmControl.SLEEP_TYPE) >> PmControl.SLEEP_TYPE_SHIFT == SOFT_OFF) this.machine.powerOff();
    else this.status |= PmEvent.WAKE;
  }

  /** Derive the interrupt level, and wake up when the timer raises it next. */
  private sync(): void {
    const enabled = (this.control & PmControl.INTERRUPT) != 0 ? this.enable : 0;
    this.line.set((this.status & enabled) != 0);
    if ((enabled & PmEvent.TIMER) == 0 || (this.status & PmEvent.TIMER) != 0) this.timer.disarm();
    else this.timer.arm(this.oscillator.time(((this.tick >> PM_TIMER_HALF_SHIFT) + 1) << PM_TIMER_HALF_SHIFT));
  }
}
