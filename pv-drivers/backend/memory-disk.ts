import { type Disk, DiskResult, isOnDisk, SECTOR_BYTES } from './disk';

/** A disk in the memory of domain 0. Its contents are `bytes`, which stay the caller's. */
export class MemoryDisk implements Disk {
  readonly sectors: number;

  /** @throws RangeError if the length is not a multiple of 512 */
  constructor(
    readonly bytes: Uint8Array,
    readonly readOnly = false,
  ) {
    if (bytes.length % SECTOR_BYTES !== 0) throw new RangeError(`a disk of ${bytes.length} bytes has no whole sectors`);
    this.sectors = bytes.length / SECTOR_BYTES;
  }

  read(sector: number, target: Uint8Array, offset: number, bytes: number): DiskResult {
    if (!isOnDisk(this, sector, bytes)) return DiskResult.OUT_OF_RANGE;
    const start = sector * SECTOR_BYTES;
    target.set(this.bytes.subarray(start, start + bytes), offset);
    return DiskResult.OK;
  }

  write(sector: number, source: Uint8Array, offset: number, bytes: number): DiskResult {
    if (this.readOnly) return DiskResult.READ_ONLY;
    if (!isOnDisk(this, sector, bytes)) return DiskResult.OUT_OF_RANGE;
    this.bytes.set(source.subarray(offset, offset + bytes), sector * SECTOR_BYTES);
    return DiskResult.OK;
  }

  flush(): DiskResult {
    return DiskResult.OK;
  }
}
