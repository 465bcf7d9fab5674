import { allPlaced, type MachineConfig, machineConfig, placementByName } from '../../hypervisor/config';
import { Machine } from '../../hypervisor/machine';
import { Outcome } from '../../hypervisor/run-loop';
import type { CostModel } from '../../hypervisor/time/cost-model';
import { Counter } from '../../hypervisor/trace/counters';
import { type MachineSummary, summarize } from '../summary';

/** Virtual nanoseconds after which a workload that does not end is given up. */
const PATIENCE = 600e9;

/** Memory of the machine before, which the next one takes over. */
let spare: Machine | undefined;

/** A machine with every device under the placement of that name. */
export function makeMachine(
  firmware: WebAssembly.Module,
  image: Uint8Array,
  placement: string,
  cost: CostModel,
  changes: Partial<MachineConfig> = {},
): Machine {
  const placements = allPlaced(placementByName(placement)!);
  spare = new Machine(machineConfig(firmware, image, { ramBytes: 2 ** 20, placements, cost, ...changes }), spare);
  return spare;
}

/** Run a guest program to its end and say what it came to. */
export function runWorkload(...machine: Parameters<typeof makeMachine>): MachineSummary {
  const made = makeMachine(...machine);
  const { outcome, summary } = made.run(PATIENCE);
  if (outcome !== Outcome.HALTED) throw new Error(`the workload did not end: ${summary}`);
  return summarize(made);
}

/**
 * What one of a guest's accesses costs, from instruction to instruction: nanoseconds by payer, and `elapsed` in all.
 *
 * @param accesses how many to take the mean of, after a first one that is left out
 */
export function costOfAccess(machine: Machine, device: number, accesses: number): Record<string, number> {
  const { platform } = machine;
  const stepTo = (count: number) => {
    while (platform.counters.get(device, Counter.ACCESSES) < count) {
      const { outcome, summary } = machine.run(platform.clock.now + 1);
      if (outcome !== Outcome.TIME) throw new Error(`the guest ended early: ${summary}`);
    }
    return summarize(machine);
  };
  const before = stepTo(1);
  const after = stepTo(1 + accesses);
  const charged = Object.entries(after.charged).map(([payer, time]) => [
    payer,
    (time - before.charged[payer]!) / accesses,
  ]);
  return { ...Object.fromEntries(charged), elapsed: (after.virtualTime - before.virtualTime) / accesses };
}

/** What one unit of a workload takes, from two runs that differ in nothing but how many units there are. */
export interface UnitDemand {
  /** Nanoseconds of virtual time. */
  elapsed: number;
  /** Nanoseconds by payer. */
  charged: Record<string, number>;
  /** Counts over all devices. */
  counters: Record<string, number>;
}

/**
 * @param units of the longer run, above the shorter
 * @param run makes a run of the given number of units
 */
export function demandOfUnit(units: number, run: (units: number) => MachineSummary): UnitDemand {
  const [short, long] = [run(units), run(2 * units)];
  const perUnit = (after: Record<string, number>, before: Record<string, number>) =>
    Object.fromEntries(Object.keys(after).map((name) => [name, (after[name]! - (before[name] ?? 0)) / units]));
  return {
    elapsed: (long.virtualTime - short.virtualTime) / units,
    charged: perUnit(long.charged, short.charged),
    counters: perUnit(sumCounters(long), sumCounters(short)),
  };
}

function sumCounters({ devices }: MachineSummary): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { counters } of Object.values(devices)) {
    for (const [name, count] of Object.entries(counters)) sums[name] = (sums[name] ?? 0) + count;
  }
  return sums;
}
