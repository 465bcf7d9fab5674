import { type MachineConfig, PCI_DEVICES } from '../../../hypervisor/config';
import { FirmwareDevice } from '../../helpers/firmware-device';
import { blobDisk } from '../../unit/firmware/fw-cfg-driver';

// Re-declared from firmware-emu/devices/rom-card/README.md and [PCI 2.1] 6.1.
export const ROM_CARD = 14;
export const ITEM = 0x0;
export const SIZE = 0x4;
export const WINDOW = 0x8;
export const STATUS = 0xc;
export const WINDOW_BYTES = 0x10000;
export const ROM_BYTES = 0x4000;
export const COMMAND = 0x04;
export const PORTS_BAR = 0x10;
export const WINDOW_BAR = 0x14;
export const ROM_BAR = 0x30;
export const IO = 1;
export const MEMORY = 2;

/** Where the driver puts the card unless a test does so itself. */
export const PORTS_AT = 0xc000;
export const WINDOW_AT = 0xe000_0000;
export const ROM_AT = 0xe001_0000;

const FUNCTION = 0x8000_1800;
const PORT = 0;
const PAGE = 4096;
const ROM_PAGE = 2;

export type Contents = Parameters<typeof blobDisk>[0];

/** Bytes that tell their place. */
export function pattern(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let index = 0, state = seed; index < length; index++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[index] = state >>> 16;
  }
  return bytes;
}

/** Index of the first byte that differs, or -1. */
export function difference(actual: Uint8Array, expected: Uint8Array): number {
  if (Buffer.compare(actual, expected) === 0) return -1;
  const index = actual.findIndex((byte, at) => byte !== expected[at]);
  return index < 0 ? actual.length : index;
}

/** The card as a loader uses it, and its memory as the guest's memory map has it. */
export class RomCardDriver {
  readonly device: FirmwareDevice;

  constructor(firmware: WebAssembly.Module, contents: Contents, changes: Partial<MachineConfig> = {}) {
    const { blobs, disk } = blobDisk(contents);
    const devices = PCI_DEVICES | (1 << ROM_CARD);
    this.device = new FirmwareDevice(firmware, { blobs, blobDisk: disk, devices, ...changes });
  }

  config(register: number, width: 1 | 2 | 4 = 4): number {
    this.device.write(0xcf8, FUNCTION + (register & ~3), 4);
    return this.device.read(0xcfc + (register & 3), width);
  }

  configure(register: number, value: number, width: 1 | 2 | 4 = 4): void {
    this.device.write(0xcf8, FUNCTION + (register & ~3), 4);
    this.device.write(0xcfc + (register & 3), value, width);
  }

  /** What a BIOS does. */
  open(): this {
    this.configure(PORTS_BAR, PORTS_AT);
    this.configure(WINDOW_BAR, WINDOW_AT);
    this.configure(ROM_BAR, ROM_AT + 1);
    this.configure(COMMAND, IO | MEMORY, 2);
    return this;
  }

  register(offset: number): number {
    return this.device.read(PORTS_AT + offset, 4);
  }

  /** The size of the item that is chosen with it. */
  choose(key: number): number {
    this.device.write(PORTS_AT + ITEM, key, 4);
    return this.register(SIZE);
  }

  /** Move the window, and wait: the status. */
  show(offset: number): number {
    this.device.write(PORTS_AT + WINDOW, offset, 4);
    return this.register(STATUS);
  }

  /** Move the window without waiting: whether the access was deferred. */
  startShowing(offset: number): boolean {
    return this.device.platform.write(PORT, PORTS_AT + WINDOW, 4, offset);
  }

  /** All that the window shows. */
  window(): Uint8Array {
    return this.guestBytes(WINDOW_AT, WINDOW_BYTES)!;
  }

  /** What the guest reads at guest-physical `address`, whole pages; undefined unless all of it is there for reading alone. */
  guestBytes(address: number, bytes: number): Uint8Array | undefined {
    const { pageKind, pageOffset, bytes: memory } = this.device.platform.memory;
    const result = new Uint8Array(bytes);
    for (let at = 0; at < bytes; at += PAGE) {
      const page = (address + at) / PAGE;
      if (pageKind[page] !== ROM_PAGE) return undefined;
      result.set(memory.subarray(pageOffset[page], pageOffset[page]! + PAGE), at);
    }
    return result;
  }

  /** Grants in force: references whose entry permits something. */
  grants(): number {
    const table = new DataView(this.device.memory.buffer, 0x3ff08000, 2048 * 8);
    return Array.from({ length: 2048 }, (_, entry) => table.getUint16(entry * 8, true)).filter((flags) => flags !== 0)
      .length;
  }
}
