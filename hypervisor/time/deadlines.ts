/** A deadline that never comes. */
export const NEVER = Number.POSITIVE_INFINITY;

/**
 * Everything that is to happen at a virtual time, each thing in a slot of its own: a one-shot timer of the firmware, work of
 * domain 0, an event on its way. At most one deadline a slot, so nothing is allocated and nothing can pile up; a heap lost
 * because with a few dozen slots a scan is as fast and the order among equal times (ascending slot) is plain to see.
 */
export class Deadlines {
  private readonly times: Float64Array;
  /** Nanoseconds; NEVER when no slot is armed. */
  earliest = NEVER;

  constructor(readonly slots: number) {
    this.times = new Float64Array(slots).fill(NEVER);
  }

  /** Deadline of `slot` in ns, NEVER when it is not armed. */
  at(slot: number): number {
    return this.times[slot]!;
  }

  set(slot: number, time: number): void {
    const before = this.times[slot]!;
    this.times[slot] = time;
    if (time < this.earliest) this.earliest = time;
    else if (before === this.earliest) this.findEarliest();
  }

  /** Disarm and return the first slot that is due at `now`, or -1. */
  takeDue(now: number): number {
    if (this.earliest > now) return -1;
    const slot = this.times.indexOf(this.earliest);
    this.set(slot, NEVER);
    return slot;
  }

  private findEarliest(): void {
    let earliest = NEVER;
    for (let slot = 0; slot < this.slots; slot++) if (this.times[slot]! < earliest) earliest = this.times[slot]!;
    this.earliest = earliest;
  }

  save(): number[] {
    return Array.from(this.times, (time) => (time === NEVER ? -1 : time));
  }

  restore(times: readonly number[]): void {
    for (let slot = 0; slot < this.slots; slot++) this.times[slot] = times[slot]! < 0 ? NEVER : times[slot]!;
    this.findEarliest();
  }
}
