import { expect, it } from 'vitest';
import { readCostModel, toCostModel } from '../../experiments/costs';
import { loadFirmware } from '../../experiments/firmware';
import { runBoot } from '../../experiments/workloads/boots';
import { linuxBoot } from '../../experiments/workloads/linux-boot';
import { describeWithGuest } from './converse';

const DEVICE_UART = 1;
const DEVICE_IDE = 2;
const DEVICE_PIT = 3;
/** A MiB in DRQ blocks of 16 sectors. */
const BLOCKS = 2 ** 20 / (16 * 512);

describeWithGuest('linux', 'the phases of a Linux boot', () => {
  it('come in order, are charged no more than they take, and hold the exits of their devices', async () => {
    const cost = toCostModel(readCostModel('modern-x86'));
    const recorder = runBoot(await loadFirmware(), linuxBoot(false, 1), 'reflect', cost, undefined);
    const phases = recorder.phases();
    for (const { name, elapsed, charged } of phases) {
      const [guest, firmware, hypervisor] = charged;
      expect(elapsed, name).toBeGreaterThan(0);
      expect(guest! + firmware! + hypervisor!, name).toBeLessThanOrEqual(elapsed);
    }
    const exits = (name: string, device: number) => phases.find((phase) => phase.name === name)!.exits[device]!;
    expect(exits('memory, no console yet', DEVICE_PIT)).toBeGreaterThan(exits('memory, no console yet', DEVICE_UART));
    expect(exits('console catches up', DEVICE_UART)).toBeGreaterThan(10_000);
    expect(exits('console catches up', DEVICE_IDE)).toBe(0);
    // Each block is a status read, the data in one exit or more, and an interrupt acknowledged.
    expect(exits('disk: read', DEVICE_IDE)).toBeGreaterThan(BLOCKS * 3);
    expect(exits('disk: mount, write', DEVICE_IDE)).toBeGreaterThan(BLOCKS * 3);
  });
});
