import { describe, expect, it } from 'vitest';
import type { MachineConfig } from '../../../hypervisor/config';
import { MemoryDisk } from '../../../pv-drivers/backend/memory-disk';
import { FirmwareDevice } from '../../helpers/firmware-device';

const MIB = 2 ** 20;
const SECOND = 1e9;
const DAY = 86_400 * SECOND;
const [A, B, C, D] = [0x0a, 0x0b, 0x0c, 0x0d] as const;

/** A machine whose PIT stays quiet, so that long times pass quickly. */
async function clock(changes: Partial<MachineConfig> = {}): Promise<FirmwareDevice> {
  const device = await FirmwareDevice.create(changes);
  device.write(0x43, 0x30);
  return device;
}

function read(device: FirmwareDevice, register: number): number {
  device.write(0x70, register);
  return device.read(0x71);
}

function write(device: FirmwareDevice, register: number, value: number): void {
  device.write(0x70, register);
  device.write(0x71, value);
}

const word = (device: FirmwareDevice, register: number) => read(device, register) + read(device, register + 1) * 256;

/** Date and time in BCD, as text. */
function now(device: FirmwareDevice): string {
  const [century, year, month, day, hour, minute, second] = [0x32, 9, 8, 7, 4, 2, 0].map((register) =>
    read(device, register).toString(16).padStart(2, '0'),
  );
  return `${century}${year}-${month}-${day} ${hour}:${minute}:${second}`;
}

describe('time', () => {
  it.each([
    [0, '1970-01-01 00:00:00', 5],
    [951_827_696, '2000-02-29 12:34:56', 3],
    [1_583_020_799, '2020-02-29 23:59:59', 7],
    [4_102_444_799, '2099-12-31 23:59:59', 5],
  ])('begins at the epoch: %i', async (epoch, expected, weekday) => {
    const device = await clock({ epoch });
    expect(now(device)).toBe(expected);
    expect(read(device, 6)).toBe(weekday);
  });

  it('changes exactly at the second, and goes on for years', async () => {
    const device = await clock({ epoch: 1_583_020_799 });
    device.advance(SECOND - 1);
    expect(now(device)).toBe('2020-02-29 23:59:59');
    device.advance(1);
    expect(now(device)).toBe('2020-03-01 00:00:00');
    device.advance(366 * DAY);
    expect(now(device)).toBe('2021-03-02 00:00:00');
    device.advance(9 * 365 * DAY);
    expect(now(device)).toBe('2030-02-28 00:00:00');
  });

  it('keeps to what software sets, second by second, with its divider where it was', async () => {
    const device = await clock();
    device.advance(0.25 * SECOND);
    write(device, B, 0x82);
    for (const [register, value] of [
      [9, 0x99],
      [8, 0x12],
      [7, 0x31],
      [4, 0x23],
      [2, 0x59],
      [0, 0x59],
    ] as const) {
      write(device, register, value);
    }
    device.advance(5 * SECOND);
    write(device, B, 0x02);
    expect(now(device)).toBe('2099-12-31 23:59:59');
    device.advance(0.76 * SECOND);
    expect(now(device)).toBe('2100-01-01 00:00:00');
  });
});

describe('interrupts', () => {
  it('periodic ones come at the exact tick and do not drift', async () => {
    const device = await clock();
    write(device, A, 0x2f);
    write(device, B, 0x42);
    for (let count = 1; count <= 1000; count++) {
      device.advance(count * 0.5 * SECOND - device.platform.clock.now - 1);
      expect(device.irq(8)).toBe(0);
      device.advance(1);
      expect(device.irq(8)).toBe(1);
      expect(read(device, C)).toBe(count % 2 === 0 ? 0xd0 : 0xc0);
      expect(device.irq(8)).toBe(0);
    }
  });

  it('an alarm days ahead is one wake-up', async () => {
    const device = await clock({ epoch: 1_577_836_800 + 3600 });
    write(device, 1, 0x30);
    write(device, 3, 0x00);
    write(device, 5, 0x00);
    write(device, B, 0x22);
    device.advance(23 * 3600 * SECOND + 29.9 * SECOND);
    expect(device.irq(8)).toBe(0);
    expect(device.platform.recent.lines(64).length).toBeLessThan(20);
    device.advance(0.1 * SECOND);
    expect(device.irq(8)).toBe(1);
    expect(read(device, C) & 0xb0).toBe(0xb0);
    device.advance(DAY);
    expect(device.irq(8)).toBe(1);
  });

  it('an alarm that no time matches never comes', async () => {
    const device = await clock();
    write(device, 1, 0x60);
    write(device, B, 0x22);
    device.advance(3 * DAY);
    expect(device.irq(8)).toBe(0);
    expect(read(device, C) & 0xb0).toBe(0x10);
  });
});

describe('ports', () => {
  it('the address latch cannot be read, and hides the NMI mask', async () => {
    const device = await clock();
    expect(device.read(0x70)).toBe(0xff);
    write(device, 0x40, 0x5a);
    expect(read(device, 0xc0)).toBe(0x5a);
    expect(device.read(0x70, 2)).toBe(0x5aff);
    device.write(0x70, 0xa540, 2);
    expect(read(device, 0x40)).toBe(0xa5);
  });

  it('reads of the status registers', async () => {
    const device = await clock();
    expect([A, B, D].map((register) => read(device, register))).toEqual([0x26, 0x02, 0x80]);
    write(device, D, 0);
    expect(read(device, D)).toBe(0x80);
  });
});

describe('what a BIOS reads', () => {
  it.each([
    [1, 640, 0, 0],
    [16, 640, 15 * 1024, 0],
    [64, 640, 63 * 1024, (48 * MIB) / 65536],
    [1023, 640, 0xffff, (1007 * MIB) / 65536],
  ])('%i MiB of memory', async (ram, base, extended, above) => {
    const device = await clock({ ramBytes: ram * MIB });
    expect([0x15, 0x17, 0x30, 0x34].map((register) => word(device, register))).toEqual([
      base,
      extended,
      extended,
      above,
    ]);
  });

  it('hard disks, their geometry and translation, and the boot order', async () => {
    const disk = (sectors: number) => ({ disk: new MemoryDisk(new Uint8Array(sectors * 512)), cdrom: false });
    const device = await clock({
      drives: [disk(16 * 63 * 100), undefined, { ...disk(2048), cdrom: true }, undefined],
    });
    expect(read(device, 0x12)).toBe(0xf0);
    expect([0x19, 0x1a].map((register) => read(device, register))).toEqual([47, 0]);
    expect(word(device, 0x1b)).toBe(100);
    expect([0x1d, 0x20, 0x23].map((register) => read(device, register))).toEqual([16, 0xc8, 63]);
    expect(read(device, 0x39)).toBe(0);
    expect(read(device, 0x3d)).toBe(0x32);
    expect([0x10, 0x14, 0x5f].map((register) => read(device, register))).toEqual([0, 0x02, 0]);
  });

  it('a disk beyond 1024 cylinders is translated', async () => {
    const device = await clock({
      drives: [undefined, { disk: new MemoryDisk(new Uint8Array(16 * 63 * 1025 * 512)), cdrom: false }],
    });
    expect(read(device, 0x12)).toBe(0x0f);
    expect(read(device, 0x39)).toBe(0x04);
    expect(word(device, 0x24)).toBe(1025);
  });
});
