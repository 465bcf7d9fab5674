import { type Disk, DiskResult, isOnDisk, SECTOR_BYTES } from './disk';

export interface WrittenSectors {
  readonly sectors: readonly number[];
  readonly contents: Uint8Array;
}

/**
 * Copy-on-write over another disk, which is only read: an experiment may write without changing the image. Sectors written
 * are kept in memory, one by one, so that a write never has to read the base first.
 */
export class OverlayDisk implements Disk {
  readonly readOnly = false;
  private readonly written = new Map<number, Uint8Array>();

  constructor(private readonly base: Disk) {}

  get sectors(): number {
    return this.base.sectors;
  }

  read(sector: number, target: Uint8Array, offset: number, bytes: number): DiskResult {
    if (!isOnDisk(this, sector, bytes)) return DiskResult.OUT_OF_RANGE;
    const result = this.base.read(sector, target, offset, bytes);
    if (result !== DiskResult.OK || this.written.size === 0) return result;
    for (let done = 0; done < bytes; done += SECTOR_BYTES) {
      const own = this.written.get(sector + done / SECTOR_BYTES);
      if (own) target.set(own, offset + done);
    }
    return DiskResult.OK;
  }

  write(sector: number, source: Uint8Array, offset: number, bytes: number): DiskResult {
    if (!isOnDisk(this, sector, bytes)) return DiskResult.OUT_OF_RANGE;
    for (let done = 0; done < bytes; done += SECTOR_BYTES) {
      const from = offset + done;
      this.own(sector + done / SECTOR_BYTES).set(source.subarray(from, from + SECTOR_BYTES));
    }
    return DiskResult.OK;
  }

  /** Nothing here outlives the process, so there is nothing to make durable. */
  flush(): DiskResult {
    return DiskResult.OK;
  }

  /** The sectors that were written, ascending, and their contents in that order. */
  save(): WrittenSectors {
    const sectors = [...this.written.keys()].sort((a, b) => a - b);
    const contents = new Uint8Array(sectors.length * SECTOR_BYTES);
    sectors.forEach((sector, index) => {
      contents.set(this.written.get(sector)!, index * SECTOR_BYTES);
    });
    return { sectors, contents };
  }

  /** Exactly these sectors have been written. */
  restore({ sectors, contents }: WrittenSectors): void {
    this.written.clear();
    sectors.forEach((sector, index) => {
      this.own(sector).set(contents.subarray(index * SECTOR_BYTES, (index + 1) * SECTOR_BYTES));
    });
  }

  private own(sector: number): Uint8Array {
    let contents = this.written.get(sector);
    if (!contents) {
      contents = new Uint8Array(SECTOR_BYTES);
      this.written.set(sector, contents);
    }
    return contents;
  }
}
