import type { AccessWidth, ReferenceDevice, ReferenceEnvironment } from '../contract';

/** Ports, [fw_cfg] "Hardware Interface", x86. */
const SELECTOR = 0x510;
const DATA = 0x511;
const DMA_HIGH = 0x514;
const DMA_LOW = 0x518;
const DMA_END = 0x51c;

/** Well-known keys, [fw_cfg] "Firmware Configuration Items". */
const Key = { Signature: 0x0000, Id: 0x0001, FileDirectory: 0x0019, FirstFile: 0x0020 } as const;
/** Bit 14 of a selector once asked for writing and is ignored. */
const KEY_MASK = 0xbfff;
/** Traditional interface and DMA. */
const INTERFACES = 0x03;
/** What the DMA address register reads as, most significant byte first. */
const DMA_SIGNATURE = 'QEMU CFG';

const Dma = { Error: 0x01, Read: 0x02, Skip: 0x04, Select: 0x08, Write: 0x10 } as const;
const DESCRIPTOR_BYTES = 16;
const NAME_BYTES = 56;

export interface FwCfgFile {
  /** At most 55 ASCII characters. */
  readonly name: string;
  readonly contents: Uint8Array;
}

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

function swap32(value: number): number {
  const bytes = new DataView(new ArrayBuffer(4));
  bytes.setUint32(0, value, true);
  return bytes.getUint32(0, false);
}

/** Directory of files, all numbers big-endian; the keys count up from `Key.FirstFile` in the order given. */
function directoryOf(files: readonly FwCfgFile[]): Uint8Array {
  const directory = new Uint8Array(4 + files.length * (8 + NAME_BYTES));
  const view = new DataView(directory.buffer);
  view.setUint32(0, files.length);
  files.forEach(({ name, contents }, index) => {
    const entry = 4 + index * (8 + NAME_BYTES);
    view.setUint32(entry, contents.length);
    view.setUint16(entry + 4, Key.FirstFile + index);
    directory.set(ascii(name), entry + 8);
  });
  return directory;
}

/** QEMU's firmware configuration device with its DMA interface. Everything is read-only. */
export class FwCfg implements ReferenceDevice {
  private readonly items = new Map<number, Uint8Array>();
  private selected: Uint8Array | undefined;
  private offset = 0;
  private dmaHigh = 0;

  constructor(
    private readonly environment: ReferenceEnvironment,
    files: readonly FwCfgFile[],
  ) {
    this.items.set(Key.Signature, ascii('QEMU'));
    this.items.set(Key.Id, Uint8Array.of(INTERFACES, 0, 0, 0));
    this.items.set(Key.FileDirectory, directoryOf(files));
    files.forEach(({ contents }, index) => {
      this.items.set(Key.FirstFile + index, contents);
    });
    this.reset();
  }

  reset(): void {
    this.select(Key.Signature);
    this.dmaHigh = 0;
  }

  nextDeadline(): undefined {
    return undefined;
  }

  advanceTo(_ns: number): void {}

  private select(key: number): void {
    this.selected = this.items.get(key & KEY_MASK);
    this.offset = 0;
  }

  read(port: number, width: AccessWidth): number {
    if (port >= DMA_HIGH && port + width <= DMA_END) {
      return this.readDmaSignature(port - DMA_HIGH, width);
    }
    const isData = width === 1 && (port === DATA || port === SELECTOR);
    return isData ? this.nextByte() : 2 ** (8 * width) - 1;
  }

  /** Reads past the end of an item give zeros. */
  private nextByte(): number {
    return this.take(1)[0] ?? 0;
  }

  /** The register is big-endian: its first byte is the lowest in the processor's order of an access. */
  private readDmaSignature(offset: number, width: AccessWidth): number {
    let value = 0;
    for (let lane = 0; lane < width; lane++) {
      value += DMA_SIGNATURE.charCodeAt(offset + lane) * 256 ** lane;
    }
    return value;
  }

  write(port: number, width: AccessWidth, value: number): void {
    if (port === SELECTOR && width === 2) {
      this.select(value);
    } else if (port === DMA_HIGH && width === 4) {
      this.dmaHigh = swap32(value);
    } else if (port === DMA_LOW && width === 4) {
      const high = this.dmaHigh;
      this.dmaHigh = 0;
      this.transfer(high * 2 ** 32 + swap32(value));
    }
  }

  /** Whether all of a range is guest memory. */
  private exists(address: number, length: number): boolean {
    return address + length <= this.environment.memory.length;
  }

  /** Writing the low half of the address starts the transfer, which is over at once. */
  private transfer(address: number): void {
    const { memory } = this.environment;
    if (!this.exists(address, DESCRIPTOR_BYTES)) {
      return;
    }
    const descriptor = new DataView(memory.buffer, memory.byteOffset + address, DESCRIPTOR_BYTES);
    const control = descriptor.getUint32(0);
    const length = descriptor.getUint32(4);
    const target = descriptor.getUint32(8) * 2 ** 32 + descriptor.getUint32(12);
    if (control & Dma.Select) {
      this.select(control >>> 16);
    }
    descriptor.setUint32(0, this.perform(control, length, target) ? 0 : Dma.Error);
  }

  /** Reading goes before writing before skipping; false is an error. The position moves on in any case. */
  private perform(control: number, length: number, target: number): boolean {
    if ((control & (Dma.Read | Dma.Write | Dma.Skip)) === 0) {
      return true;
    }
    const bytes = this.take(length);
    if (control & Dma.Read) {
      return this.copyOut(bytes, length, target);
    }
    return (control & Dma.Write) === 0 || length === 0;
  }

  /** The next bytes of the item, fewer than `length` if it ends. */
  private take(length: number): Uint8Array {
    const bytes = this.selected?.subarray(this.offset, this.offset + length) ?? new Uint8Array(0);
    this.offset += bytes.length;
    return bytes;
  }

  private copyOut(bytes: Uint8Array, length: number, target: number): boolean {
    if (!this.exists(target, length)) {
      return false;
    }
    const { memory } = this.environment;
    memory.fill(0, target, target + length);
    memory.set(bytes, target);
    return true;
  }
}
