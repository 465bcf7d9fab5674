import type { AccessWidth } from '../contract';

const SPACE_BYTES = 256;
const HEADER_BYTES = 0x40;

/** Offsets in the header that all functions share. [PCI 2.1] 6.1, figure 6-1 */
export const Header = {
  VendorId: 0x00,
  DeviceId: 0x02,
  Command: 0x04,
  Status: 0x06,
  RevisionId: 0x08,
  ClassCode: 0x09,
  CacheLineSize: 0x0c,
  HeaderType: 0x0e,
  BaseAddress0: 0x10,
  Subsystem: 0x2c,
  InterruptLine: 0x3c,
} as const;

/** Command register bits that a host may change: I/O, memory, bus master, SERR#, and interrupt disable of PCI 2.3. */
const COMMAND_MASK = 0x0507;

/** What tells one function from another. */
export interface PciIdentity {
  readonly vendor: number;
  readonly device: number;
  /** Revision in the low byte, class code above it, as at offset 8. */
  readonly classAndRevision: number;
  readonly status: number;
  readonly multifunction: boolean;
}

/** A PCI function's configuration space: what it shows, and which bits of it a host may change. */
export class PciFunction {
  private readonly bytes = new Uint8Array(SPACE_BYTES);
  private readonly writable = new Uint8Array(SPACE_BYTES).fill(0xff, HEADER_BYTES);
  private readonly initial: Uint8Array;

  /**
   * @param defaults 32-bit values of what `identity` does not say, by offset
   * @param onChange called after each write
   */
  constructor(
    identity: PciIdentity,
    defaults: Readonly<Record<number, number>> = {},
    private readonly onChange: () => void = () => {},
  ) {
    const view = new DataView(this.bytes.buffer);
    view.setUint16(Header.VendorId, identity.vendor, true);
    view.setUint16(Header.DeviceId, identity.device, true);
    view.setUint16(Header.Status, identity.status, true);
    view.setUint32(Header.RevisionId, identity.classAndRevision, true);
    view.setUint8(Header.HeaderType, identity.multifunction ? 0x80 : 0);
    for (const [offset, value] of Object.entries(defaults)) view.setUint32(Number(offset), value, true);
    this.initial = this.bytes.slice();
    const masks = new DataView(this.writable.buffer);
    masks.setUint16(Header.Command, COMMAND_MASK, true);
    masks.setUint8(Header.CacheLineSize, 0xff);
    masks.setUint8(Header.InterruptLine, 0xff);
  }

  /** Makes base address register `index` an I/O range of `size` ports, a power of two. [PCI 2.1] 6.2.5.1 */
  addPortRange(index: number, size: number): void {
    const offset = Header.BaseAddress0 + 4 * index;
    new DataView(this.writable.buffer).setUint32(offset, -size >>> 0, true);
    this.bytes[offset] = 1;
    this.initial[offset] = 1;
  }

  /** First port of a range, or `undefined` while it is at zero or I/O decoding is off. */
  portRange(index: number): number | undefined {
    const address = (this.read(Header.BaseAddress0 + 4 * index, 4) & ~3) >>> 0;
    return (this.command & 1) !== 0 && address !== 0 ? address : undefined;
  }

  get command(): number {
    return this.read(Header.Command, 2);
  }

  get mayMasterBus(): boolean {
    return (this.command & 4) !== 0;
  }

  reset(): void {
    this.bytes.set(this.initial);
  }

  /** The bytes at `offset`, little-endian; those beyond the space read as ones. */
  read(offset: number, width: AccessWidth): number {
    let value = 0;
    for (let i = 0; i < width; i++) value += (this.bytes[offset + i] ?? 0xff) * 2 ** (8 * i);
    return value;
  }

  write(offset: number, width: AccessWidth, value: number): void {
    for (let i = 0; i < width && offset + i < SPACE_BYTES; i++) {
      const mask = this.writable[offset + i];
      this.bytes[offset + i] = (this.bytes[offset + i] & ~mask) | ((value >>> (8 * i)) & mask);
    }
    this.onChange();
  }
}
