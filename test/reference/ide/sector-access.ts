import { type DiskOperation, DiskStatus, type ReferenceDisk } from '../contract';
import { SECTOR_BYTES } from './registers';

/** Makes a callback do nothing once its command is over, or must not go on. */
export type Guard = (callback: (status: DiskStatus) => void) => (status: DiskStatus) => void;

/** A buffer on its way between a disk and its medium. */
export interface SectorAccess {
  readonly operation: DiskOperation;
  readonly first: number;
  readonly buffer: Uint8Array;
  readonly guard: Guard;
  succeeded(): void;
  /** The sector with this index, counted from the first, cannot be done; those before it are. */
  failed(index: number): void;
}

/** Moves a buffer to or from consecutive sectors of a medium; what fails as a whole is tried sector by sector. */
export function accessSectors(medium: ReferenceDisk, access: SectorAccess): void {
  const { operation, first, buffer, guard } = access;
  const done = guard((status) => {
    if (status === DiskStatus.Ok) access.succeeded();
    else accessSector(medium, access, 0);
  });
  medium.submit({ operation, sector: first, count: buffer.length / SECTOR_BYTES, buffer }, done);
}

/** From one sector on, each by itself, so that the good ones before a bad one count and the bad one is known. */
function accessSector(medium: ReferenceDisk, access: SectorAccess, index: number): void {
  const { operation, first, buffer, guard } = access;
  const at = index * SECTOR_BYTES;
  if (at === buffer.length) {
    access.succeeded();
    return;
  }
  const done = guard((status) => {
    if (status === DiskStatus.Ok) accessSector(medium, access, index + 1);
    else access.failed(index);
  });
  medium.submit({ operation, sector: first + index, count: 1, buffer: buffer.subarray(at, at + SECTOR_BYTES) }, done);
}
