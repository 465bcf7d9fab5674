import { type Disk, DiskResult } from '../../../pv-drivers/backend/disk';

/** A disk with bad sectors: every operation that touches one fails and moves nothing. */
export class FaultyDisk implements Disk {
  constructor(
    private readonly disk: Disk,
    private readonly badSectors: ReadonlySet<number>,
  ) {}

  get sectors(): number {
    return this.disk.sectors;
  }

  get readOnly(): boolean {
    return this.disk.readOnly;
  }

  read(sector: number, target: Uint8Array, offset: number, bytes: number): DiskResult {
    return this.isBad(sector, bytes) ? DiskResult.IO_ERROR : this.disk.read(sector, target, offset, bytes);
  }

  write(sector: number, source: Uint8Array, offset: number, bytes: number): DiskResult {
    return this.isBad(sector, bytes) ? DiskResult.IO_ERROR : this.disk.write(sector, source, offset, bytes);
  }

  flush(): DiskResult {
    return this.disk.flush();
  }

  private isBad(sector: number, bytes: number): boolean {
    for (let i = 0; i < bytes / 512; i++) if (this.badSectors.has(sector + i)) return true;
    return false;
  }
}
