import { beforeAll, describe, expect, it } from 'vitest';
import { loadProgram } from '../../../guest/programs';
import { allPlaced, placementByName } from '../../../hypervisor/config';
import { DEVICE_NAMES } from '../../../hypervisor/device-names';
import { COUNTER_NAMES, type Counter } from '../../../hypervisor/trace/counters';
import { firmwareModule } from '../../helpers/firmware-device';
import { runGuest } from './guest-run';

/** Each placement's own way is really taken: what is equal could otherwise be equal because nothing happened. */
describe('the way of an access', () => {
  let firmware: WebAssembly.Module;
  const tour = loadProgram('tour');

  beforeAll(async () => {
    firmware = await firmwareModule();
  });

  /** Counters of `device` after the tour with every device at `placement`. */
  function count(placement: string, device: string): Record<string, number> {
    const { platform } = runGuest(firmware, tour, { placements: allPlaced(placementByName(placement)!) }).machine;
    const number = DEVICE_NAMES.indexOf(device);
    return Object.fromEntries(
      COUNTER_NAMES.map((name, counter) => [name, platform.counters.get(number, counter as Counter)]),
    );
  }

  it('goes into the guest for every access under reflect', () => {
    const ide = count('reflect', 'ide');
    expect(ide.reflections).toBe(ide['vm exits']);
    expect(ide).toMatchObject({ 'shadow reads': 0, ioreqs: 0, 'posted writes': 0, forwards: 0 });
  });

  it('stays in the hypervisor for most status reads under reflect+shadow', () => {
    const ide = count('reflect+shadow', 'ide');
    expect(ide['shadow reads']).toBeGreaterThan(ide['vm exits']! / 2);
    expect(ide.reflections! + ide['shadow reads']!).toBe(ide['vm exits']);
  });

  it('goes out by an ioreq for every access under ioemu, stubdom and kvm-user', () => {
    for (const placement of ['ioemu', 'stubdom', 'kvm-user']) {
      const ide = count(placement, 'ide');
      expect(ide.ioreqs).toBeGreaterThanOrEqual(ide['vm exits']!);
      expect(ide.reflections).toBe(0);
    }
  });

  it('goes to the ring for writes that nobody waits for under ioemu+posted', () => {
    const ide = count('ioemu+posted', 'ide');
    expect(ide['posted writes']).toBeGreaterThan(0);
    expect(ide.ioreqs! + ide['posted writes']!).toBeGreaterThanOrEqual(ide['vm exits']!);
  });

  it('goes into the guest and from there out under forward', () => {
    const ide = count('forward', 'ide');
    expect(ide.reflections).toBe(ide['vm exits']);
    expect(ide.forwards).toBe(ide['vm exits']);
    expect(ide.ioreqs).toBeGreaterThanOrEqual(ide['vm exits']!);
  });

  it('saves the hypercalls of events under reflect+notify-on-resume', () => {
    expect(count('reflect', 'uart').hypercalls).toBeGreaterThan(count('reflect+notify-on-resume', 'uart').hypercalls!);
  });
});
