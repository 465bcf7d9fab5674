import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { GuestError } from './errors';

export const SECTOR_SIZE = 512;

/** First sector of the partition: 1 MiB, which leaves room for a boot loader behind the partition table. */
export const PARTITION_START = 2048;

/** Bytes at the start of the boot sector that hold code; the disk signature and the partition table follow. */
export const BOOT_CODE_SIZE = 440;

const SIGNATURE_OFFSET = 0x1b8;
const TABLE_OFFSET = 0x1be;
const BOOT_MARK_OFFSET = 0x1fe;

/** Geometry for the partition table's CHS fields, as a BIOS would report a disk of this size ([ATA-6] 6.2). */
const HEADS = 16;
const SECTORS_PER_TRACK = 63;
const CYLINDER_LIMIT = 1024;

/** Partition types ([ext2] for Linux, FAT16 with LBA). */
export const PartitionType = { FAT16: 0x0e, LINUX: 0x83 } as const;

export interface DiskLayout {
  /** Up to 440 bytes for the start of the boot sector. */
  readonly bootCode?: Uint8Array;
  /** Bytes from sector 1 on, ending before the partition. */
  readonly embedded?: Uint8Array;
  /** File with the content of the only partition. */
  readonly partition: string;
  readonly partitionBytes: number;
  readonly type: number;
}

/** The boot sector: code, a disk signature, one active partition. */
export function bootSector(layout: Pick<DiskLayout, 'bootCode' | 'partitionBytes' | 'type'>): Uint8Array {
  const sector = new Uint8Array(SECTOR_SIZE);
  const view = new DataView(sector.buffer);
  sector.set((layout.bootCode ?? new Uint8Array(0)).subarray(0, BOOT_CODE_SIZE));
  view.setUint32(SIGNATURE_OFFSET, 0x0f1050f1, true);
  const sectors = layout.partitionBytes / SECTOR_SIZE;
  sector[TABLE_OFFSET] = 0x80;
  sector.set(cylinderHeadSector(PARTITION_START), TABLE_OFFSET + 1);
  sector[TABLE_OFFSET + 4] = layout.type;
  sector.set(cylinderHeadSector(PARTITION_START + sectors - 1), TABLE_OFFSET + 5);
  view.setUint32(TABLE_OFFSET + 8, PARTITION_START, true);
  view.setUint32(TABLE_OFFSET + 12, sectors, true);
  view.setUint16(BOOT_MARK_OFFSET, 0xaa55, true);
  return sector;
}

/** A sector number as the three bytes of a partition table entry; past cylinder 1023 the largest that fits. */
function cylinderHeadSector(sector: number): [number, number, number] {
  const track = Math.floor(sector / SECTORS_PER_TRACK);
  const cylinder = Math.floor(track / HEADS);
  if (cylinder >= CYLINDER_LIMIT) return [0xfe, 0xff, 0xff];
  return [track % HEADS, ((cylinder >> 2) & 0xc0) | ((sector % SECTORS_PER_TRACK) + 1), cylinder & 0xff];
}

/** Write a disk image with one partition. Zero blocks stay holes of the file. */
export function writeDisk(file: string, layout: DiskLayout): void {
  const embedded = layout.embedded ?? new Uint8Array(0);
  if (embedded.length > (PARTITION_START - 1) * SECTOR_SIZE) {
    throw new GuestError(`${file}: ${embedded.length} bytes of boot loader do not fit before the partition`);
  }
  const source = openSync(layout.partition, 'r');
  const target = openSync(file, 'w');
  try {
    writeSync(target, bootSector(layout), 0, SECTOR_SIZE, 0);
    writeSync(target, embedded, 0, embedded.length, SECTOR_SIZE);
    copySparsely(source, target, PARTITION_START * SECTOR_SIZE, layout.partitionBytes);
  } finally {
    closeSync(source);
    closeSync(target);
  }
}

function copySparsely(source: number, target: number, offset: number, bytes: number): void {
  const chunk = Buffer.alloc(64 * 1024);
  const zero = Buffer.alloc(chunk.length);
  for (let at = 0; at < bytes; at += chunk.length) {
    chunk.fill(0);
    readSync(source, chunk, 0, chunk.length, at);
    const last = at + chunk.length >= bytes;
    if (last || !chunk.equals(zero)) writeSync(target, chunk, 0, Math.min(chunk.length, bytes - at), offset + at);
  }
}
