import { beforeAll, describe, expect, it } from 'vitest';
import { costOption } from '../../../experiments/costs';
import { loadProgram } from '../../../guest/programs';
import { allPlaced, placementByName } from '../../../hypervisor/config';
import { DEVICE_NAMES } from '../../../hypervisor/device-names';
import type { Placement } from '../../../hypervisor/placement/placements';
import { firmwareModule } from '../../helpers/firmware-device';
import { type GuestRun, runGuest } from './guest-run';

const NAMES = [
  ...['reflect+shadow', 'reflect+lazy+paged+notify-on-resume', 'inkernel', 'ioemu', 'ioemu+posted'],
  ...['stubdom', 'kvm-user+posted', 'forward'],
];
const CHARGED = [
  'reflect',
  'reflect+shadow+lazy+paged+notify-on-resume',
  'inkernel',
  'ioemu+posted',
  'stubdom',
  'kvm-user',
];
const DEVICES = ['uart', 'ide', 'pit', 'rtc'];

/** Placements for each device from `uart=ioemu,...`, on top of `base`. */
function place(base: string, changes: Record<string, string> = {}): Placement[] {
  const placements = allPlaced(placementByName(base)!);
  for (const [device, name] of Object.entries(changes))
    placements[DEVICE_NAMES.indexOf(device)] = placementByName(name)!;
  return placements;
}

describe('the tour', () => {
  let firmware: WebAssembly.Module;
  let reflected: GuestRun['seen'];
  const tour = loadProgram('tour');

  beforeAll(async () => {
    firmware = await firmwareModule();
    reflected = runGuest(firmware, tour, { placements: place('reflect') }).seen;
  });

  it('passes its own checks under reflection', () => {
    expect(reflected.console).toContain('failures: 0');
    expect(reflected.outcome).toBe('halted');
  });

  it.each(NAMES)('sees under %s exactly what it sees under reflection, when transitions are free', (name) => {
    expect(runGuest(firmware, tour, { placements: place(name) }).seen).toEqual(reflected);
  });

  it('sees the same while devices move into the guest one by one', () => {
    for (let moved = 1; moved < DEVICES.length; moved++) {
      const inside = Object.fromEntries(DEVICES.slice(0, moved).map((device) => [device, 'reflect']));
      expect(runGuest(firmware, tour, { placements: place('forward', inside) }).seen).toEqual(reflected);
    }
  });

  it.each([
    { uart: 'ioemu+posted', ide: 'reflect+shadow', pit: 'inkernel', rtc: 'kvm-user' },
    { uart: 'stubdom', ide: 'ioemu', pit: 'forward', rtc: 'kvm-user+posted' },
  ])('sees the same when every device is somewhere else: %o', (changes) => {
    expect(runGuest(firmware, tour, { placements: place('reflect', changes) }).seen).toEqual(reflected);
  });

  it.each(CHARGED)('passes under %s when everything costs what it did in 2007', (name) => {
    const { console } = runGuest(firmware, tour, { placements: place(name), cost: costOption('xen-2007') });
    expect(console).toContain('failures: 0');
  });
});
