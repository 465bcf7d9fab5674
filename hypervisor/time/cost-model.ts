/**
 * What transitions cost, in nanoseconds of virtual time unless stated otherwise. Figures with their sources are data and live
 * with the experiments; the hypervisor only charges them.
 */
export interface CostModel {
  readonly name: string;
  /** Picoseconds for one guest instruction, whole, at least 1. */
  readonly instruction: number;
  /** Guest to hypervisor: from the trapping instruction to the first instruction of the exit handler. */
  readonly vmExit: number;
  /** Hypervisor to guest. */
  readonly vmEntry: number;
  /** Saving and restoring the vCPU's registers around a reflection. */
  readonly registerSave: number;
  readonly registerRestore: number;
  /** Switching the guest's paging off and on again around a reflection. */
  readonly pagingSwitch: number;
  /** Instructions of the device model for one access. */
  readonly deviceAccess: number;
  /** The hypervisor looks up or stores one entry in a page that it shares: shadow page, ring of posted writes. */
  readonly pageAccess: number;
  /** A hypercall of the firmware beyond exit and entry: argument checks and the work itself. */
  readonly hypercall: number;
  /** Injecting an interrupt into the guest. */
  readonly interruptInjection: number;
  /** Switching between domains on one processor. */
  readonly domainSwitch: number;
  /** From an event for domain 0 to its process running: domain 0's own scheduler. */
  readonly domain0Schedule: number;
  /** A system call in domain 0 or the host, there and back. */
  readonly systemCall: number;
  /** From the hypervisor to a user process on the host and back, beyond exit and entry (KVM's heavyweight exit). */
  readonly userExit: number;
  /** A disk request in the back-end: fixed part, and picoseconds for each byte. */
  readonly diskRequest: number;
  readonly diskByte: number;
}

/**
 * Transitions are free and only instructions take time: 10 ns each, a 100 MIPS machine, about what the interpreter reaches, so
 * virtual time and wall time go alike. Placements show the guest exactly the same here, to the last poll.
 */
export const FREE_TRANSITIONS: CostModel = {
  name: 'free',
  instruction: 10_000,
  vmExit: 0,
  vmEntry: 0,
  registerSave: 0,
  registerRestore: 0,
  pagingSwitch: 0,
  deviceAccess: 0,
  pageAccess: 0,
  hypercall: 0,
  interruptInjection: 0,
  domainSwitch: 0,
  domain0Schedule: 0,
  systemCall: 0,
  userExit: 0,
  diskRequest: 50_000,
  diskByte: 1_000,
};
