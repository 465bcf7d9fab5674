import { beforeEach, describe, expect, it } from 'vitest';
import { FirmwareDevice } from '../../helpers/firmware-device';
import { PCI_DEVICES, readConfig, writeConfig } from './ide-driver';

const HOST = 0;
const ISA = 8;
const IDE = 9;
const PM = 11;
let device: FirmwareDevice;

beforeEach(async () => {
  device = await FirmwareDevice.create({ devices: PCI_DEVICES | (1 << 11) });
});

describe('configuration mechanism #1', () => {
  it('is recognised as drivers do', () => {
    device.write(0xcfb, 1);
    device.write(0xcf8, 0x80000000, 4);
    expect(device.read(0xcf8, 4)).toBe(0x80000000);
    expect(device.read(0xcf8, 2)).toBe(0xffff);
    device.write(0xcf8, 0x12345678, 2);
    expect(device.read(0xcf8, 4)).toBe(0x80000000);
    device.write(0xcf8, 0xffffffff, 4);
    expect(device.read(0xcf8, 4)).toBe(0x80fffffc);
  });

  it('finds its functions and no others', () => {
    const ids = Array.from({ length: 256 }, (_, fn) => readConfig(device, fn, 0)).map((id, fn) => [fn, id]);
    expect(ids.filter(([, id]) => id !== 0xffffffff)).toEqual([
      [HOST, 0x12378086],
      [ISA, 0x70008086],
      [IDE, 0x70108086],
      [PM, 0x71138086],
    ]);
    device.write(0xcf8, 0x80010000, 4);
    expect(device.read(0xcfc, 4)).toBe(0xffffffff);
    device.write(0xcf8, 0, 4);
    expect(device.read(0xcfc, 4)).toBe(0xffffffff);
  });

  it('reads every width at every byte', () => {
    expect(readConfig(device, HOST, 0, 1)).toBe(0x86);
    expect(readConfig(device, HOST, 2, 2)).toBe(0x1237);
    expect(readConfig(device, HOST, 0x2c)).toBe(0x11001af4);
    expect(readConfig(device, ISA, 0x0e, 1)).toBe(0x80);
    expect(readConfig(device, IDE, 0x08)).toBe(0x01018000);
    device.write(0xcf8, 0x80000000, 4);
    expect(device.read(0xcff, 2)).toBe(0xff12);
  });

  it('keeps read-only bits', () => {
    writeConfig(device, HOST, 0, 0);
    expect(readConfig(device, HOST, 0)).toBe(0x12378086);
    writeConfig(device, IDE, 0x20, 0xffffffff);
    expect(readConfig(device, IDE, 0x20)).toBe(0xfffffff1);
    writeConfig(device, IDE, 4, 0xffff, 2);
    expect(readConfig(device, IDE, 4, 2)).toBe(0x0507);
    writeConfig(device, IDE, 0x10, 0xffffffff);
    expect(readConfig(device, IDE, 0x10)).toBe(0);
  });
});

describe('routing', () => {
  it('follows base address and command of the IDE function', () => {
    writeConfig(device, IDE, 0x20, 0xd000);
    expect(device.read(0xd000)).toBe(0xff);
    writeConfig(device, IDE, 4, 1, 1);
    expect(device.read(0xd000)).toBe(0);
    writeConfig(device, IDE, 0x20, 0xe000);
    expect([device.read(0xd000), device.read(0xe000)]).toEqual([0xff, 0]);
    writeConfig(device, IDE, 0x20, 0x12000);
    expect(device.read(0xe000)).toBe(0xff);
  });

  it('does not lay the bus master over ISA devices', () => {
    writeConfig(device, IDE, 4, 1, 1);
    writeConfig(device, IDE, 0x20, 0x3f0);
    const scratch = 0x3ff;
    device.write(scratch, 0x5a);
    writeConfig(device, IDE, 0x20, 0xc000);
    expect(device.read(scratch)).toBe(0x5a);
  });

  it('puts the power-management range where its base says', () => {
    const mapped = (port: number) => device.platform.intercepts.ports[port];
    writeConfig(device, PM, 0x40, 0xb001);
    expect(mapped(0xb000)).toBe(0);
    writeConfig(device, PM, 0x80, 1, 1);
    expect([mapped(0xafff), mapped(0xb000), mapped(0xb03f), mapped(0xb040)]).toEqual([0, 11, 11, 0]);
    writeConfig(device, PM, 0x40, 0xb401);
    expect([mapped(0xb000), mapped(0xb03f), mapped(0xb400), mapped(0xb43f)]).toEqual([0, 0, 11, 11]);
    writeConfig(device, PM, 0x40, 0xb001);
    writeConfig(device, IDE, 4, 1, 1);
    writeConfig(device, IDE, 0x20, 0xb020);
    expect([mapped(0xb01f), mapped(0xb020), mapped(0xb030)]).toEqual([11, 2, 11]);
    writeConfig(device, IDE, 0x20, 0xc000);
    expect([mapped(0xb020), mapped(0xc000)]).toEqual([11, 2]);
  });

  it('has no function for a device that is not there', async () => {
    device = await FirmwareDevice.create({ devices: PCI_DEVICES & ~(1 << 2) });
    expect([IDE, PM].map((fn) => readConfig(device, fn, 0))).toEqual([0xffffffff, 0xffffffff]);
  });
});

describe('shadow RAM', () => {
  it('is writable where the PAM registers say', () => {
    const kinds = () =>
      Array.from(device.platform.memory.pageKind.subarray(0xc0, 0x100)).map((kind) => (kind === 1 ? 1 : 0));
    const blocks = () => Array.from({ length: 16 }, (_, block) => kinds()[block * 4]);
    expect(blocks()).toEqual(new Array(16).fill(0));
    writeConfig(device, HOST, 0x59, 0x30, 1);
    expect(blocks()).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1]);
    writeConfig(device, HOST, 0x5a, 0x31, 1);
    writeConfig(device, HOST, 0x5e, 0x12, 1);
    expect(blocks()).toEqual([0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1]);
    writeConfig(device, HOST, 0x58, 0x11111111);
    writeConfig(device, HOST, 0x5c, 0x11111111);
    expect(blocks()).toEqual(new Array(16).fill(0));
  });
});

describe('reset control', () => {
  it('resets the machine when RESET_CPU rises', () => {
    device.write(0xcf9, 0x02);
    expect(device.read(0xcf9)).toBe(0x02);
    expect(device.platform.stop).toBeUndefined();
    device.write(0xcf9, 0x06);
    expect(device.platform.stop?.kind).toBe('reset');
  });
});
