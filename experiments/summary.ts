import { DEVICE_NAMES } from '../hypervisor/device-names';
import type { Machine } from '../hypervisor/machine';
import { PAYER_COUNT, Payer } from '../hypervisor/time/clock';
import { COUNTER_NAMES, Counter } from '../hypervisor/trace/counters';

/** What a machine did, device by device, as JSON-compatible values. */
export interface MachineSummary {
  placement: Record<string, string>;
  costModel: string;
  /** Nanoseconds. */
  virtualTime: number;
  instructions: number;
  /** Nanoseconds by payer. */
  charged: Record<string, number>;
  devices: Record<string, DeviceSummary>;
}

export interface DeviceSummary {
  counters: Record<string, number>;
  /** Digest of the guest-visible trace. */
  trace: string;
}

const PAYERS = Object.keys(Payer).map((name) => name.toLowerCase().replaceAll('_', ' '));

/** A device that has none of these took no part in the run. */
const SHOWN = [Counter.VM_EXITS, Counter.UPCALLS, Counter.EVENTS];

export function summarize(machine: Machine): MachineSummary {
  const { platform, config, vcpu } = machine;
  const devices: Record<string, DeviceSummary> = {};
  const placement: Record<string, string> = {};
  DEVICE_NAMES.forEach((name, device) => {
    const counters = COUNTER_NAMES.map(
      (counter, index) => [counter, platform.counters.get(device, index as Counter)] as const,
    );
    if (SHOWN.every((counter) => platform.counters.get(device, counter) === 0)) return;
    devices[name] = { counters: Object.fromEntries(counters), trace: platform.trace.digest(device) };
    const emulator = ((config.emulator?.devices ?? 0) >> device) % 2 !== 0 ? ` (${config.emulator!.name})` : '';
    placement[name] = `${platform.placementOf(device)}${emulator}`;
  });
  return {
    placement,
    costModel: config.cost.name,
    virtualTime: platform.clock.now,
    instructions: vcpu.instructions,
    charged: Object.fromEntries(
      Array.from({ length: PAYER_COUNT }, (_, payer) => [PAYERS[payer]!, platform.clock.charged[payer]!]),
    ),
    devices,
  };
}
