import { expect } from 'vitest';
import type { FirmwareDevice } from '../../helpers/firmware-device';

/** A timer that runs for longer than any command takes, in ns. */
const LONG = 20_000_000;
const BUSY = 0x80;
const READY = 0x50;
const DEVICE_RESET = 0x04;

const CHANNELS = [
  { command: 0x1f0, control: 0x3f6 },
  { command: 0x170, control: 0x376 },
] as const;

/** The IDE function of the PIIX, back where a BIOS would have put it, and both channels decoding. */
function restorePci(device: FirmwareDevice): void {
  for (const [register, value] of [
    [0x04, 5],
    [0x20, 0xc001],
    [0x40, 0x8000_8000],
  ] as const) {
    device.write(0xcf8, 0x8000_0900 + register, 4);
    device.write(0xcfc, value, 4);
  }
}

/** Every accepted command ends: with time enough, neither channel is busy, unless the guest holds it in reset. */
export function expectNothingPending(device: FirmwareDevice): void {
  restorePci(device);
  for (const { control } of CHANNELS) device.write(control, 0);
  device.advance(LONG);
  for (const { control } of CHANNELS) expect(device.read(control) & BUSY, 'BSY').toBe(0);
}

/** A guest that resets what it uses finds every device at work, whatever was done to it and to the others before. */
export function expectAlive(device: FirmwareDevice): void {
  expectIde(device);
  expectUart(device);
  expectPit(device);
  device.write(0x70, 0x5a);
  device.write(0x71, 0xc3);
  expect(device.read(0x71), 'CMOS RAM').toBe(0xc3);
  expect(device.platform.stop).toBeUndefined();
}

function expectIde(device: FirmwareDevice): void {
  restorePci(device);
  for (const { command, control } of CHANNELS) {
    device.write(control, DEVICE_RESET);
    device.advance(LONG);
    device.write(control, 0);
    device.advance(LONG);
    device.write(command + 6, 0xa0);
    expect(device.read(command + 7), 'status after a software reset').toBe(READY);
    device.write(command + 7, 0xec);
    device.advance(LONG);
    const words = Array.from({ length: 256 }, () => device.read(command, 2));
    expect(words[60]! + words[61]! * 65536, 'sectors of IDENTIFY DEVICE').toBe(4096);
  }
}

function expectUart(device: FirmwareDevice): void {
  device.write(0x3fb, 0x03);
  device.write(0x3ff, 0x96);
  expect(device.read(0x3ff), 'scratch register').toBe(0x96);
  device.write(0x3fc, 0x10);
  device.write(0x3fa, 0x07);
  device.read(0x3fd);
  device.write(0x3f8, 0x41);
  device.advance(LONG);
  expect(device.read(0x3f8), 'a character in loopback').toBe(0x41);
}

function expectPit(device: FirmwareDevice): void {
  device.write(0x61, 0x01);
  device.write(0x43, 0xb4);
  device.write(0x42, 0x00);
  device.write(0x42, 0x00);
  const counts = [10_000, 10_000].map((ns) => {
    device.advance(ns);
    device.write(0x43, 0x80);
    return device.read(0x42) + 256 * device.read(0x42);
  });
  expect(counts[0], 'counter 2').toBeGreaterThan(counts[1]!);
}
