import { Clock, Line, Timer } from '../../contract/handles';
import { Oscillator } from '../../contract/oscillator';
import { Counter } from './counter';
import { decodeRead, decodeWrite, PitRegister } from './decode';
import { ControlWord, Format, PIT_FREQUENCY, REFRESH_TICKS, ReadBack, SystemControl } from './registers';

const COUNTERS: u32 = 3;
const NEVER: u64 = u64.MAX_VALUE;

/** The 8254 and what a PC has around it: GATE 0 and 1 held high, GATE 2 and OUT 2 at system control port B. */
@unmanaged
export class Pit {
  // Handles
  clock: Clock;
  /** OUT of counter 0. */
  line: Line;
  timer: Timer;
  oscillator: Oscillator;

  // Volatile state
  private systemControl: u32;
  /** Something else drives counter 0's interrupt line: the HPET's legacy replacement. */
  private replaced: bool;
  /** Where counter 0's output changes next, as of the last evaluation. */
  private nextEdge: u64;
  /** When the counters have to be looked at again: at that edge, or when a count is loaded before it. */
  private wakeTick: u64;

  reset(): void {
    this.oscillator.connect(PIT_FREQUENCY);
    const tick = this.oscillator.ticks(this.clock.now());
    this.systemControl = 0;
    this.replaced = false;
    for (let index: u32 = 0; index < COUNTERS; index++) this.counter(index).reset(tick, index != 2);
    this.sync();
  }

  /** Read the register at `offset` from the 8254's base; SYSTEM_CONTROL is one of them. */
  read(offset: u32): u32 {
    this.advance();
    const register = decodeRead(offset);
    if (register < COUNTERS) return this.counter(register).read();
    return register == PitRegister.SYSTEM_CONTROL ? this.readSystemControl() : 0xff;
  }

  write(offset: u32, value: u32): void {
    this.advance();
    const register = decodeWrite(offset);
    if (register < COUNTERS) this.counter(register).write(value);
    else if (register == PitRegister.CONTROL) this.writeControl(value);
    else if (register == PitRegister.SYSTEM_CONTROL) this.writeSystemControl(value);
    this.sync();
  }

  /** Bring all counters to the present and show what counter 0's output did meanwhile. */
  advance(): void {
    const tick = this.oscillator.ticks(this.clock.now());
    if (tick >= this.wakeTick) this.catchUp(tick);
    for (let index: u32 = 0; index < COUNTERS; index++) this.counter(index).advance(tick);
  }

  /** Give counter 0's interrupt line away, or take it back. */
  replace(replaced: bool): void {
    this.advance();
    this.replaced = replaced;
    this.sync();
  }

  private readSystemControl(): u32 {
    const refresh = ((this.oscillator.ticks(this.clock.now()) / REFRESH_TICKS) & 1) != 0;
    const inputs = (refresh ? SystemControl.REFRESH : 0) | (this.counter(2).out ? SystemControl.OUT_2 : 0);
    return this.systemControl | inputs;
  }

  private writeSystemControl(value: u32): void {
    this.systemControl = value & SystemControl.WRITABLE;
    this.counter(2).setGate((value & SystemControl.GATE_2) != 0);
  }

  private writeControl(value: u32): void {
    const index = value >> ControlWord.COUNTER_SHIFT;
    const control = value & ControlWord.PROGRAMMED;
    if (index == ControlWord.READ_BACK) this.readBack(value);
    else if (control >> ControlWord.FORMAT_SHIFT == Format.LATCH) this.counter(index).latchCount();
    else this.counter(index).program(control);
  }

  private readBack(value: u32): void {
    for (let index: u32 = 0; index < COUNTERS; index++) {
      if ((value & (ReadBack.COUNTER_0 << index)) == 0) continue;
      if ((value & ReadBack.NO_COUNT) == 0) this.counter(index).latchCount();
      if ((value & ReadBack.NO_STATUS) == 0) this.counter(index).latchStatus();
    }
  }

  /**
   * Something has happened to counter 0 since the last evaluation. If a count was loaded, the next edge is known only from
   * then on; if an edge has passed and the output is back where it was, the line has to show at least one pulse.
   */
  private catchUp(tick: u64): void {
    const counter = this.counter(0);
    if (this.wakeTick < this.nextEdge) {
      counter.advance(this.wakeTick);
      this.nextEdge = counter.nextEdge;
    }
    counter.advance(tick);
    if (tick >= this.nextEdge && !this.replaced) this.line.set(!counter.out);
    this.sync();
  }

  /** Derive the interrupt level from counter 0's output, and wake up at its next edge. */
  private sync(): void {
    const counter = this.counter(0);
    this.line.set(counter.out && !this.replaced);
    this.nextEdge = counter.nextEdge;
    this.wakeTick = min(this.nextEdge, counter.nextLoad);
    if (this.wakeTick == NEVER) this.timer.disarm();
    else this.timer.arm(this.oscillator.time(this.wakeTick));
  }

  /** The counters lie behind the fields. */
  private counter(index: u32): Counter {
    return changetype<Counter>(changetype<usize>(this) + PIT_COUNTERS + index * offsetof<Counter>());
  }
}

/** Where the counters begin. */
const PIT_COUNTERS: usize = 64;
if (offsetof<Pit>() > PIT_COUNTERS) ERROR('the PIT runs into its counters');

/** Bytes that the PIT takes in its state page. */
export const PIT_BYTES: usize = 1024;
if (PIT_COUNTERS + COUNTERS * offsetof<Counter>() > PIT_BYTES) ERROR('the PIT exceeds its part of the state page');
