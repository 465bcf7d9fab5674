/** One comparator of the HPET. References are to [HPET]. Counter values are 64-bit, as BigInt. */

/** Configuration and capability bits, 2.3.8. */
export const TimerBit = {
  Level: 0x0002,
  InterruptEnable: 0x0004,
  Periodic: 0x0008,
  PeriodicCapable: 0x0010,
  SixtyFourBits: 0x0020,
  SetValue: 0x0040,
  Force32: 0x0100,
} as const;
const WRITABLE = TimerBit.Level | TimerBit.InterruptEnable | TimerBit.Periodic | TimerBit.Force32;
const CAPABILITIES = TimerBit.PeriodicCapable | TimerBit.SixtyFourBits;
const ROUTE_SHIFT = 9;
const ROUTE_MASK = 0x1f;

const LOW = 0xffff_ffffn;
const ALL = 0xffff_ffff_ffff_ffffn;

/**
 * A timer forced to 32 bits compares the lower half of the counter, and so matches again each time that comes round.
 * 2.3.9.2.1 calls this "another interrupt when the main counter wraps around".
 */
export class HpetTimer {
  private settings = 0;
  private setValue = false;
  /** Interrupt line selected by the route field. */
  route = 0;
  private comparator = ALL;
  private period = 0n;
  /** The timer's bit of the general interrupt status register. */
  active = false;

  /** `routes`: bit n set if the interrupt can be routed to line n. */
  constructor(private readonly routes: number) {}

  reset(): void {
    this.settings = 0;
    this.setValue = false;
    this.route = 0;
    this.comparator = ALL;
    this.period = 0n;
    this.active = false;
  }

  get interruptEnabled(): boolean {
    return (this.settings & TimerBit.InterruptEnable) !== 0;
  }

  get level(): boolean {
    return (this.settings & TimerBit.Level) !== 0;
  }

  private get periodic(): boolean {
    return (this.settings & TimerBit.Periodic) !== 0;
  }

  private get narrow(): boolean {
    return (this.settings & TimerBit.Force32) !== 0;
  }

  private get mask(): bigint {
    return this.narrow ? LOW : ALL;
  }

  /** The 32 bits at offset 0, 4, 8 or 12 of the timer's registers; the rest (FSB route) is not there. */
  read(offset: number): number {
    switch (offset) {
      case 0:
        return this.settings | CAPABILITIES | (this.route << ROUTE_SHIFT);
      case 4:
        return this.routes;
      case 8:
        return Number(this.comparator & LOW);
      case 12:
        return Number(this.comparator >> 32n);
      default:
        return 0;
    }
  }

  write(offset: number, value: number): void {
    switch (offset) {
      case 0:
        this.configure(value);
        break;
      case 8:
        this.setComparator((old) => (old & ~LOW) | BigInt(value));
        break;
      case 12:
        if (!this.narrow) {
          this.setComparator((old) => (old & LOW) | (BigInt(value) << 32n));
        }
        break;
    }
  }

  private configure(value: number): void {
    this.settings = value & WRITABLE;
    this.setValue = (value & TimerBit.SetValue) !== 0;
    const route = (value >> ROUTE_SHIFT) & ROUTE_MASK;
    // A route that is not in the capabilities is not taken: software finds out by reading back.
    if ((this.routes >>> route) & 1) {
      this.route = route;
    }
    this.comparator &= this.mask;
    this.period &= this.mask;
    if (!this.level) {
      this.active = false;
    }
  }

  /**
   * A periodic timer's accumulator is only written after Tn_VAL_SET_CNF. The period is "the value last written to the register",
   * whatever the timer's mode was then, 2.3.9.2.2.
   */
  private setComparator(change: (old: bigint) => bigint): void {
    this.period = change(this.period) & this.mask;
    if (!this.periodic || this.setValue) {
      this.comparator = change(this.comparator) & this.mask;
    }
    this.setValue = false;
  }

  /** Ticks from counter value `counter` to the next match: 1 .. 2^32 or 2^64. */
  ticksToMatch(counter: bigint): bigint {
    const distance = (this.comparator - counter) & this.mask;
    return distance === 0n ? this.mask + 1n : distance;
  }

  /** A one-shot timer of 32 bits whose match lies behind the wrap of the counter's lower half. */
  matchesAfterWrap(counter: bigint): boolean {
    return this.interruptEnabled && this.narrow && !this.periodic && this.comparator < (counter & LOW);
  }

  /** The counter has gone from `from` up by `ticks`; true if it has matched. */
  advance(from: bigint, ticks: bigint): boolean {
    const first = this.ticksToMatch(from);
    if (ticks < first) {
      return false;
    }
    if (this.periodic && this.period > 0n) {
      const matches = 1n + (ticks - first) / this.period;
      this.comparator = (this.comparator + matches * this.period) & this.mask;
    }
    return true;
  }
}
