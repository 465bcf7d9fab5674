import { expect, it } from 'vitest';
import type { FirmwareDevice } from '../../helpers/firmware-device';
import { Noise, UnreliableDisk } from '../../helpers/noise';
import { IdeDriver, PCI_DEVICES, READY, writeConfig } from './ide-driver';

const ACCESSES = 60_000;
const PORTS = [
  ...[0x1f0, 0x1f1, 0x1f2, 0x1f3, 0x1f4, 0x1f5, 0x1f6, 0x1f7, 0x3f6, 0x170, 0x172, 0x176, 0x177, 0x376],
  ...[0xc000, 0xc002, 0xc004, 0xc008, 0xc00a, 0xc00c, 0xcf8, 0xcfc],
];
const COMMANDS = [
  ...[0x20, 0x24, 0x25, 0x29, 0x30, 0x34, 0x35, 0x39, 0x40, 0xa0, 0xa0, 0xa0, 0xa1, 0xb0, 0xc4, 0xc5],
  ...[0xc6, 0xc8, 0xca, 0xe7, 0xec, 0xef, 0x90, 0x08, 0xe6],
];
const COMMAND_PORTS = [0x1f7, 0x177];
const CONTROL_PORTS = [0x3f6, 0x376];
const WIDTHS = [1, 1, 1, 2, 2, 4] as const;

function writeNoise(device: FirmwareDevice, noise: Noise): void {
  const port = noise.of(PORTS);
  let value = noise.below(3) > 0 ? noise.below(256) : noise.below(2 ** 31);
  if (COMMAND_PORTS.includes(port)) value = noise.of(COMMANDS);
  if (CONTROL_PORTS.includes(port) && noise.below(4) > 0) value = 0;
  device.write(port, value, noise.of(WIDTHS));
}

function describeNoise(device: FirmwareDevice, noise: Noise): void {
  const table = 0x20000 + noise.below(16) * 8;
  const words = new DataView(device.memory.buffer);
  for (let entry = 0; entry < 8; entry++) {
    const inside = 0x100000 + noise.below(8) * 0x4000 + (noise.below(3) > 0 ? 0 : noise.below(512));
    words.setUint32(table + entry * 8, noise.below(5) > 0 ? inside : noise.below(2 ** 31), true);
    const length = noise.below(3) > 0 ? noise.below(9) * 512 : noise.below(65536);
    words.setUint32(table + entry * 8 + 4, length + (noise.below(4) > 0 ? 0 : 0x80000000), true);
  }
  device.write(0xc004 + 8 * noise.below(2), table, 4);
}

function moveNoise(device: FirmwareDevice, noise: Noise): void {
  const width = noise.of([1, 2, 4] as const);
  const elements = 1 + noise.below(noise.below(4) > 0 ? 300 : 20000);
  const runs = Uint32Array.of(0x180000, elements * width);
  const exit = {
    address: noise.of([0x1f0, 0x170]),
    width,
    value: 0,
    string: true,
    count: elements,
    runs,
    runCount: 1,
  } as const;
  device.platform.string({ ...exit, reason: noise.of([1, 2] as const), descending: noise.below(4) === 0 }, elements);
}

it.each([1, 22])(
  'survives noise %i on every port, in memory and from the disks',
  async (seed) => {
    const noise = new Noise(seed);
    const drives = [
      { disk: new UnreliableDisk(5000, noise), cdrom: false },
      { disk: new UnreliableDisk(4000, noise), cdrom: true },
      undefined,
      { disk: new UnreliableDisk(100, noise), cdrom: false },
    ];
    const ide = await IdeDriver.create({ drives, devices: PCI_DEVICES, ramBytes: 4 * 2 ** 20 });
    const { device } = ide;
    device.platform.processor = { interruptible: true, setAddressLine20() {} };
    const deeds = [
      ...new Array<() => void>(14).fill(() => device.read(noise.of(PORTS), noise.of(WIDTHS))),
      ...new Array<() => void>(12).fill(() => writeNoise(device, noise)),
      ...new Array<() => void>(4).fill(() => device.advance(noise.below(200_000))),
      ...new Array<() => void>(2).fill(() => describeNoise(device, noise)),
      ...new Array<() => void>(4).fill(() => moveNoise(device, noise)),
      () => ide.enableBusMaster(),
      () => writeConfig(device, noise.of([0, 8, 9]), noise.below(256), noise.below(2 ** 31)),
    ];
    for (let access = 0; access < ACCESSES; access++) noise.of(deeds)();
    expect(device.platform.stop?.problem ?? 'the guest reset the machine').toBe('the guest reset the machine');
    ide.reset();
    expect(ide.status).toBe(READY);
    expect(ide.identify()[60]).toBe(5000);
  },
  60_000,
);
