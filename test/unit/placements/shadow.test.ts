import { describe, expect, it } from 'vitest';
import { allPlaced, ISA_DEVICES, placementByName } from '../../../hypervisor/config';
import { Counter } from '../../../hypervisor/trace/counters';
import { FirmwareDevice } from '../../helpers/firmware-device';

const UART = 1;
const IDE = 2;
const PIT = 3;
const HPET = 10;
const COM1 = 0x3f8;
const HPET_BASE = 0xfed00000;

function shadowed(devices = ISA_DEVICES): Promise<FirmwareDevice> {
  return FirmwareDevice.create({ placements: allPlaced(placementByName('reflect+shadow')!), devices });
}

const hits = (device: FirmwareDevice, id: number) => device.platform.counters.get(id, Counter.SHADOW_READS);

describe('reads that have no side effect are answered by the hypervisor', () => {
  it('from LCR, MCR, SCR and IER of a UART, each with what was written last', async () => {
    const device = await shadowed();
    for (const [register, value] of [
      [3, 0x1b],
      [4, 0x0b],
      [7, 0xa5],
      [1, 0x05],
    ] as const) {
      device.write(COM1 + register, value);
      expect(device.read(COM1 + register)).toBe(value);
    }
    expect(hits(device, UART)).toBe(4);
  });

  it('from offset 1 of a UART also when it is the divisor', async () => {
    const device = await shadowed();
    device.write(COM1 + 3, 0x83);
    device.write(COM1 + 1, 0x12);
    expect(device.read(COM1 + 1)).toBe(0x12);
    expect(hits(device, UART)).toBe(1);
  });

  it('from LSR while it shows no error, and not while it does, because reading clears the error ([16550D] 8.6.3)', async () => {
    const device = await shadowed();
    device.write(COM1 + 4, 0x10);
    device.write(COM1, 0x41);
    device.write(COM1, 0x42);
    expect(device.read(COM1 + 5)).toBe(0x63);
    expect(hits(device, UART)).toBe(0);
    expect(device.read(COM1 + 5)).toBe(0x61);
    expect(hits(device, UART)).toBe(1);
  });

  it('but not from the receiver buffer, IIR and MSR', async () => {
    const device = await shadowed();
    for (const register of [0, 2, 6]) device.read(COM1 + register);
    expect(hits(device, UART)).toBe(0);
  });

  it('but not from a UART whose characters take time, since its LSR changes by itself', async () => {
    const device = await FirmwareDevice.create({
      placements: allPlaced(placementByName('reflect+shadow')!),
      uarts: [{ model: 3, sink: () => {}, lineRate: true, lossy: false }],
    });
    device.write(COM1, 0x41);
    expect(device.read(COM1 + 5)).toBe(0x20);
    device.advance(2_000_000);
    expect(device.read(COM1 + 5)).toBe(0x60);
    expect(hits(device, UART)).toBe(0);
  });

  it('from the task file of a channel, and from Alternate Status', async () => {
    const device = await shadowed();
    for (let register = 1; register <= 6; register++) device.read(0x170 + register);
    expect(device.read(0x376)).toBe(0);
    expect(hits(device, IDE)).toBe(7);
  });

  it('and never in another width', async () => {
    const device = await shadowed();
    device.read(COM1 + 3, 2);
    device.read(0x1f2, 2);
    expect(hits(device, UART) + hits(device, IDE)).toBe(0);
  });
});

describe('the HPET main counter', () => {
  const WITH_HPET = ISA_DEVICES | (1 << HPET);

  it('is time minus an offset, both halves, once it runs', async () => {
    const device = await shadowed(WITH_HPET);
    device.advance(12_345);
    device.writeMemory(HPET_BASE + 0xf0, 0xffff_fff0);
    device.writeMemory(HPET_BASE + 0xf4, 0x0000_0007);
    expect(device.readMemory(HPET_BASE + 0xf0)).toBe(0xffff_fff0);
    expect(hits(device, HPET)).toBe(0);
    device.writeMemory(HPET_BASE + 0x10, 1);
    device.advance(150);
    expect(device.readMemory(HPET_BASE + 0xf0)).toBe(0xffff_ffff);
    expect(device.readMemory(HPET_BASE + 0xf4)).toBe(7);
    device.advance(10);
    expect(device.readMemory(HPET_BASE + 0xf0)).toBe(0);
    expect(device.readMemory(HPET_BASE + 0xf4)).toBe(8);
    expect(hits(device, HPET)).toBe(4);
  });

  it('stands still and is the firmware’s again when it is stopped', async () => {
    const device = await shadowed(WITH_HPET);
    device.writeMemory(HPET_BASE + 0x10, 1);
    device.advance(1000);
    device.writeMemory(HPET_BASE + 0x10, 0);
    device.advance(1000);
    expect(device.readMemory(HPET_BASE + 0xf0)).toBe(100);
    expect(hits(device, HPET)).toBe(0);
  });
});

describe('the 8254 does not qualify', () => {
  it('because the same read of a latched count gives two values at one time, and a third one after that', async () => {
    const device = await shadowed();
    device.write(0x43, 0x34);
    device.write(0x40, 0x34);
    device.write(0x40, 0x12);
    device.advance(1_000_000);
    device.write(0x43, 0x00);
    const bytes = [device.read(0x40), device.read(0x40)];
    expect(bytes[0]).not.toBe(bytes[1]);
    device.advance(500_000);
    expect(device.read(0x40)).not.toBe(bytes[0]);
    expect(hits(device, PIT)).toBe(0);
  });
});
