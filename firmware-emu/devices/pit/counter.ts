import { remainder } from '../../contract/oscillator';
import { ControlWord, Format, Mode, Status } from './registers';

const NEVER: u64 = u64.MAX_VALUE;

/**
 * One counter of the 8254, evaluated lazily: it stores when it was loaded and with what, and computes count and output for the
 * clock tick it is asked about. Tick `t` is the t-th falling edge of CLK since reset; what software does between two ticks
 * takes effect with the later one, as on the chip.
 */
@unmanaged
export class Counter {
  /** The tick up to which the state is evaluated. */
  private tick: u64;
  /** Last control word without its counter number. */
  private control: u32;
  private mode: u32;
  private gate: bool;
  /** A count was written since the control word; it was loaded at least once since. */
  private written: bool;
  private loaded: bool;
  /** The count register waits to be loaded: the null count flag. */
  private pending: bool;
  /** The counting element decrements. */
  private running: bool;
  /** Count register, 1-65536; what is being written into it. */
  private reload: u32;
  private writeHigh: bool;
  private writeLow: u32;
  /** When the count register is loaded; NEVER while that waits for a trigger. */
  private loadTick: u64;
  /** The counting element: `count` at tick `start` if running, else `count` for good. `period` is what it was loaded with. */
  private start: u64;
  private count: u32;
  private period: u32;
  /** Modes 0, 1, 4, 5: the tick at which the count reaches or reached zero, NEVER if it does not. */
  private expiry: u64;
  /** Reading: second byte next of the running count (bit 0) and of the latched one (bit 1), latched count and status. */
  private readHigh: u32;
  private countLatched: bool;
  private statusLatched: bool;
  private latchedCount: u32;
  private latchedStatus: u32;

  /** Before it is programmed a counter is undefined; as in QEMU it runs in mode 3 with the largest count. */
  reset(tick: u64, gate: bool): void {
    this.gate = gate;
    this.tick = tick;
    this.program((Format.WORD << ControlWord.FORMAT_SHIFT) | (Mode.SQUARE_WAVE << ControlWord.MODE_SHIFT));
    this.write(0);
    this.write(0);
  }

  /** Bring the state to `tick`, which is not before the last one. */
  advance(tick: u64): void {
    if (this.loadTick <= tick) this.load();
    this.tick = tick;
  }

  /** Level of OUT. */
  get out(): bool {
    switch (this.mode) {
      case Mode.INTERRUPT_ON_TERMINAL_COUNT:
      case Mode.ONE_SHOT:
        return this.tick >= this.expiry;
      case Mode.RATE_GENERATOR:
        return !this.running || this.phase(this.tick) != this.period - 1;
      case Mode.SQUARE_WAVE:
        return !this.running || this.phase(this.tick) < this.highTicks;
      default:
        return this.tick != this.expiry;
    }
  }

  /** The first tick after the present at which OUT changes, as far as can be told before `nextLoad`; NEVER if it does not. */
  get nextEdge(): u64 {
    if (this.periodic) return this.periodicEdge();
    if (this.tick < this.expiry) return this.expiry;
    if (this.mode == Mode.ONE_SHOT) return this.loadTick;
    return this.mode != Mode.INTERRUPT_ON_TERMINAL_COUNT && this.tick == this.expiry ? this.tick + 1 : NEVER;
  }

  /** The tick at which the count is loaded; NEVER if nothing waits for that. */
  get nextLoad(): u64 {
    return this.loadTick;
  }

  /** Write the control word's lower six bits: everything restarts and waits for a count ("Write Operations"). */
  program(control: u32): void {
    this.count = this.present();
    this.control = control;
    const mode = (control >> ControlWord.MODE_SHIFT) & 7;
    this.mode = mode > Mode.HARDWARE_STROBE ? mode & 3 : mode;
    this.written = false;
    this.loaded = false;
    this.running = false;
    this.pending = true;
    this.writeHigh = false;
    this.readHigh = 0;
    this.countLatched = false;
    this.statusLatched = false;
    this.loadTick = NEVER;
    this.expiry = this.mode == Mode.ONE_SHOT ? 0 : NEVER;
  }

  /** Write one byte of a count. */
  write(value: u32): void {
    const format = this.control >> ControlWord.FORMAT_SHIFT;
    if (format == Format.LOW) this.accept(value);
    else if (format == Format.HIGH) this.accept(value << 8);
    else this.writeWord(value);
  }

  /** Read one byte: latched status, latched count, or the count as it is ("Read Operations"). */
  read(): u32 {
    if (this.statusLatched) {
      this.statusLatched = false;
      return this.latchedStatus;
    }
    const which: u32 = this.countLatched ? 2 : 1;
    const count = this.countLatched ? this.latchedCount : this.encoded();
    const format = this.control >> ControlWord.FORMAT_SHIFT;
    const high = format == Format.HIGH || (this.readHigh & which) != 0;
    if (format == Format.WORD) this.readHigh ^= which;
    if ((this.readHigh & 2) == 0) this.countLatched = false;
    return high ? count >> 8 : count & 0xff;
  }

  /** Latch the count until it is read; latching it again before that is ignored. */
  latchCount(): void {
    if (this.countLatched) return;
    this.latchedCount = this.encoded();
    this.countLatched = true;
  }

  /** Latch the status until it is read; latching it again before that is ignored. */
  latchStatus(): void {
    if (this.statusLatched) return;
    const flags = (this.out ? Status.OUT : 0) | (this.pending ? Status.NULL_COUNT : 0);
    this.latchedStatus = this.control | flags;
    this.statusLatched = true;
  }

  /** Level of the GATE input ("Gate Pin Operations Summary", figure 21). */
  setGate(level: bool): void {
    if (level == this.gate) return;
    this.gate = level;
    if (this.mode == Mode.INTERRUPT_ON_TERMINAL_COUNT || this.mode == Mode.SOFTWARE_STROBE) {
      if (level) this.resume();
      else this.suspend();
    } else if (level) this.trigger();
    else if (this.periodic) this.stopPeriod();
  }

  private writeWord(value: u32): void {
    this.writeHigh = !this.writeHigh;
    if (!this.writeHigh) {
      this.accept(this.writeLow | (value << 8));
      return;
    }
    this.writeLow = value;
    if (this.mode == Mode.INTERRUPT_ON_TERMINAL_COUNT) this.halt();
  }

  // Counting

  private get periodic(): bool {
    return this.mode == Mode.RATE_GENERATOR || this.mode == Mode.SQUARE_WAVE;
  }

  /** A complete count was written: it is loaded with the next clock, at the end of the period, or by a trigger. */
  private accept(encoded: u32): void {
    this.reload = this.decoded(encoded);
    this.pending = true;
    this.written = true;
    if (this.mode == Mode.INTERRUPT_ON_TERMINAL_COUNT) this.halt();
    if (this.periodic && this.running) this.loadTick = this.boundary(this.tick);
    else if (this.softwareLoaded) this.loadTick = this.tick + 1;
  }

  /** Is a count that was just written loaded with the next clock? Periods that GATE has stopped wait for their trigger. */
  private get softwareLoaded(): bool {
    if (this.periodic) return !this.loaded;
    return this.mode == Mode.INTERRUPT_ON_TERMINAL_COUNT || this.mode == Mode.SOFTWARE_STROBE;
  }

  /** A rising edge of GATE in modes 1, 2, 3 and 5: load with the next clock. */
  private trigger(): void {
    if (this.written) this.loadTick = this.tick + 1;
  }

  /** Counting register to counting element, at `loadTick`. */
  private load(): void {
    const low = this.mode == Mode.SQUARE_WAVE && this.running && this.phase(this.loadTick - 1) < this.highTicks;
    const continues = this.running && this.periodic;
    this.period = this.reload;
    this.count = this.mode == Mode.SQUARE_WAVE ? this.reload & ~1 : this.reload;
    this.start = low && continues ? this.loadTick - this.highTicks : this.loadTick;
    this.running = this.counts || this.mode == Mode.ONE_SHOT || this.mode == Mode.HARDWARE_STROBE;
    if (!this.periodic) this.expiry = this.running ? this.start + this.reload : NEVER;
    this.pending = false;
    this.loaded = true;
    this.loadTick = NEVER;
  }

  /** Mode 0 while a count is being written: nothing is counted and OUT is low at once. */
  private halt(): void {
    this.count = this.present();
    this.running = false;
    this.expiry = NEVER;
  }

  /** GATE is high, and in mode 0 no count is half written. */
  private get counts(): bool {
    return this.gate && !(this.writeHigh && this.mode == Mode.INTERRUPT_ON_TERMINAL_COUNT);
  }

  /** GATE falls in modes 0 and 4: the count stands still. */
  private suspend(): void {
    if (!this.running) return;
    this.count = this.present();
    this.running = false;
    if (this.expiry > this.tick) this.expiry = NEVER;
  }

  /** GATE rises in modes 0 and 4: counting goes on. */
  private resume(): void {
    if (!this.loaded || !this.counts) return;
    this.running = true;
    this.start = this.tick;
    if (this.expiry == NEVER) this.expiry = this.tick + this.count;
  }

  /** GATE falls in modes 2 and 3: OUT is high at once, and the next rising edge starts a new period. */
  private stopPeriod(): void {
    if (!this.running) return;
    this.count = this.present();
    this.running = false;
    this.loadTick = NEVER;
  }

  /** Value of the counting element as a number. */
  private present(): u32 {
    if (!this.running) return this.count;
    if (this.periodic) return this.presentPeriodic();
    const modulus: u32 = (this.control & ControlWord.BCD) != 0 ? 10_000 : 0x10000;
    const passed: u32 = remainder(this.tick - this.start, modulus);
    return this.count >= passed ? this.count - passed : this.count + modulus - passed;
  }

  /** Mode 3 counts by two, twice through each period; an odd count less one, and its high half one tick longer. */
  private presentPeriodic(): u32 {
    const phase = this.phase(this.tick);
    if (this.mode == Mode.RATE_GENERATOR) return this.period - phase;
    const half = phase < this.highTicks ? phase : phase - this.highTicks;
    return (this.period & ~1) - 2 * half;
  }

  private get highTicks(): u32 {
    return (this.period + 1) >> 1;
  }

  /** Ticks since the present period of modes 2 and 3 began. */
  private phase(tick: u64): u32 {
    return remainder(tick - this.start, this.period);
  }

  /** The next tick at which modes 2 and 3 reload: the end of the period, or of the half period. */
  private boundary(tick: u64): u64 {
    const phase = this.phase(tick);
    const end = this.mode == Mode.SQUARE_WAVE && phase < this.highTicks ? this.highTicks : this.period;
    return tick + (end - phase);
  }

  /** A count of 1 is illegal in these modes; OUT does not change then. */
  private periodicEdge(): u64 {
    if (!this.running || this.period == 1) return NEVER;
    if (this.mode == Mode.SQUARE_WAVE) return this.boundary(this.tick);
    const phase = this.phase(this.tick);
    return this.tick + (phase == this.period - 1 ? 1 : this.period - 1 - phase);
  }

  // Encoding

  /** Value of the counting element as its 16 bits. */
  private encoded(): u32 {
    const count = this.present();
    if ((this.control & ControlWord.BCD) == 0) return count & 0xffff;
    const low = (count % 10) | (((count / 10) % 10) << 4);
    return low | (((count / 100) % 10) << 8) | (((count / 1000) % 10) << 12);
  }

  /** 16 bits as a number; zero is the largest count: 65,536, or 10,000 in BCD. */
  private decoded(encoded: u32): u32 {
    if ((this.control & ControlWord.BCD) == 0) return encoded == 0 ? 0x10000 : encoded;
    const low = (encoded & 0xf) + ((encoded >> 4) & 0xf) * 10;
    const count = low + ((encoded >> 8) & 0xf) * 100 + (encoded >> 12) * 1000;
    return count == 0 ? 10_000 : count;
  }
}
