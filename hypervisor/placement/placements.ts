import { FRAME_DOMAIN0, FRAME_HYPERVISOR, FRAME_STUB_DOMAIN, FRAME_VCPU0 } from '../abi/layout';
import { REGISTER_COUNT } from '../abi/registers';
import { NO_CHARGES, Payer } from '../time/clock';
import type { CostModel } from '../time/cost-model';
import { type Charges, charges } from './charges';

/** Who runs the device models. */
export const Host = {
  /** Firmware in the guest. */
  GUEST: 'guest',
  HYPERVISOR: 'hypervisor',
  /** A process of domain 0, a stub domain, or a user process of the host: outside, with a memory map of its own. */
  PROCESS: 'process',
  /** Nobody: the guest has drivers for the rings. */
  NOBODY: 'nobody',
} as const;
export type Host = (typeof Host)[keyof typeof Host];

/**
 * Where a device can be emulated, and what an access has to go through to get there. Every placement runs the same firmware
 * binary on the same state, unless the machine's configuration puts another emulator into the processes, so that nothing but
 * the placement differs.
 */
export interface Placement {
  /** As `placementNamed` takes it. */
  readonly name: string;
  readonly summary: string;
  readonly host: Host;
  /** The frame through which this host of the device models is entered. */
  readonly frame: number;
  /** Which of the out-of-guest processes it is, 0-2; those that are one process share their ioreq page. */
  readonly process: number;

  /** Registers saved to the frame and restored from it around each access: all, the accumulator only, or none. */
  readonly savedRegisters: number;
  /** Paging is switched off around an entry. */
  readonly switchesPaging: boolean;
  /** Events of the firmware are sent when it returns, not by a hypercall each. */
  readonly notifiesOnResume: boolean;
  /** Registers whose read has no side effect are answered by the hypervisor from the shadow page. */
  readonly shadowed: boolean;
  /** Writes that nobody waits for go to a ring that the process empties when it runs next. */
  readonly posted: boolean;
  /** The process is a real thread of the host. */
  readonly live: boolean;
  /** The guest cannot reach the firmware inside it. */
  readonly protected: boolean;
  /** The process that the in-guest firmware hands its accesses on to. */
  readonly forwardsTo: Placement | undefined;

  /** From the guest's instruction to the device model. */
  before(cost: CostModel): Charges;
  /** From the device model back to the guest's next instruction. */
  after(cost: CostModel): Charges;
  /** One hypercall of the device model. */
  hypercall(cost: CostModel): Charges;
  /** A process is woken by an event or a timer while the guest runs; elsewhere that is an access without a guest. */
  wakeUp(cost: CostModel): Charges;
}

/** An access that the hypervisor deals with by one look into a page: a shadowed read, a posted write. */
export function shortcut(cost: CostModel): Charges {
  return charges([Payer.HYPERVISOR, cost.vmExit + cost.pageAccess + cost.vmEntry]);
}

const PLAIN = {
  process: 0,
  savedRegisters: 0,
  switchesPaging: false,
  notifiesOnResume: false,
  shadowed: false,
  posted: false,
  live: false,
  protected: false,
  forwardsTo: undefined,
  wakeUp: () => NO_CHARGES,
};

const reflect: Placement = {
  ...PLAIN,
  name: 'reflect',
  summary: 'firmware inside the guest: trap, save registers, enter the firmware, resume by hypercall',
  host: Host.GUEST,
  frame: FRAME_VCPU0,
  savedRegisters: REGISTER_COUNT,
  switchesPaging: true,
  before(cost) {
    return charges(
      [Payer.HYPERVISOR, cost.vmExit + saved(this, cost.registerSave) + paging(this, cost) + cost.vmEntry],
      [Payer.FIRMWARE, cost.deviceAccess],
    );
  },
  after(cost) {
    const restore = saved(this, cost.registerRestore) + paging(this, cost);
    // An access that is handed on does not go back to the guest yet.
    const entry = this.forwardsTo ? 0 : cost.vmEntry;
    return charges([Payer.HYPERVISOR, cost.vmExit + cost.hypercall + restore + entry]);
  },
  hypercall: (cost) => charges([Payer.HYPERVISOR, cost.vmExit + cost.hypercall + cost.vmEntry]),
};

/** The cost of saving or restoring goes with the number of registers. */
function saved(placement: Placement, cost: number): number {
  return (cost * placement.savedRegisters) / REGISTER_COUNT;
}

function paging(placement: Placement, cost: CostModel): number {
  return placement.switchesPaging ? cost.pagingSwitch : 0;
}

const inkernel: Placement = {
  ...PLAIN,
  name: 'inkernel',
  summary: 'inside the hypervisor: one exit, and the device model is right there',
  host: Host.HYPERVISOR,
  frame: FRAME_HYPERVISOR,
  before: (cost) => charges([Payer.HYPERVISOR, cost.vmExit + cost.deviceAccess]),
  after: (cost) => charges([Payer.HYPERVISOR, cost.vmEntry]),
  hypercall: () => NO_CHARGES,
};

const ioemu: Placement = {
  ...PLAIN,
  name: 'ioemu',
  summary: "a process in domain 0: event, domain switch, domain 0's scheduler, and all the way back",
  host: Host.PROCESS,
  frame: FRAME_DOMAIN0,
  before: (cost) =>
    charges(
      [Payer.HYPERVISOR, cost.vmExit + cost.hypercall + cost.domainSwitch],
      [Payer.DOMAIN0, cost.domain0Schedule + cost.systemCall + cost.deviceAccess],
    ),
  after: (cost) =>
    charges([Payer.DOMAIN0, cost.systemCall], [Payer.HYPERVISOR, cost.hypercall + cost.domainSwitch + cost.vmEntry]),
  hypercall: (cost) => charges([Payer.DOMAIN0, cost.systemCall], [Payer.HYPERVISOR, cost.hypercall]),
  wakeUp: (cost) => charges([Payer.DOMAIN0, cost.domain0Schedule + cost.systemCall + cost.deviceAccess]),
};

const stubdom: Placement = {
  ...PLAIN,
  name: 'stubdom',
  summary: 'the emulator in a domain of its own: domain switches, but only one scheduler',
  host: Host.PROCESS,
  process: 1,
  frame: FRAME_STUB_DOMAIN,
  before: (cost) =>
    charges(
      [Payer.HYPERVISOR, cost.vmExit + cost.hypercall + cost.domainSwitch],
      [Payer.STUB_DOMAIN, cost.deviceAccess],
    ),
  after: (cost) => charges([Payer.HYPERVISOR, cost.hypercall + cost.domainSwitch + cost.vmEntry]),
  hypercall: (cost) => charges([Payer.HYPERVISOR, cost.hypercall]),
  wakeUp: (cost) => charges([Payer.HYPERVISOR, cost.domainSwitch], [Payer.STUB_DOMAIN, cost.deviceAccess]),
};

const kvmUser: Placement = {
  ...PLAIN,
  name: 'kvm-user',
  summary: 'a user process of the host: the heavyweight exit of KVM',
  host: Host.PROCESS,
  process: 2,
  frame: FRAME_DOMAIN0,
  before: (cost) => charges([Payer.HYPERVISOR, cost.vmExit + cost.userExit / 2], [Payer.DOMAIN0, cost.deviceAccess]),
  after: (cost) => charges([Payer.HYPERVISOR, cost.userExit / 2 + cost.vmEntry]),
  hypercall: (cost) => charges([Payer.DOMAIN0, cost.systemCall]),
  wakeUp: (cost) => charges([Payer.DOMAIN0, cost.systemCall + cost.deviceAccess]),
};

/** The smooth transition: the firmware is asked first, and hands on what it does not emulate yet. */
const forward: Placement = {
  ...reflect,
  name: 'forward',
  summary: 'the in-guest firmware is asked first and hands the access on to the process in domain 0',
  forwardsTo: {
    ...ioemu,
    // The access arrives by the firmware's hypercall, not by an exit of its own.
    before: (cost) =>
      charges(
        [Payer.HYPERVISOR, cost.domainSwitch],
        [Payer.DOMAIN0, cost.domain0Schedule + cost.systemCall + cost.deviceAccess],
      ),
  },
};

const pv: Placement = {
  ...PLAIN,
  name: 'pv',
  summary: "no emulation: the guest's own drivers speak the rings, and its ports float",
  host: Host.NOBODY,
  frame: FRAME_VCPU0,
  before: () => NO_CHARGES,
  after: () => NO_CHARGES,
  hypercall: (cost) => charges([Payer.HYPERVISOR, cost.vmExit + cost.hypercall + cost.vmEntry]),
};

/** On whose account device models run there. */
export function workerOf({ host, process }: Placement): Payer {
  if (host === Host.PROCESS) return process === 1 ? Payer.STUB_DOMAIN : Payer.DOMAIN0;
  return host === Host.GUEST ? Payer.FIRMWARE : Payer.HYPERVISOR;
}

/** A way to vary a placement, added to its name with a plus sign. */
interface Variation {
  readonly name: string;
  /** Placements that it applies to. */
  readonly of: readonly string[];
  readonly summary: string;
  readonly changes: Partial<Placement>;
}

export const VARIATIONS: readonly Variation[] = [
  {
    name: 'shadow',
    of: ['reflect'],
    summary: 'registers whose read has no side effect are answered from a page that the firmware publishes',
    changes: { shadowed: true },
  },
  {
    name: 'lazy',
    of: ['reflect', 'forward'],
    summary: 'only the accumulator is saved and restored; the firmware looks after the rest',
    changes: { savedRegisters: 1 },
  },
  {
    name: 'paged',
    of: ['reflect', 'forward'],
    summary: 'paging is kept on when the firmware is entered',
    changes: { switchesPaging: false },
  },
  {
    name: 'notify-on-resume',
    of: ['reflect'],
    summary: 'events are sent with the resume, not by a hypercall each',
    changes: { notifiesOnResume: true },
  },
  {
    name: 'protected',
    of: ['reflect', 'forward'],
    summary: 'the guest cannot reach its firmware, nor anything else of the firmware region',
    changes: { protected: true },
  },
  {
    name: 'posted',
    of: ['ioemu', 'stubdom', 'kvm-user'],
    summary: 'writes that nobody waits for are collected (buffered ioreqs, coalesced writes)',
    changes: { posted: true },
  },
  {
    name: 'live',
    of: ['ioemu', 'stubdom', 'kvm-user'],
    summary: 'the process really is another thread, woken by Atomics',
    changes: { live: true },
  },
];

/** Without variations. */
export const BASIC_PLACEMENTS: readonly Placement[] = [reflect, inkernel, ioemu, stubdom, kvmUser, forward, pv];

/** The placement that `name` says: one of PLACEMENTS, or with variations such as `reflect+lazy+paged`. */
export function placementNamed(name: string): Placement | undefined {
  const [base, ...wanted] = name.split('+');
  const placement = BASIC_PLACEMENTS.find((candidate) => candidate.name === base);
  const found = VARIATIONS.filter((variation) => wanted.includes(variation.name));
  if (!placement || found.length !== wanted.length || found.some(({ of }) => !of.includes(placement.name))) return;
  return Object.assign({}, placement, ...found.map(({ changes }) => changes), {
    name: [placement.name, ...found.map((variation) => variation.name)].join('+'),
    summary: [placement.summary, ...found.map((variation) => variation.summary)].join('; '),
  });
}

/** The placements under which a guest sees the same; `placementNamed` knows more variations, and `pv`. */
export const PLACEMENTS: readonly Placement[] = [
  ...[reflect, placementNamed('reflect+shadow')!, inkernel, ioemu, placementNamed('ioemu+posted')!, stubdom],
  ...[kvmUser, placementNamed('kvm-user+posted')!, forward],
];
