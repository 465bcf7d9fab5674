import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parsePlacements } from '../../experiments/options';
import { locateGuest } from '../../guest/images';
import { ISA_DEVICES, PCI_DEVICES } from '../../hypervisor/config';
import { openFileDisk } from '../../pv-drivers/backend/file-disk';
import { OverlayDisk } from '../../pv-drivers/backend/overlay-disk';
import { converse, describeWithGuest } from './converse';

const UART = 1;
const IDE = 2;
const PIT = 3;
const VM_EXITS = 1;
const REFLECTIONS = 2;

describeWithGuest('grub', 'SeaBIOS and GRUB, unmodified', () => {
  it('boot from the reflected disk to a prompt that answers, and nothing but the in-guest firmware serves them', async () => {
    const disk = new OverlayDisk(openFileDisk(locateGuest('grub').disk, true));
    const { console, finished, machine } = await converse(
      { bios: readFileSync(locateGuest('seabios').bios), ramBytes: 64 * 2 ** 20, drives: [{ disk, cdrom: false }] },
      'expect grub>\nsend ls\\r\nexpect (hd0,msdos1)\nexpect grub>',
      20e9,
    );
    expect(console).toContain('SeaBIOS (version');
    expect(finished).toBe(true);
    const { counters } = machine.platform;
    for (const device of [UART, IDE, PIT]) {
      expect(counters.get(device, REFLECTIONS)).toBeGreaterThan(100);
      expect(counters.get(device, REFLECTIONS)).toBe(counters.get(device, VM_EXITS));
    }
  });

  it.each([
    ['reference', ISA_DEVICES],
    ['ide=reference', PCI_DEVICES],
  ])('boot from the independent emulator: %s', async (placement, devices) => {
    const disk = new OverlayDisk(openFileDisk(locateGuest('grub').disk, true));
    const { finished, machine } = await converse(
      {
        ...{ bios: readFileSync(locateGuest('seabios').bios), ramBytes: 64 * 2 ** 20, devices },
        ...{ drives: [{ disk, cdrom: false }], ...parsePlacements([placement]) },
      },
      'expect grub>\nsend ls\\r\nexpect (hd0,msdos1)\nexpect grub>',
      20e9,
    );
    expect(finished).toBe(true);
    expect(machine.platform.counters.get(IDE, VM_EXITS)).toBeGreaterThan(1000);
    expect(machine.platform.counters.get(IDE, REFLECTIONS)).toBe(0);
  });
});
