import { type Disk, DiskResult } from '../../pv-drivers/backend/disk';

/** Xorshift: the same noise every time. */
export class Noise {
  /** @param state the seed, not 0 */
  constructor(private state: number) {}

  below(limit: number): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return (this.state >>> 0) % limit;
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }
}

/** A medium of which one request in ten fails. */
export class UnreliableDisk implements Disk {
  readonly readOnly = false;

  constructor(
    readonly sectors: number,
    private readonly noise: Noise,
  ) {}

  read(sector: number, target: Uint8Array, offset: number, bytes: number): DiskResult {
    target.fill(sector, offset, offset + bytes);
    return this.write();
  }

  write(): DiskResult {
    return this.noise.below(10) === 0 ? DiskResult.IO_ERROR : DiskResult.OK;
  }

  flush(): DiskResult {
    return this.write();
  }
}
