import { DEVICE_COUNT } from '../abi/devices';

/** What is counted for every device. */
export const Counter = {
  /** Elements that the guest read or wrote: a string of n counts n. */
  ACCESSES: 0,
  VM_EXITS: 1,
  /** Entries into the in-guest firmware for an access. */
  REFLECTIONS: 2,
  /** Entries into device models anywhere for events and timers. */
  UPCALLS: 3,
  HYPERCALLS: 4,
  RING_REQUESTS: 5,
  /** Events sent over event channels, both directions. */
  EVENTS: 6,
  /** Rising edges of interrupt lines. */
  INTERRUPTS: 7,
  /** Reads that the hypervisor answered from the shadow page. */
  SHADOW_READS: 8,
  /** Requests to an out-of-guest process that the vCPU waited for. */
  IOREQS: 9,
  /** Writes that went to the ring of posted writes. */
  POSTED_WRITES: 10,
  /** Accesses that the in-guest firmware handed on. */
  FORWARDS: 11,
} as const;
export type Counter = (typeof Counter)[keyof typeof Counter];
export const COUNTER_NAMES = Object.keys(Counter).map((name) => name.toLowerCase().replaceAll('_', ' '));
const COUNTERS = COUNTER_NAMES.length;

/** A table of counters, one row a device. */
export class Counters {
  private readonly cells = new Float64Array(DEVICE_COUNT * COUNTERS);

  add(device: number, counter: Counter, amount = 1): void {
    this.cells[device * COUNTERS + counter]! += amount;
  }

  get(device: number, counter: Counter): number {
    return this.cells[device * COUNTERS + counter]!;
  }

  save(): number[] {
    return Array.from(this.cells);
  }

  restore(cells: readonly number[]): void {
    this.cells.set(cells);
  }
}
