import { describe, expect, it } from 'vitest';
import { loadProgram } from '../../../guest/programs';
import { allPlaced, placementByName } from '../../../hypervisor/config';
import { Counter } from '../../../hypervisor/trace/counters';
import { firmwareModule } from '../../helpers/firmware-device';
import { runGuest } from './guest-run';

const UART = 1;
const IDE = 2;
const TICKS = 3;

describe('pv: a guest with drivers of its own', () => {
  it('prints through the console ring and ticks, with no access to an emulated device', async () => {
    const firmware = await firmwareModule();
    const { console, result, machine } = runGuest(firmware, loadProgram('pv-console'), {
      placements: allPlaced(placementByName('pv')!),
    });
    expect(result).toMatchObject({ outcome: 'halted', report: [] });
    expect(console).toBe(
      'console ring: written without a single port access\r\n' +
        'tick\r\n'.repeat(TICKS) +
        'an unknown hypercall is refused\r\n',
    );
    const { platform } = machine;
    expect(platform.counters.get(UART, Counter.VM_EXITS)).toBe(0);
    expect(platform.clock.now).toBeGreaterThan(TICKS * 1_000_000);
    expect(platform.clock.now).toBeLessThan(TICKS * 1_000_000 + 500_000);
  });

  it('reads and writes the disk through the block ring, one event a request and no exit to a device', async () => {
    const firmware = await firmwareModule();
    const { console, result, machine } = runGuest(firmware, loadProgram('pv-disk'), {
      placements: allPlaced(placementByName('pv')!),
    });
    expect(result).toMatchObject({ outcome: 'halted', report: [] });
    expect(console).toBe('block ring: 40 times eight sectors written and read back\r\n');
    const { counters } = machine.platform;
    expect(counters.get(IDE, Counter.VM_EXITS)).toBe(0);
    expect(counters.get(IDE, Counter.RING_REQUESTS)).toBe(80);
    expect(counters.get(IDE, Counter.EVENTS)).toBe(160);
  });
});
