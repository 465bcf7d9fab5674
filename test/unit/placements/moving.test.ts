import { describe, expect, it } from 'vitest';
import { allPlaced, PCI_DEVICES, placementByName } from '../../../hypervisor/config';
import { FirmwareDevice } from '../../helpers/firmware-device';

const [IDE, PCI, HPET, PM] = [2, 9, 10, 11];
const HPET_BASE = 0xfed00000;
const COUNTER = HPET_BASE + 0xf0;
/** A tick of the HPET in ns. */
const TICK = 10;
const WAYS = ['reflect', 'ioemu+posted', 'reflect+shadow', 'inkernel', 'forward', 'stubdom', 'reflect+shadow'];

function machine(name: string): Promise<FirmwareDevice> {
  return FirmwareDevice.create({ placements: allPlaced(placementByName(name)!), devices: PCI_DEVICES });
}

describe('devices in memory and behind PCI, as they move', () => {
  it('count on: the HPET, under placements that answer from the firmware and from the shadow page', async () => {
    const device = await machine('reflect+shadow');
    device.writeMemory(HPET_BASE + 0x10, 1);
    let expected = 0;
    for (const name of WAYS) {
      expect(device.platform.move(HPET, placementByName(name)!)).toBeUndefined();
      for (let look = 0; look < 3; look++) {
        device.advance(20 * TICK);
        expected += 20;
        expect(device.readMemory(COUNTER)).toBe(expected);
      }
    }
  });

  it('keep a timer that was armed elsewhere', async () => {
    const device = await machine('ioemu');
    // Timer 1 raises the clock's line, 8, after 1,000 ticks: legacy replacement ([HPET] 2.3.4, 2.3.8).
    device.writeMemory(HPET_BASE + 0x120, 4);
    device.writeMemory(HPET_BASE + 0x128, 1000);
    device.writeMemory(HPET_BASE + 0x12c, 0);
    device.writeMemory(HPET_BASE + 0x10, 3);
    device.advance(500 * TICK);
    device.platform.move(HPET, placementByName('reflect')!);
    expect(device.edges).not.toContain(8 + 1);
    device.advance(501 * TICK);
    expect(device.edges).toContain(8 + 1);
  });

  it('stay where the guest has put them by PCI', async () => {
    const device = await machine('reflect');
    const configure = (register: number, value: number) => {
      device.write(0xcf8, 0x8000_0900 | register, 4);
      device.write(0xcfc, value, 4);
    };
    configure(0x20, 0xc001);
    configure(0x04, 5);
    device.write(0xc004, 0x1000, 4);
    for (const name of WAYS) {
      for (const moved of [IDE, PCI, PM]) expect(device.platform.move(moved, placementByName(name)!)).toBeUndefined();
      expect(device.read(0xc004, 4)).toBe(0x1000);
    }
    configure(0x20, 0xd001);
    expect([device.read(0xc004, 4), device.read(0xd004, 4)]).toEqual([0xffff_ffff, 0x1000]);
  });
});
