import type { Timeline } from '../trace/timeline';

/** Who executes when time passes, and so is charged for it. */
export const Payer = {
  /** The guest's own instructions. */
  GUEST: 0,
  /** Firmware inside the guest: on the guest's account, but not its own work. */
  FIRMWARE: 1,
  HYPERVISOR: 2,
  DOMAIN0: 3,
  STUB_DOMAIN: 4,
} as const;
export type Payer = (typeof Payer)[keyof typeof Payer];
export const PAYER_COUNT = 5;

/** Nothing is charged: always this object, so that one comparison tells. */
export const NO_CHARGES = new Float64Array(PAYER_COUNT);

const PICOSECONDS = 1000;

/**
 * Virtual time in whole nanoseconds since the machine was reset, moved by instructions and by charges from the cost model and
 * by nothing else. A double counts nanoseconds exactly for 104 days.
 */
export class VirtualClock {
  /** Nanoseconds. */
  now = 0;
  /** Whoever is charged now works beside the vCPU, on a processor of its own: the guest's time does not pass for it. */
  beside = false;
  /** Nanoseconds by which the guest's time stamp counter is behind, while a policy for missed ticks holds it back. */
  heldBack = 0;
  /** Draws where time goes, if anybody wants to see it. */
  timeline: Timeline | undefined;
  /** Picoseconds below one nanosecond that instructions left over. */
  private remainder = 0;
  /** Nanoseconds charged to each Payer. */
  readonly charged = new Float64Array(PAYER_COUNT);

  /** @param picosecondsPerInstruction whole, at least 1 */
  constructor(private readonly picosecondsPerInstruction: number) {}

  /** The guest retired `count` instructions. */
  retire(count: number): void {
    const picoseconds = this.remainder + count * this.picosecondsPerInstruction;
    const nanoseconds = Math.floor(picoseconds / PICOSECONDS);
    this.remainder = picoseconds - nanoseconds * PICOSECONDS;
    this.now += nanoseconds;
    this.charged[Payer.GUEST]! += nanoseconds;
    this.timeline?.ran(this.now - nanoseconds, this.now);
  }

  /** What a time stamp counter of 1 GHz shows when `count` more instructions have retired. */
  after(count: number): number {
    return (
      this.now - this.heldBack + Math.floor((this.remainder + count * this.picosecondsPerInstruction) / PICOSECONDS)
    );
  }

  /** Nanoseconds that `count` instructions take, rounded up. */
  durationOf(count: number): number {
    return Math.ceil((count * this.picosecondsPerInstruction) / PICOSECONDS);
  }

  /** Instructions, at least 1, until `time` is reached. */
  instructionsUntil(time: number): number {
    const picoseconds = (time - this.now) * PICOSECONDS - this.remainder;
    return Math.max(1, Math.ceil(picoseconds / this.picosecondsPerInstruction));
  }

  charge(payer: Payer, nanoseconds: number): void {
    if (!this.beside) this.now += nanoseconds;
    this.charged[payer]! += nanoseconds;
  }

  /** Charge several payers at once: nanoseconds for each Payer. */
  chargeAll(charges: Float64Array): void {
    if (charges === NO_CHARGES) return;
    for (let payer = 0; payer < PAYER_COUNT; payer++) {
      const nanoseconds = charges[payer]!;
      if (nanoseconds !== 0) this.charge(payer as Payer, nanoseconds);
    }
  }

  /** Charge the way to a device model (`outward`) that `worker` runs, or back from it. */
  chargeWay(charges: Float64Array, outward: boolean, worker: Payer): void {
    this.chargeAll(charges);
    this.timeline?.way(this.now, charges, outward, worker, this.beside);
  }

  /** Somebody works beside the vCPU, on a processor of its own: it is charged, but the guest's time does not pass for it. */
  account(payer: Payer, nanoseconds: number): void {
    this.charged[payer]! += nanoseconds;
  }

  /** Time passes while nobody runs. */
  idleUntil(time: number): void {
    if (time > this.now) this.now = time;
  }

  save(): { now: number; heldBack: number; remainder: number; charged: number[] } {
    const { now, heldBack, remainder } = this;
    return { now, heldBack, remainder, charged: Array.from(this.charged) };
  }

  restore(state: ReturnType<VirtualClock['save']>): void {
    this.now = state.now;
    this.heldBack = state.heldBack;
    this.remainder = state.remainder;
    this.charged.set(state.charged);
  }
}
