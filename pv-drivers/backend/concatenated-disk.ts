import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type Disk, DiskResult, isOnDisk, SECTOR_BYTES } from './disk';

/** A stretch of bytes that can be read into the place where it is wanted. */
export interface Piece {
  readonly bytes: number;
  /** Read `bytes` from `position` on, all within the piece, into `target` at `offset`. */
  read(position: number, target: Uint8Array, offset: number, bytes: number): DiskResult;
}

/** Zeros, as padding between others. */
export function zeroPiece(bytes: number): Piece {
  return {
    bytes,
    read(_position, target, offset, wanted) {
      target.fill(0, offset, offset + wanted);
      return DiskResult.OK;
    },
  };
}

/** Bytes in the memory of domain 0, which stay the caller's. */
export function memoryPiece(contents: Uint8Array): Piece {
  return {
    bytes: contents.length,
    read(position, target, offset, bytes) {
      target.set(contents.subarray(position, position + bytes), offset);
      return DiskResult.OK;
    },
  };
}

/** A file of the host, of any size. It is read where it stands each time, so no copy of it is kept beside the page cache. */
export class HostFile {
  private constructor(
    private readonly file: number,
    readonly bytes: number,
  ) {}

  /** @throws Error as the operating system gives it, or that the path is not a regular file */
  static open(path: string): HostFile {
    const file = openSync(path, 'r');
    const stat = fstatSync(file);
    if (stat.isFile()) return new HostFile(file, stat.size);
    closeSync(file);
    throw new Error('is not a regular file');
  }

  /** `bytes` of the file from `start` on. A file that was cut since gives an I/O error for what is gone. */
  piece(start = 0, bytes = this.bytes - start): Piece {
    return {
      bytes,
      read: (position, target, offset, wanted) => this.read(start + position, target, offset, wanted),
    };
  }

  private read(position: number, target: Uint8Array, offset: number, bytes: number): DiskResult {
    try {
      for (let done = 0; done < bytes; ) {
        const moved = readSync(this.file, target, offset + done, bytes - done, position + done);
        if (moved === 0) return DiskResult.IO_ERROR;
        done += moved;
      }
      return DiskResult.OK;
    } catch {
      return DiskResult.IO_ERROR;
    }
  }

  close(): void {
    closeSync(this.file);
  }
}

/**
 * Pieces one behind the other as one read-only disk. Reading goes straight from each piece to the place that is asked for. The
 * last sector is filled up with zeros.
 */
export class ConcatenatedDisk implements Disk {
  readonly sectors: number;
  readonly readOnly = true;
  private readonly pieces: readonly Piece[];
  /** Byte at which each piece begins, and one past the end of the last. */
  private readonly starts: Float64Array;

  constructor(pieces: readonly Piece[]) {
    const total = pieces.reduce((sum, { bytes }) => sum + bytes, 0);
    const padding = (SECTOR_BYTES - (total % SECTOR_BYTES)) % SECTOR_BYTES;
    this.pieces = [...pieces, zeroPiece(padding)].filter(({ bytes }) => bytes > 0);
    this.starts = new Float64Array(this.pieces.length + 1);
    this.pieces.forEach(({ bytes }, index) => {
      this.starts[index + 1] = this.starts[index]! + bytes;
    });
    this.sectors = (total + padding) / SECTOR_BYTES;
  }

  read(sector: number, target: Uint8Array, offset: number, bytes: number): DiskResult {
    if (!isOnDisk(this, sector, bytes)) return DiskResult.OUT_OF_RANGE;
    let position = sector * SECTOR_BYTES;
    const end = position + bytes;
    for (let index = this.pieceAt(position); position < end; index++) {
      const length = Math.min(end, this.starts[index + 1]!) - position;
      const place = offset + bytes - (end - position);
      const result = this.pieces[index]!.read(position - this.starts[index]!, target, place, length);
      if (result !== DiskResult.OK) return result;
      position += length;
    }
    return DiskResult.OK;
  }

  write(): DiskResult {
    return DiskResult.READ_ONLY;
  }

  flush(): DiskResult {
    return DiskResult.OK;
  }

  /** The piece that holds the byte at `position`, by halving. */
  private pieceAt(position: number): number {
    let low = 0;
    let high = this.pieces.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle]! <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
