import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parsePlacements } from '../../experiments/options';
import { locateGuest } from '../../guest/images';
import { openFileDisk } from '../../pv-drivers/backend/file-disk';
import { OverlayDisk } from '../../pv-drivers/backend/overlay-disk';
import { describeWithQemu } from '../helpers/qtest/find-qemu';
import { converse, describeWithGuest } from './converse';

const IDE = 2;
const VM_EXITS = 1;
const REFLECTIONS = 2;
const IOREQS = 9;

const SCENARIO = 'expect grub>\nsend ls (hd0,msdos1)/\\r\nexpect grub>';

function boot(placement: string) {
  const disk = new OverlayDisk(openFileDisk(locateGuest('grub').disk, true));
  return converse(
    {
      ...{ bios: readFileSync(locateGuest('seabios').bios), ramBytes: 64 * 2 ** 20 },
      ...{ drives: [{ disk, cdrom: false }], ...parsePlacements([placement]) },
    },
    SCENARIO,
    20e9,
  );
}

describeWithGuest('grub', 'SeaBIOS and GRUB, unmodified', () => {
  describeWithQemu("on QEMU's drives", (_qemu) => {
    it('print what they print on the reflected ones', async () => {
      const reflected = await boot('reflect');
      const hosted = await boot('ide=qemu');
      hosted.machine.platform.close();
      expect(reflected.finished).toBe(true);
      expect(hosted.finished).toBe(true);
      expect(hosted.console).toBe(reflected.console);
      const { counters } = hosted.machine.platform;
      expect(counters.get(IDE, VM_EXITS)).toBeGreaterThan(1000);
      expect(counters.get(IDE, IOREQS)).toBeGreaterThanOrEqual(counters.get(IDE, VM_EXITS));
      expect(counters.get(IDE, REFLECTIONS)).toBe(0);
    });
  });
});
