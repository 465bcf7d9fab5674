import { describe, expect, it } from 'vitest';
import { allPlaced, placementByName } from '../../../hypervisor/config';
import { DEVICE_NAMES } from '../../../hypervisor/device-names';
import { FirmwareDevice } from '../../helpers/firmware-device';

// Re-declared from the firmware region's layout.
const REGION = 0x3ff00000;
const REGION_PAGES = 256;
const DEVICE_STATE = 0x3ff10000;
const FRAMES = { guest: 0x3ff02000, hypervisor: 0x3ff03000, domain0: 0x3ff04000, stubDomain: 0x3ff05000 };
const IOREQ_PAGES = 0x3ff3a000;
const [UART, IDE] = [1, 2];
const [UNMAPPED, RAM] = [0, 1];

async function machine(placements: Record<string, string>) {
  const chosen = allPlaced(placementByName(placements.all!)!);
  for (const [name, placement] of Object.entries(placements)) {
    if (name !== 'all') chosen[DEVICE_NAMES.indexOf(name)] = placementByName(placement)!;
  }
  const { platform } = await FirmwareDevice.create({ placements: chosen });
  const { pageKind } = platform.memory;
  return {
    platform,
    kind: (address: number) => pageKind[address >>> 12],
    region: () => pageKind.slice(REGION >>> 12, (REGION >>> 12) + REGION_PAGES),
  };
}

const state = (device: number) => DEVICE_STATE + device * 4096;

describe('a guest reaches of the firmware region', () => {
  it('its own firmware when devices are reflected, but not what others work with', async () => {
    const { kind } = await machine({ all: 'reflect' });
    for (const address of [REGION, FRAMES.guest, state(UART), state(IDE)]) expect(kind(address)).toBe(RAM);
    for (const address of [FRAMES.hypervisor, FRAMES.domain0, FRAMES.stubDomain, IOREQ_PAGES, IOREQ_PAGES + 0x5000]) {
      expect(kind(address)).toBe(UNMAPPED);
    }
  });

  it('nothing when every device is emulated elsewhere, or one of them is protected', async () => {
    for (const all of ['inkernel', 'ioemu', 'kvm-user+posted', 'reflect+protected', 'forward+protected+lazy']) {
      expect((await machine({ all })).region().every((kind) => kind === UNMAPPED)).toBe(true);
    }
    expect((await machine({ all: 'reflect', ide: 'reflect+protected' })).kind(state(UART))).toBe(UNMAPPED);
  });

  it('not the state of a device that is emulated elsewhere, beside others that are not', async () => {
    const { kind } = await machine({ all: 'reflect', ide: 'ioemu' });
    expect([kind(state(UART)), kind(state(IDE))]).toEqual([RAM, UNMAPPED]);
  });

  it('a device’s state once that has moved into it, and no longer when it has moved out', async () => {
    const { platform, kind } = await machine({ all: 'reflect', ide: 'ioemu' });
    platform.move(IDE, placementByName('reflect')!);
    expect(kind(state(IDE))).toBe(RAM);
    platform.move(UART, placementByName('inkernel')!);
    expect(kind(state(UART))).toBe(UNMAPPED);
  });

  it('rings and grants when it has drivers of its own', async () => {
    const { kind } = await machine({ all: 'inkernel', uart: 'pv' });
    for (const address of [0x3ff01000, 0x3ff08000, 0x3ff48000]) expect(kind(address)).toBe(RAM);
    expect(kind(state(IDE))).toBe(UNMAPPED);
  });
});
