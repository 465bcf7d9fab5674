import type { MachineConfig } from '../../../hypervisor/config';
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
}
