import type { VirtualClock } from '../time/clock';
import { PicPair } from './pic-pair';

/**
 * What becomes of timer ticks that fall due while the guest cannot take them. The four are Xen's timer modes for HVM guests
 * ([Xen] public/hvm/params.h, HVM_PARAM_TIMER_MODE).
 */
export const MissedTicks = {
  /** They collapse into one that is late: what the 8259A's request bit does by itself. Xen: one_missed_tick_pending. */
  ONE_PENDING: 'one pending',
  /** They are forgotten; the next one on time is the next. Xen: no_missed_ticks_pending. */
  NONE_PENDING: 'none pending',
  /** All are delivered, as fast as the guest takes them. Xen: no_delay_for_missed_ticks. */
  NO_DELAY: 'no delay',
  /** All are delivered, and the guest's clock is held back to the time at which each was due. Xen: delay_for_missed_ticks. */
  DELAY: 'delay',
} as const;
export type MissedTicks = (typeof MissedTicks)[keyof typeof MissedTicks];

const TICK_LINE = 0;
/** [8259A] "Initialization Command Words": bit 4 of a write to A0 = 0. */
const MASTER_COMMAND = 0x20;
const ICW1 = 0x10;

/**
 * An interrupt controller that keeps account of the ticks of line 0. It looks at the line and nothing else, so it works for the
 * 8254 wherever that is emulated; it cannot count ticks that a late device model never raised.
 *
 * Of the guest's clocks, `DELAY` holds back the time stamp counter.
 */
export class TickKeeper extends PicPair {
  /** When each tick was due that the guest has not taken yet, oldest first. */
  private untaken: number[] = [];
  private high = false;

  constructor(
    private readonly policy: MissedTicks,
    private readonly clock: VirtualClock,
  ) {
    super();
  }

  override reset(): void {
    super.reset();
    this.untaken = [];
    this.clock.heldBack = 0;
  }

  override setLine(line: number, level: boolean): void {
    if (line === TICK_LINE) {
      if (level && !this.high && !this.masked) this.untaken.push(this.clock.now);
      this.high = level;
    }
    super.setLine(line, level);
  }

  /** A guest that masks the line, or initialises the chip (ICW1), wants no ticks of before. */
  override write(port: number, value: number): void {
    super.write(port, value);
    if (this.masked || (port === MASTER_COMMAND && (value & ICW1) !== 0)) this.untaken = [];
  }

  override acknowledge(): number {
    const isTick = this.master.pending() === TICK_LINE;
    const vector = super.acknowledge();
    if (isTick) this.taken();
    return vector;
  }

  /** The guest could not run for `nanoseconds` up to now. */
  slept(nanoseconds: number): void {
    if (this.untaken.length === 0) return;
    if (this.policy === MissedTicks.DELAY) this.clock.heldBack += nanoseconds;
    if (this.policy !== MissedTicks.NONE_PENDING) return;
    this.untaken = [];
    // The request is withdrawn, as by a line that falls; the line's next edge is the next tick.
    super.setLine(TICK_LINE, false);
  }

  private get masked(): boolean {
    return (this.master.state.mask & (1 << TICK_LINE)) !== 0;
  }

  private taken(): void {
    const due = this.untaken.shift() ?? this.clock.now;
    if (this.policy !== MissedTicks.NO_DELAY && this.policy !== MissedTicks.DELAY) this.untaken = [];
    if (this.untaken.length > 0) this.pulse(TICK_LINE);
    const late = this.untaken.length > 0 ? this.clock.now - due : 0;
    this.clock.heldBack = Math.min(this.clock.heldBack, late);
  }

  override save(): ReturnType<PicPair['save']> & { untaken: number[]; high: boolean } {
    return { ...super.save(), untaken: [...this.untaken], high: this.high };
  }

  override restore(state: ReturnType<TickKeeper['save']>): void {
    super.restore(state);
    this.untaken = [...state.untaken];
    this.high = state.high;
  }
}
