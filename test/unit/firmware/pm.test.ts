import { beforeEach, describe, expect, it } from 'vitest';
import { ISA_DEVICES } from '../../../hypervisor/config';
import { FirmwareDevice } from '../../helpers/firmware-device';

const BASE = 0xb000;
const PM = 1 << 11;
const [STATUS, ENABLE, CONTROL, TIMER] = [0, 2, 4, 8] as const;
const HERTZ = 3_579_545n;
const HALF = 2 ** 23;
const ticks = (nanoseconds: number) => Number((BigInt(nanoseconds) * HERTZ) / 1_000_000_000n);
const time = (tick: number) => Number((BigInt(tick) * 1_000_000_000n + HERTZ - 1n) / HERTZ);

let device: FirmwareDevice;

beforeEach(async () => {
  device = await FirmwareDevice.create({ devices: ISA_DEVICES | PM });
  device.write(0x43, 0x30);
});

describe('the timer', () => {
  it('has 24 bits at 3.579545 MHz and does not drift', () => {
    for (const until of [0, 1e9, 1e12, 86_400e9 * 100]) {
      device.platform.clock.idleUntil(until);
      expect(device.read(BASE + TIMER, 4)).toBe(ticks(device.platform.clock.now) % 2 ** 24);
    }
  });

  it('sets its status when its highest bit changes, and interrupts if it may', () => {
    device.write(BASE + ENABLE, 1, 2);
    device.write(BASE + CONTROL, 1, 2);
    for (const half of [1, 2, 3]) {
      device.advance(time(half * HALF) - 1 - device.platform.clock.now);
      expect(device.irq(9)).toBe(0);
      device.advance(1);
      expect(device.irq(9)).toBe(1);
      expect(device.read(BASE + STATUS, 2)).toBe(1);
      device.write(BASE + STATUS, 1, 2);
      expect(device.irq(9)).toBe(0);
    }
  });

  it('does not interrupt before ACPI is on', () => {
    device.write(BASE + ENABLE, 1, 2);
    device.advance(3e9);
    expect(device.read(BASE + STATUS, 2)).toBe(1);
    expect(device.irq(9)).toBe(0);
    device.write(0xb2, 0xf1);
    expect(device.read(BASE + CONTROL, 2)).toBe(1);
    expect(device.irq(9)).toBe(1);
    device.write(0xb2, 0xf0);
    expect(device.irq(9)).toBe(0);
  });
});

describe('registers', () => {
  it('keep what has a meaning, in any width', () => {
    device.write(BASE, 0xffff0000, 4);
    expect(device.read(BASE, 4)).toBe(0x07210000);
    device.write(BASE + ENABLE + 1, 0x00);
    expect(device.read(BASE + ENABLE, 2)).toBe(0x0021);
    device.write(BASE + CONTROL, 0x1c03, 2);
    expect(device.read(BASE + CONTROL, 4)).toBe(0x1c03);
    expect(device.read(BASE + 0x0c, 4)).toBe(0xffffffff);
    device.write(0xb3, 0x77);
    expect(device.read(0xb2, 2)).toBe(0x7700);
  });

  it('sleeping with type 0 switches the machine off', () => {
    device.write(BASE + CONTROL, 0x2000, 2);
    expect(device.platform.stop?.kind).toBe('power-off');
  });

  it('any other sleep ends at once', () => {
    device.write(BASE + CONTROL, 0x2400, 2);
    expect(device.platform.stop).toBeUndefined();
    expect(device.read(BASE + CONTROL, 2)).toBe(0x0400);
    expect(device.read(BASE + STATUS, 2)).toBe(0x8000);
  });
});
