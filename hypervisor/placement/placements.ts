import { FRAME_DOMAIN0, FRAME_HYPERVISOR, FRAME_STUB_DOMAIN, FRAME_VCPU0 } from '../abi/layout';
import { PAYER_COUNT, Payer } from '../time/clock';
import type { CostModel } from '../time/cost-model';

/** Nanoseconds for each Payer. */
export type Charges = Float64Array;

/**
 * Where a device can be emulated, and what an access has to go through to get there. Every placement runs the same firmware
 * binary on the same state, so that nothing but the placement differs.
 */
export interface Placement {
  readonly name: string;
  readonly summary: string;
  /** The frame through which this host of the device models is entered. */
  readonly frame: number;
  /** The vCPU's registers are saved to the frame and restored from it around each access. */
  readonly savesRegisters: boolean;
  /** The device state lies within the guest's reach. */
  readonly inGuest: boolean;
  /** From the guest's instruction to the device model. */
  before(cost: CostModel): Charges;
  /** From the device model back to the guest's next instruction. */
  after(cost: CostModel): Charges;
  /** One hypercall of the device model. */
  hypercall(cost: CostModel): Charges;
}

function charges(...entries: [Payer, number][]): Charges {
  const result = new Float64Array(PAYER_COUNT);
  for (const [payer, nanoseconds] of entries) result[payer]! += nanoseconds;
  return result;
}

const reflect: Placement = {
  name: 'reflect',
  summary: 'firmware inside the guest: trap, save registers, enter the firmware, resume by hypercall',
  frame: FRAME_VCPU0,
  savesRegisters: true,
  inGuest: true,
  before: (cost) =>
    charges(
      [Payer.HYPERVISOR, cost.vmExit + cost.registerSave + cost.pagingSwitch + cost.vmEntry],
      [Payer.FIRMWARE, cost.deviceAccess],
    ),
  after: (cost) =>
    charges([Payer.HYPERVISOR, cost.vmExit + cost.hypercall + cost.registerRestore + cost.pagingSwitch + cost.vmEntry]),
  hypercall: (cost) => charges([Payer.HYPERVISOR, cost.vmExit + cost.hypercall + cost.vmEntry]),
};

const inkernel: Placement = {
  name: 'inkernel',
  summary: 'inside the hypervisor: one exit, and the device model is right there',
  frame: FRAME_HYPERVISOR,
  savesRegisters: false,
  inGuest: false,
  before: (cost) => charges([Payer.HYPERVISOR, cost.vmExit + cost.deviceAccess]),
  after: (cost) => charges([Payer.HYPERVISOR, cost.vmEntry]),
  hypercall: () => charges(),
};

const ioemu: Placement = {
  name: 'ioemu',
  summary: "a process in domain 0: event, domain switch, domain 0's scheduler, and all the way back",
  frame: FRAME_DOMAIN0,
  savesRegisters: false,
  inGuest: false,
  before: (cost) =>
    charges(
      [Payer.HYPERVISOR, cost.vmExit + cost.hypercall + cost.domainSwitch],
      [Payer.DOMAIN0, cost.domain0Schedule + cost.systemCall + cost.deviceAccess],
    ),
  after: (cost) =>
    charges([Payer.DOMAIN0, cost.systemCall], [Payer.HYPERVISOR, cost.hypercall + cost.domainSwitch + cost.vmEntry]),
  hypercall: (cost) => charges([Payer.DOMAIN0, cost.systemCall], [Payer.HYPERVISOR, cost.hypercall]),
};

const stubdom: Placement = {
  name: 'stubdom',
  summary: 'the emulator in a domain of its own: domain switches, but only one scheduler',
  frame: FRAME_STUB_DOMAIN,
  savesRegisters: false,
  inGuest: false,
  before: (cost) =>
    charges(
      [Payer.HYPERVISOR, cost.vmExit + cost.hypercall + cost.domainSwitch],
      [Payer.STUB_DOMAIN, cost.deviceAccess],
    ),
  after: (cost) => charges([Payer.HYPERVISOR, cost.hypercall + cost.domainSwitch + cost.vmEntry]),
  hypercall: (cost) => charges([Payer.HYPERVISOR, cost.hypercall]),
};

const kvmUser: Placement = {
  name: 'kvm-user',
  summary: 'a user process of the host: the heavyweight exit of KVM',
  frame: FRAME_DOMAIN0,
  savesRegisters: false,
  inGuest: false,
  before: (cost) => charges([Payer.HYPERVISOR, cost.vmExit + cost.userExit / 2], [Payer.DOMAIN0, cost.deviceAccess]),
  after: (cost) => charges([Payer.HYPERVISOR, cost.userExit / 2 + cost.vmEntry]),
  hypercall: (cost) => charges([Payer.DOMAIN0, cost.systemCall]),
};

export const PLACEMENTS: readonly Placement[] = [reflect, inkernel, ioemu, stubdom, kvmUser];
