import { describe, expect, it } from 'vitest';
import { FirmwareDevice } from '../../helpers/firmware-device';

describe('a platform without a processor', () => {
  it("reaches the firmware's debug console and counts the way there", async () => {
    const seen: [number, number][] = [];
    const device = await FirmwareDevice.create({ debug: (channel, value) => seen.push([channel, value]) });
    expect(device.read(0x402)).toBe(0xe9);
    device.write(0x402, 0x41);
    device.write(0x404, 1001, 2);
    expect(seen).toEqual([
      [0, 0x41],
      [1, 1001],
    ]);
    expect(device.platform.counters.get(8, 1)).toBe(3);
  });

  it('reads all ones where nobody decodes', async () => {
    const device = await FirmwareDevice.create();
    expect(device.read(0x1234)).toBe(0xff);
    expect(device.read(0x1234, 2)).toBe(0xffff);
    expect(device.read(0x1234, 4)).toBe(0xffffffff);
  });
});
