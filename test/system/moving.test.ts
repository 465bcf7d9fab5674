import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { locateGuest } from '../../guest/images';
import { allPlaced, placementByName } from '../../hypervisor/config';
import { DEVICE_NAMES } from '../../hypervisor/device-names';
import type { Machine } from '../../hypervisor/machine';
import { openFileDisk } from '../../pv-drivers/backend/file-disk';
import { OverlayDisk } from '../../pv-drivers/backend/overlay-disk';
import { converse, describeWithGuest } from './converse';

const FORWARDS = 11;
const REFLECTIONS = 2;

/** In the order in which they move, one after each pause of the conversation in which the device was used. */
const DEVICES = ['uart', 'pit', 'rtc', 'ide', 'i8042', 'port92', 'debug', 'fw-cfg'];
const SCENARIO = 'expect grub>\nsend ls\\r\nexpect (hd0,msdos1)\nexpect grub>\nsend ls (hd0,msdos1)/\\r\nexpect grub>';

function boot(placement: string, look: (machine: Machine) => void) {
  const disk = new OverlayDisk(openFileDisk(locateGuest('grub').disk, true));
  return converse(
    {
      ...{ bios: readFileSync(locateGuest('seabios').bios), ramBytes: 64 * 2 ** 20 },
      ...{ drives: [{ disk, cdrom: false }], placements: allPlaced(placementByName(placement)!) },
    },
    SCENARIO,
    20e9,
    (machine) => {
      look(machine);
      return false;
    },
  );
}

describeWithGuest('grub', 'SeaBIOS and GRUB, while their devices move', () => {
  it('from domain 0 into the guest one by one, print what they print when nothing moves', async () => {
    const still = await boot('reflect', () => {});
    let pauses = 0;
    const moving = await boot('forward', ({ platform }) => {
      const name = pauses++ % 4 === 3 ? DEVICES[(pauses >> 2) - 1] : undefined;
      if (name) expect(platform.move(DEVICE_NAMES.indexOf(name), placementByName('reflect')!)).toBeUndefined();
    });
    expect(still.finished).toBe(true);
    expect(moving.finished).toBe(true);
    expect(moving.console).toBe(still.console);
    const { counters, trace, clock } = moving.machine.platform;
    for (const name of ['uart', 'ide', 'pit']) {
      const device = DEVICE_NAMES.indexOf(name);
      expect(counters.get(device, FORWARDS)).toBeGreaterThan(0);
      expect(counters.get(device, REFLECTIONS)).toBeGreaterThan(counters.get(device, FORWARDS));
      expect(trace.digest(device)).toBe(still.machine.platform.trace.digest(device));
    }
    expect(clock.now).toBe(still.machine.platform.clock.now);
  });
});
