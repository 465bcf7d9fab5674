/**
 * One counter of the 8254, clocked tick by tick as the timing diagrams of [8254] "Mode Definitions" show it. Stretches
 * in which nothing but the count changes are taken in one stride, and so are whole periods of modes 2 and 3.
 *
 * Where the data sheet is silent: between a control word and the first load the counting element keeps its value; a
 * count of 1 in modes 2 and 3 (illegal) leaves OUT high.
 */

/** How the bytes of a count travel; the value is the field RW1 RW0 of the control word, [8254] figure 7. */
/** 1 is LSB only, the remaining case. */
const MSB_ONLY = 2;
const LSB_THEN_MSB = 3;

/** Modes in which a low GATE stops the counting, [8254] figure 21. */
const GATE_STOPS = [true, false, true, true, true, false] as const;
/** Modes in which a rising GATE starts the sequence anew. */
const GATE_TRIGGERS = [false, true, true, true, false, true] as const;
/** Modes that take up every new count on the next CLK; modes 2 and 3 do it for the first one, 1 and 5 wait for GATE. */
const LOADS_EACH_COUNT = [true, false, false, false, true, false] as const;
const LOADS_FIRST_COUNT = [true, false, true, true, true, false] as const;

const toBcd = (count: number): number =>
  ((Math.floor(count / 1000) % 10) << 12) |
  ((Math.floor(count / 100) % 10) << 8) |
  ((Math.floor(count / 10) % 10) << 4) |
  (count % 10);

const fromBcd = (raw: number): number =>
  (raw >> 12) * 1000 + ((raw >> 8) & 15) * 100 + ((raw >> 4) & 15) * 10 + (raw & 15);

export class Counter {
  /** Level of the OUT pin. */
  out = true;
  private control = 0;
  /** 0 .. 5. */
  mode = 0;
  private access = LSB_THEN_MSB;
  private modulus = 0x1_0000;
  private gate = true;

  /** Count register CR as last written completely, in counts: 1 .. modulus (a zero written means the modulus). */
  private written = 0x1_0000;
  /** The count that the running sequence was loaded with. */
  loaded = 0x1_0000;
  /** Counting element CE: 0 .. modulus, where the modulus reads as 0. */
  private element = 0;

  private nullCount = true;
  /** A count has been written since the control word. */
  private armed = false;
  /** CE has been loaded since the control word. */
  counting = false;
  loadOnNextClock = false;
  /** Mode 0 between the two bytes of a count. */
  private halted = false;
  /** The sequence's OUT event is still to come: the terminal count of modes 0, 1, 4 and 5. */
  private expiryDue = false;

  private lowByteWritten: number | undefined;
  private readHighNext = false;
  /** What the next read gives instead of the count. */
  latchedStatus: number | undefined;
  private latchedBytes: number[] = [];

  constructor(private readonly onOut: (level: boolean) => void) {}

  /** A control word for this counter, D7 D6 already taken off. */
  program(control: number): void {
    this.control = control & 0x3f;
    const field = (control >> 1) & 7;
    this.mode = field > 5 ? field - 4 : field;
    this.access = (control >> 4) & 3;
    this.modulus = control & 1 ? 10_000 : 0x1_0000;
    this.written = this.modulus;
    this.nullCount = true;
    this.armed = this.counting = this.loadOnNextClock = this.halted = this.expiryDue = false;
    this.lowByteWritten = undefined;
    this.readHighNext = false;
    this.latchedStatus = undefined;
    this.latchedBytes = [];
    this.setOut(this.mode !== 0);
  }

  /** A byte written to the counter's port. */
  writeByte(value: number): void {
    if (this.access === LSB_THEN_MSB && this.lowByteWritten === undefined) {
      this.lowByteWritten = value;
      if (this.mode === 0) {
        this.halted = true;
        this.setOut(false);
      }
      return;
    }
    const raw =
      this.access === MSB_ONLY
        ? value << 8
        : (this.lowByteWritten ?? 0) | (value << (this.access === LSB_THEN_MSB ? 8 : 0));
    this.lowByteWritten = undefined;
    this.acceptCount(raw);
  }

  private acceptCount(raw: number): void {
    const count = this.modulus === 10_000 ? fromBcd(raw) : raw;
    this.written = count === 0 ? this.modulus : count;
    this.nullCount = true;
    this.halted = false;
    if (LOADS_EACH_COUNT[this.mode] || (LOADS_FIRST_COUNT[this.mode] && !this.armed)) {
      this.loadOnNextClock = true;
    }
    this.armed = true;
    if (this.mode === 0) {
      this.setOut(false);
    }
  }

  /** A byte read from the counter's port: latched status first, then the latched count, else the count as it runs. */
  readByte(): number {
    if (this.latchedStatus !== undefined) {
      const status = this.latchedStatus;
      this.latchedStatus = undefined;
      return status;
    }
    const latched = this.latchedBytes.shift();
    if (latched !== undefined) {
      return latched;
    }
    const high = this.access === MSB_ONLY || this.readHighNext;
    if (this.access === LSB_THEN_MSB) {
      this.readHighNext = !this.readHighNext;
    }
    return high ? this.count >> 8 : this.count & 0xff;
  }

  /** Counter latch command; ignored while an earlier one has not been read, [8254] "Counter Latch Command". */
  latchCount(): void {
    if (this.latchedBytes.length > 0) {
      return;
    }
    const [low, high] = [this.count & 0xff, this.count >> 8];
    if (this.access === LSB_THEN_MSB) {
      this.latchedBytes = [low, high];
    } else {
      this.latchedBytes = [this.access === MSB_ONLY ? high : low];
    }
  }

  /** Status latch of the read-back command, [8254] figure 11. */
  latchStatus(): void {
    this.latchedStatus ??= (this.out ? 0x80 : 0) | (this.nullCount ? 0x40 : 0) | this.control;
  }

  /** CE as the data bus shows it: 16 bits, four decimal digits in BCD. */
  private get count(): number {
    const count = this.element % this.modulus;
    return this.modulus === 10_000 ? toBcd(count) : count;
  }

  setGate(level: boolean): void {
    const rising = level && !this.gate;
    this.gate = level;
    if (rising && GATE_TRIGGERS[this.mode] && this.armed) {
      this.loadOnNextClock = true;
    }
    if (!level && (this.mode === 2 || this.mode === 3)) {
      this.setOut(true);
    }
  }

  private setOut(level: boolean): void {
    if (level !== this.out) {
      this.out = level;
      this.onOut(level);
    }
  }

  /** `clocks` CLK pulses. OUT's changes are reported in order; of many whole periods the last ones are run through. */
  advance(clocks: number): void {
    let left = clocks;
    while (left > 0) {
      const quiet = Math.min(left, this.quietClocks());
      if (quiet > 0) {
        this.countDown(quiet);
        left -= quiet;
        continue;
      }
      this.clock();
      left--;
      if (left > 4 * this.loaded && this.repeats()) {
        // An even number of periods, so that whatever toggles with OUT is right too.
        left = 2 * this.loaded + (left % (2 * this.loaded));
      }
    }
  }

  /** CLK pulses that change nothing but CE; `Infinity` if no event is ahead. The pulse after them may change OUT. */
  quietClocks(): number {
    if (this.loadOnNextClock || ((this.mode === 4 || this.mode === 5) && !this.out)) {
      return 0;
    }
    if (this.stopped()) {
      return Number.POSITIVE_INFINITY;
    }
    if (this.mode === 2) {
      return Math.max(0, this.element - 2);
    }
    if (this.mode === 3) {
      return this.loaded === 1 ? 0 : this.halfCycleLeft() - 1;
    }
    return this.expiryDue ? this.element - 1 : Number.POSITIVE_INFINITY;
  }

  private stopped(): boolean {
    return !this.counting || this.halted || (!this.gate && GATE_STOPS[this.mode]!);
  }

  /** Modes 2 and 3 with no other count waiting: `loaded` clocks from now everything is as it is now. */
  private repeats(): boolean {
    return (
      (this.mode === 2 || this.mode === 3) && !this.stopped() && !this.loadOnNextClock && this.written === this.loaded
    );
  }

  /** Clocks to the next reload in mode 3; an odd count's high half lasts one longer, [8254] "Mode 3". */
  private halfCycleLeft(): number {
    return this.element / 2 + (this.out && this.loaded % 2 === 1 ? 1 : 0);
  }

  private countDown(clocks: number): void {
    if (this.stopped()) {
      return;
    }
    const left = this.element - (this.mode === 3 ? 2 : 1) * clocks;
    this.element = left >= 0 ? left : ((left % this.modulus) + this.modulus) % this.modulus;
  }

  /** One CLK pulse that may be an event. */
  private clock(): void {
    if ((this.mode === 4 || this.mode === 5) && !this.out) {
      this.setOut(true);
    }
    if (this.loadOnNextClock) {
      this.load();
      this.setOut(this.mode > 1);
    } else if (!this.stopped()) {
      this.clockRunning();
    }
  }

  /** CR to CE. The pulse that loads does not decrement. */
  private load(): void {
    this.loadOnNextClock = false;
    this.counting = true;
    this.nullCount = false;
    this.expiryDue = true;
    this.loaded = this.written;
    this.element = this.mode === 3 ? this.loaded - (this.loaded % 2) : this.loaded;
  }

  private clockRunning(): void {
    if (this.mode === 2) {
      this.clockRateGenerator();
    } else if (this.mode === 3) {
      this.clockSquareWave();
    } else {
      this.countDown(1);
      if (this.expiryDue && this.element === 0) {
        this.expiryDue = false;
        this.setOut(this.mode < 2);
      }
    }
  }

  /** Mode 2: low while CE is 1, reloaded by the pulse after that. */
  private clockRateGenerator(): void {
    if (this.element === 1) {
      this.load();
      this.setOut(true);
    } else {
      this.countDown(1);
      this.setOut(this.element !== 1);
    }
  }

  private clockSquareWave(): void {
    if (this.loaded === 1) {
      this.load();
    } else if (this.halfCycleLeft() === 1) {
      this.load();
      this.setOut(!this.out);
    } else {
      this.countDown(1);
    }
  }
}
