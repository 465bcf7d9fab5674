import { beforeEach, describe, expect, it } from 'vitest';
import { PCI_DEVICES } from '../../../hypervisor/config';
import { FirmwareDevice } from '../../helpers/firmware-device';

const [HPET, HPET_CONFIGURATION, TIMER_2] = [0xfed0_0000, 0x10, 0x140] as const;
/** Edge-triggered, interrupting, on line 11. */
const TIMER_SETTINGS = 0x0004 | (11 << 9);

describe('interrupt lines between device models and interrupt controller', () => {
  let device: FirmwareDevice;

  /** Both controllers as a BIOS leaves them, all inputs unmasked. */
  beforeEach(async () => {
    device = await FirmwareDevice.create({ devices: PCI_DEVICES });
    for (const [port, vectors, cascade] of [
      [0x20, 0x20, 4],
      [0xa0, 0x28, 2],
    ] as const) {
      for (const [a0, value] of [
        [0, 0x11],
        [1, vectors],
        [1, cascade],
        [1, 0x01],
        [1, 0x00],
      ] as const) {
        device.write(port + a0, value);
      }
    }
  });

  it('a driver that serves its device by polling gets no interrupt for it', () => {
    device.write(0x3f9, 0x02);
    expect(device.platform.pic.asserted).toBe(true);
    expect(device.read(0x3fa) & 0x0f, 'IIR: transmitter empty').toBe(0x02);
    expect(device.irq(4)).toBe(0);
    expect(device.platform.pic.asserted).toBe(false);
  });

  it('an edge that comes and goes within one entry into the firmware is not lost', () => {
    device.writeMemory(HPET + TIMER_2, TIMER_SETTINGS);
    device.writeMemory(HPET + TIMER_2 + 8, 1000);
    device.writeMemory(HPET + TIMER_2 + 12, 0);
    device.writeMemory(HPET + HPET_CONFIGURATION, 1);
    device.edges.length = 0;
    device.advance(11_000);
    expect(device.edges).toEqual([12, -12]);
    expect(device.irq(11)).toBe(0);
    expect(device.platform.pic.asserted).toBe(true);
    expect(device.platform.pic.acknowledge()).toBe(0x2b);
  });
});
