import { ISA_DEVICES, type MachineConfig } from '../../../hypervisor/config';
import { MemoryDisk } from '../../../pv-drivers/backend/memory-disk';
import { FirmwareDevice } from '../../helpers/firmware-device';

// Re-declared from [ATA-6] and the PC's port map.
export const PRIMARY = 0x1f0;
export const SECONDARY = 0x170;
export const BSY = 0x80;
export const READY = 0x50;
export const DATA = 0x58;

/** A disk whose sectors all differ. */
export function patternDisk(sectors: number, readOnly = false): MemoryDisk {
  const bytes = new Uint8Array(sectors * 512);
  const words = new Uint32Array(bytes.buffer);
  for (let index = 0; index < words.length; index++) words[index] = Math.imul(index + 1, 0x9e3779b1);
  return new MemoryDisk(bytes, readOnly);
}

/** Index of the first byte that differs, or -1: comparing large arrays with `toEqual` takes seconds. */
export function firstDifference(actual: Uint8Array, expected: Uint8Array): number {
  if (Buffer.compare(actual, expected) === 0) return -1;
  const index = actual.findIndex((byte, at) => byte !== expected[at]);
  return index < 0 ? actual.length : index;
}

/** ISA devices and a PCI bus. */
export const PCI_DEVICES = ISA_DEVICES | (1 << 9);
/** Where these tests put the bus-master registers. */
export const BUS_MASTER = 0xc000;

export function readConfig(device: FirmwareDevice, fn: number, register: number, width: 1 | 2 | 4 = 4): number {
  device.write(0xcf8, 0x80000000 + fn * 256 + (register & ~3), 4);
  return device.read(0xcfc + (register & 3), width);
}

export function writeConfig(
  device: FirmwareDevice,
  fn: number,
  register: number,
  value: number,
  width: 1 | 2 | 4 = 4,
): void {
  device.write(0xcf8, 0x80000000 + fn * 256 + (register & ~3), 4);
  device.write(0xcfc + (register & 3), value, width);
}

/** What a driver does to one IDE channel. */
export class IdeDriver {
  constructor(
    readonly device: FirmwareDevice,
    readonly base = PRIMARY,
  ) {}

  static async create(changes: Partial<MachineConfig>, base = PRIMARY): Promise<IdeDriver> {
    return new IdeDriver(await FirmwareDevice.create(changes), base);
  }

  get irq(): number {
    return this.device.irq(this.base === PRIMARY ? 14 : 15);
  }

  register(offset: number): number {
    return this.device.read(this.base + offset);
  }

  set(offset: number, value: number): void {
    this.device.write(this.base + offset, value);
  }

  get alternateStatus(): number {
    return this.device.read(this.base + 0x206);
  }

  get status(): number {
    return this.register(7);
  }

  get error(): number {
    return this.register(1);
  }

  control(value: number): void {
    this.device.write(this.base + 0x206, value);
  }

  /** Let outstanding disk I/O complete. */
  settle(): void {
    this.device.advance(20_000_000);
  }

  selectDevice(unit: number): void {
    this.set(6, 0xe0 | (unit << 4));
  }

  /** Address and count of a 28-bit command. */
  address28(lba: number, count: number, unit = 0): void {
    this.set(6, 0xe0 | (unit << 4) | (lba >>> 24));
    this.set(2, count & 0xff);
    for (let byte = 0; byte < 3; byte++) this.set(3 + byte, (lba >>> (byte * 8)) & 0xff);
  }

  /** Address and count of a 48-bit command. */
  address48(lba: number, count: number, unit = 0): void {
    this.set(6, 0x40 | (unit << 4));
    this.set(2, (count >>> 8) & 0xff);
    this.set(2, count & 0xff);
    for (let byte = 0; byte < 3; byte++) {
      this.set(3 + byte, Math.floor(lba / 2 ** (24 + byte * 8)) & 0xff);
      this.set(3 + byte, Math.floor(lba / 2 ** (byte * 8)) & 0xff);
    }
  }

  /** Write the Command register and let it get as far as it can. */
  command(code: number): void {
    this.set(7, code);
    this.settle();
  }

  /** Whole DRQ blocks of `block` bytes, polling between them. */
  readBlocks(bytes: number, block = 512): Uint8Array {
    const data = new Uint8Array(bytes);
    for (let at = 0; at < bytes; at += block) data.set(this.readWords(Math.min(block, bytes - at) / 2), at);
    return data;
  }

  writeBlocks(data: Uint8Array, block = 512): void {
    for (let at = 0; at < data.length; at += block) this.writeWords(data.subarray(at, at + block));
  }

  readWords(words: number): Uint8Array {
    const bytes = new Uint8Array(words * 2);
    for (let word = 0; word < words; word++) {
      const value = this.device.read(this.base, 2);
      bytes[word * 2] = value;
      bytes[word * 2 + 1] = value >>> 8;
    }
    this.settle();
    return bytes;
  }

  writeWords(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += 2) this.device.write(this.base, bytes[at]! | (bytes[at + 1]! << 8), 2);
    this.settle();
  }

  identify(command = 0xec): Uint16Array {
    this.command(command);
    return new Uint16Array(this.readWords(256).buffer);
  }

  reset(): void {
    this.control(0x04);
    this.control(0x00);
    this.settle();
  }

  /** As a BIOS does: bus-master registers at BUS_MASTER, mastering allowed. */
  enableBusMaster(command = 5): void {
    writeConfig(this.device, 9, 0x20, BUS_MASTER);
    writeConfig(this.device, 9, 4, command, 2);
  }

  private get busMaster(): number {
    return BUS_MASTER + (this.base === PRIMARY ? 0 : 8);
  }

  get busMasterStatus(): number {
    return this.device.read(this.busMaster + 2);
  }

  set busMasterStatus(value: number) {
    this.device.write(this.busMaster + 2, value);
  }

  /** Write a descriptor table: pairs of address and length (0 is 64 KiB), the last one marked. */
  describe(table: number, regions: readonly (readonly [number, number])[]): void {
    const words = new DataView(this.device.memory.buffer);
    for (const [index, [address, length]] of regions.entries()) {
      words.setUint32(table + index * 8, address, true);
      words.setUint32(table + index * 8 + 4, length + (index === regions.length - 1 ? 0x80000000 : 0), true);
    }
    this.device.write(this.busMaster + 4, table, 4);
  }

  startBusMaster(toMemory: boolean): void {
    this.device.write(this.busMaster, toMemory ? 9 : 1);
  }

  stopBusMaster(): void {
    this.device.write(this.busMaster, 0);
  }
}
