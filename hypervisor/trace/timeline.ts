import type { Payer } from '../time/clock';

/** What device models are entered for while the guest does not wait for them. */
export const Upcall = { TIMER: 0, EVENT: 1 } as const;
export type Upcall = (typeof Upcall)[keyof typeof Upcall];

/**
 * Receives what happens at the seams of a machine, in the order in which it happens, for a drawing of where time goes. All
 * times are virtual ns. A machine without a timeline makes no calls; one with a timeline behaves no differently.
 */
export interface Timeline {
  /** The guest's own instructions. */
  ran(start: number, end: number): void;
  /** An instruction of the guest trapped; it waits from now until `resumed`. */
  trapped(time: number, device: number, space: number, address: number, width: number, write: boolean): void;
  resumed(time: number): void;
  /** Device models are about to be entered for timer or event-channel port `number`; until `returned`. */
  upcall(time: number, device: number, kind: Upcall, number: number): void;
  returned(time: number): void;
  /**
   * A way to a device model (`outward`) or back was charged and ended at `time`. On the way there the hypervisor's leg comes first,
   * on the way back last.
   *
   * @param charges nanoseconds for each Payer
   * @param worker who runs the device model
   * @param beside whoever was charged works on a processor of its own, and begins at `time`
   */
  way(time: number, charges: Float64Array, outward: boolean, worker: Payer, beside: boolean): void;
  /** A hypercall was charged and ended at `time`. */
  hypercall(time: number, charges: Float64Array): void;
  /** The guest's end of event-channel port `port` was used: an event for domain 0. */
  sent(time: number, port: number): void;
  /** Domain 0 runs for an event on `port`, which it waited for since `sent`. */
  received(time: number, port: number): void;
  /** Disk `ring` works on a request. */
  served(start: number, end: number, ring: number): void;
  timerSet(time: number, timer: number): void;
  line(time: number, gsi: number, level: number): void;
  /** The guest takes the interrupt of line `gsi`, which the hypervisor injected in `cost` ns up to `time`. */
  injected(time: number, gsi: number, cost: number): void;
}
