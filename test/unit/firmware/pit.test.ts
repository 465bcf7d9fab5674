import { describe, expect, it } from 'vitest';
import { FirmwareDevice } from '../../helpers/firmware-device';

const HERTZ = 1_193_182n;
const CONTROL = 0x43;
const COUNTER = 0x40;
const SYSTEM_CONTROL = 0x61;

/** First nanosecond of clock tick `tick`. */
const time = (tick: number) => Number((BigInt(tick) * 1_000_000_000n + HERTZ - 1n) / HERTZ);
const ticks = (nanoseconds: number) => Number((BigInt(nanoseconds) * HERTZ) / 1_000_000_000n);

async function pit(): Promise<FirmwareDevice> {
  const device = await FirmwareDevice.create();
  device.edges.length = 0;
  return device;
}

function program(device: FirmwareDevice, mode: number, count: number): void {
  device.write(CONTROL, 0x30 | (mode << 1));
  device.write(COUNTER, count & 0xff);
  device.write(COUNTER, count >> 8);
}

function count(device: FirmwareDevice): number {
  device.write(CONTROL, 0x00);
  return device.read(COUNTER) | (device.read(COUNTER) << 8);
}

/** Times at which line 0 rose while `nanoseconds` passed. */
function rises(device: FirmwareDevice, nanoseconds: number): number[] {
  const times: number[] = [];
  const { pic, clock } = device.platform;
  const inner = pic.setLine;
  pic.setLine = (line, level) => {
    if (line === 0 && level) times.push(clock.now);
    inner(line, level);
  };
  device.advance(nanoseconds);
  pic.setLine = inner;
  return times;
}

describe('IRQ 0', () => {
  it.each([2, 3])('mode %i rises once a period, at the exact tick', async (mode) => {
    const device = await pit();
    const start = ticks(device.platform.clock.now);
    program(device, mode, 1193);
    const times = rises(device, 100_000_000);
    expect(times.length).toBe(Math.floor((ticks(device.platform.clock.now) - start - 1) / 1193));
    times.forEach((at, index) => {
      expect(at).toBe(time(start + 1 + (index + 1) * 1193));
    });
  });

  it('mode 0 rises once, N + 1 ticks after the write', async () => {
    const device = await pit();
    program(device, 0, 1000);
    expect(device.irq(0)).toBe(0);
    const start = ticks(device.platform.clock.now);
    expect(rises(device, 1e9)).toEqual([time(start + 1001)]);
  });

  it('does not drift over a day, nor over a thousand days', async () => {
    const device = await pit();
    program(device, 0, 1);
    program(device, 2, 0);
    const start = ticks(device.platform.clock.now) + 1;
    device.write(CONTROL, 0x30);
    program(device, 2, 0);
    for (const days of [1, 1000]) {
      device.platform.clock.idleUntil(days * 86_400e9 + 12_345);
      const passed = ticks(device.platform.clock.now) - start;
      expect(count(device)).toBe((65536 - (passed % 65536)) & 0xffff);
    }
  });

  it('loading a count in mode 2 is not an edge', async () => {
    const device = await pit();
    program(device, 2, 0x8000);
    device.edges.length = 0;
    device.advance(10_000);
    expect(device.edges).toEqual([]);
  });

  it('an edge that nobody waited for is still one pulse', async () => {
    const device = await pit();
    program(device, 2, 100);
    device.edges.length = 0;
    device.platform.clock.idleUntil(device.platform.clock.now + time(120));
    device.read(COUNTER);
    expect(device.edges).toEqual([-1, 1]);
  });
});

describe('system control port B', () => {
  it('reads back gate, speaker and the error masks, and nothing else', async () => {
    const device = await pit();
    device.write(SYSTEM_CONTROL, 0xff);
    expect(device.read(SYSTEM_CONTROL) & 0xcf).toBe(0x0f);
    device.write(SYSTEM_CONTROL, 0x00);
    expect(device.read(SYSTEM_CONTROL) & 0xcf).toBe(0x00);
  });

  it('the refresh bit toggles every 18 ticks', async () => {
    const device = await pit();
    const levels = Array.from({ length: 100 }, () => {
      device.advance(time(18) - 1);
      return (device.read(SYSTEM_CONTROL) >> 4) & 1;
    });
    const toggles = levels.slice(1).filter((level, index) => level !== levels[index]).length;
    expect(toggles).toBeGreaterThanOrEqual(98);
  });

  it('times a delay as SeaBIOS and Linux do', async () => {
    const device = await pit();
    device.write(SYSTEM_CONTROL, 0x01);
    device.write(CONTROL, 0xb0);
    device.write(COUNTER + 2, 0x9c);
    device.write(COUNTER + 2, 0x2e);
    expect(device.read(SYSTEM_CONTROL) & 0x20).toBe(0);
    device.advance(time(0x2e9c));
    expect(device.read(SYSTEM_CONTROL) & 0x20).toBe(0);
    device.advance(time(2));
    expect(device.read(SYSTEM_CONTROL) & 0x20).toBe(0x20);
  });
});

describe('the bus', () => {
  it('the control word cannot be read, and wide accesses are bytes', async () => {
    const device = await pit();
    expect(device.read(CONTROL)).toBe(0xff);
    device.write(CONTROL, 0xe2); // status of counter 0, as programmed at power-on: mode 3, both bytes
    expect(device.read(COUNTER) & 0x3f).toBe(0x36);
    device.write(CONTROL, 0xe2);
    expect(device.read(COUNTER, 4) >>> 24).toBe(0xff);
  });
});
