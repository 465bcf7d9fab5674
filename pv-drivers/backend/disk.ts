export const SECTOR_BYTES = 512;

/** Outcome of a disk operation. What a guest or a failing medium does is a result, never an exception. */
export const DiskResult = {
  OK: 0,
  /** Sectors beyond the end of the disk. */
  OUT_OF_RANGE: 1,
  /** Write to a read-only disk. */
  READ_ONLY: 2,
  /** The medium failed, or the file is shorter than it was when it was opened. */
  IO_ERROR: 3,
} as const;
export type DiskResult = (typeof DiskResult)[keyof typeof DiskResult];

/**
 * What a block back-end serves. Buffers are given as (array, offset) because a view for each piece of a request would be
 * an allocation for each; `bytes` is a multiple of 512.
 */
export interface Disk {
  /** Capacity in sectors of 512 bytes. */
  readonly sectors: number;
  readonly readOnly: boolean;
  /** Read from `sector` on into `target` at `offset`. After a failure the target's contents are undefined. */
  read(sector: number, target: Uint8Array, offset: number, bytes: number): DiskResult;
  /** Write from `source` at `offset`. After a failure the sectors' contents are undefined. */
  write(sector: number, source: Uint8Array, offset: number, bytes: number): DiskResult;
  /** Return when everything written before is on stable storage. */
  flush(): DiskResult;
}

/** Do `bytes` from `sector` on lie on the disk? */
export function isOnDisk(disk: Disk, sector: number, bytes: number): boolean {
  return sector >= 0 && sector + bytes / SECTOR_BYTES <= disk.sectors;
}
