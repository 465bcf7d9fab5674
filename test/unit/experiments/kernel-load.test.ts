import { beforeAll, expect, it } from 'vitest';
import { loadFirmware } from '../../../experiments/firmware';
import { summarize } from '../../../experiments/summary';
import { LOAD_METHODS } from '../../../experiments/workloads/kernel-load';
import { demandOfUnit, makeMachine } from '../../../experiments/workloads/run';
import { FREE_TRANSITIONS } from '../../../hypervisor/time/cost-model';

let firmware: WebAssembly.Module;
beforeAll(async () => {
  firmware = await loadFirmware();
});

const MIB = 2 ** 20;
/** Exits for one byte: at least and at most. */
const EXITS: Readonly<Record<string, readonly [number, number]>> = {
  'rep insb, element': [1, 1],
  'rep insd, element': [1 / 4, 1 / 4],
  'rep insb, 1024 bytes': [1 / 1024, 1.02 / 1024],
  'rep insb, page': [1 / 4096, 1.1 / 4096],
  'rep insb, unlimited': [0.5 / MIB, 2 / MIB],
  'fw_cfg DMA': [0, 0],
  'disk, READ SECTORS': [1 / 512, 6 / 512],
  'disk, bus-master DMA': [1 / MIB, 20 / (MIB / 8)],
  'hidden PV disk': [0, 2 / (MIB / 8)],
};

it.each(LOAD_METHODS)(
  '$name moves what it is told, in batches of its size',
  ({ name, limit, unit, workload, placement }) => {
    const demand = demandOfUnit(unit, (bytes) => {
      const { image, changes } = workload(bytes);
      const machine = makeMachine(firmware, image, placement ?? 'reflect', FREE_TRANSITIONS, changes);
      machine.vcpu.stringLimit = limit;
      expect(machine.run(60e9).outcome).toBe('halted');
      return summarize(machine);
    });
    const [least, most] = EXITS[name]!;
    expect(demand.counters['vm exits']).toBeGreaterThanOrEqual(least);
    expect(demand.counters['vm exits']).toBeLessThanOrEqual(most);
    // A nanosecond a byte is what the disk of this model takes: whatever the way, all bytes came from there.
    expect(demand.elapsed).toBeGreaterThanOrEqual(1);
  },
);
