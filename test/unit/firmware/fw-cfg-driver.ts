import type { BlobConfig, MachineConfig } from '../../../hypervisor/config';
import { DEFERRED } from '../../../hypervisor/placement/io-server';
import { MemoryDisk } from '../../../pv-drivers/backend/memory-disk';
import { FirmwareDevice } from '../../helpers/firmware-device';

export const SELECTOR = 0x510;
export const DATA = 0x511;
export const DMA_HIGH = 0x514;
export const DMA_LOW = 0x518;

const PORT = 0;
const PORT_READ = 1;
/** More events than any deferred access takes. */
const PATIENCE = 1000;

/** A run of string I/O: guest-physical address and bytes. */
export type Run = readonly [address: number, bytes: number];

/** Lay `contents` out on a disk, each from a sector boundary. */
export function blobDisk(contents: readonly { key: number; name?: string; data: Uint8Array }[]): {
  blobs: BlobConfig[];
  disk: MemoryDisk;
} {
  const blobs: BlobConfig[] = [];
  let sector = 0;
  for (const { key, name = '', data } of contents) {
    blobs.push({ key, name, bytes: data.length, sector });
    sector += Math.ceil(data.length / 512);
  }
  const bytes = new Uint8Array(sector * 512);
  contents.forEach(({ data }, index) => {
    bytes.set(data, blobs[index]!.sector * 512);
  });
  return { blobs, disk: new MemoryDisk(bytes) };
}

/** fw_cfg as a loader uses it. */
export class FwCfgDriver {
  /** How many accesses had to wait for the disk. */
  deferrals = 0;
  private completed: { value: number; done: number } | undefined;

  private constructor(readonly device: FirmwareDevice) {
    device.platform.onCompleted = (value, done) => {
      this.completed = { value, done };
    };
  }

  static async create(
    contents: Parameters<typeof blobDisk>[0],
    changes: Partial<MachineConfig> = {},
  ): Promise<FwCfgDriver> {
    const { blobs, disk } = blobDisk(contents);
    return new FwCfgDriver(await FirmwareDevice.create({ blobs, blobDisk: disk, ramBytes: 16 * 2 ** 20, ...changes }));
  }

  select(key: number): void {
    this.device.write(SELECTOR, key, 2);
  }

  readByte(): number {
    return this.readWide(1);
  }

  readWide(width: 1 | 2 | 4): number {
    const value = this.device.platform.read(PORT, DATA, width);
    return value === DEFERRED ? this.wait().value : value;
  }

  readBytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.readByte());
  }

  readItem(key: number, count: number): Uint8Array {
    this.select(key);
    return this.readBytes(count);
  }

  /** INS with REP over all of the runs, re-executed while the firmware serves a part of it. */
  repeatString(width: 1 | 2 | 4, count: number, runs: readonly Run[], descending = false): void {
    const elements = runs.flatMap(([address, bytes]) => {
      const places = Array.from({ length: bytes / width }, (_, index) => address + index * width);
      return descending ? places.reverse() : places;
    });
    for (let done = 0; done < count; ) {
      const rest = elements.slice(done, count);
      done += this.readString(width, rest.length, runsOf(rest, width, descending), descending);
    }
  }

  /** One INS with REP as the processor hands it over: elements done. */
  readString(width: 1 | 2 | 4, count: number, runs: readonly Run[], descending = false): number {
    const exit = {
      reason: PORT_READ,
      address: DATA,
      width,
      value: 0,
      string: true,
      count,
      runs: Uint32Array.from(runs.flat()),
      runCount: runs.length,
      descending,
    } as const;
    const done = this.device.platform.string(exit, count);
    return done === DEFERRED ? this.wait().done : done;
  }

  /** REP INS re-executed until all of it is done: entries taken. */
  readAll(width: 1 | 2 | 4, address: number, bytes: number, batch = bytes): number {
    let moved = 0;
    let entries = 0;
    for (; moved < bytes; entries++) {
      const part = Math.min(batch, bytes - moved);
      moved += this.readString(width, part / width, [[address + moved, part]]) * width;
    }
    return entries;
  }

  /** Write a DMA descriptor at `descriptor` and start it; the control word afterwards. */
  dma(descriptor: number, control: number, length: number, address: number): number {
    const view = new DataView(this.device.memory.buffer);
    view.setUint32(descriptor, control);
    view.setUint32(descriptor + 4, length);
    view.setBigUint64(descriptor + 8, BigInt(address));
    this.startDma(0, descriptor);
    return view.getUint32(descriptor);
  }

  /** Write the DMA address registers, halves in the machine's order. */
  startDma(high: number, low: number): void {
    this.device.write(DMA_HIGH, swap(high), 4);
    if (this.device.platform.write(PORT, DMA_LOW, 4, swap(low))) this.wait();
  }

  private wait(): { value: number; done: number } {
    this.deferrals++;
    this.completed = undefined;
    const { clock, deadlines } = this.device.platform;
    for (let events = 0; events < PATIENCE && !this.completed; events++) {
      this.device.advance(Math.max(0, deadlines.earliest - clock.now));
    }
    if (!this.completed) throw new Error('a deferred access was never completed');
    return this.completed;
  }
}

function swap(value: number): number {
  return ((value >>> 24) | ((value >>> 8) & 0xff00) | ((value & 0xff00) << 8) | (value << 24)) >>> 0;
}

/** Addresses of elements, joined where they follow one another. */
function runsOf(elements: readonly number[], width: number, descending: boolean): Run[] {
  const runs: [number, number][] = [];
  for (const address of elements) {
    const last = runs.at(-1);
    if (last && !descending && address === last[0] + last[1]) last[1] += width;
    else if (last && descending && address + width === last[0]) [last[0], last[1]] = [address, last[1] + width];
    else runs.push([address, width]);
  }
  return runs;
}
