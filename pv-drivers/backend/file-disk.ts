import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { type Disk, DiskResult, isOnDisk, SECTOR_BYTES } from './disk';

const NOT_A_FILE = 'is not a regular file; name a disk image';

/**
 * Open a disk image.
 *
 * @throws Error with one line that names the file and the mend: missing, unreadable, unwritable, not a regular file, empty,
 *   or not a multiple of 512 bytes
 */
export function openFileDisk(path: string, readOnly: boolean): FileDisk {
  const file = open(path, readOnly);
  const stat = fstatSync(file);
  const complaint = stat.isFile() ? complainAboutSize(path, stat.size) : NOT_A_FILE;
  if (complaint) {
    closeSync(file);
    throw new Error(`disk image ${path} ${complaint}`);
  }
  return new FileDisk(file, stat.size / SECTOR_BYTES, readOnly);
}

function open(path: string, readOnly: boolean): number {
  try {
    return openSync(path, readOnly ? 'r' : 'r+');
  } catch (error) {
    throw new Error(`disk image ${path} ${explain((error as NodeJS.ErrnoException).code)}`);
  }
}

function explain(code: string | undefined): string {
  if (code === 'ENOENT') return 'does not exist; check the path';
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return `cannot be opened (${code}); change its permissions, or use it read-only`;
  }
  if (code === 'EISDIR') return NOT_A_FILE;
  return `cannot be opened (${code})`;
}

function complainAboutSize(path: string, size: number): string | undefined {
  if (size === 0) return `is empty; give it a size, for instance: truncate -s 64M '${path}'`;
  if (size % SECTOR_BYTES === 0) return undefined;
  const whole = Math.ceil(size / SECTOR_BYTES) * SECTOR_BYTES;
  return `has ${size} bytes, not a multiple of 512; pad it, for instance: truncate -s ${whole} '${path}'`;
}

/**
 * A disk image file. Reads and writes go straight between the file and the guest's pages, at explicit positions and
 * synchronously: in domain 0's own thread nothing else waits for them, and in process they must be done when the virtual
 * time of their completion comes.
 */
export class FileDisk implements Disk {
  /** What the operating system said at the last failure; undefined if there was none. */
  lastError: string | undefined;

  constructor(
    private readonly file: number,
    readonly sectors: number,
    readonly readOnly: boolean,
  ) {}

  read(sector: number, target: Uint8Array, offset: number, bytes: number): DiskResult {
    if (!isOnDisk(this, sector, bytes)) return DiskResult.OUT_OF_RANGE;
    return this.moveAll(readSync, sector, target, offset, bytes);
  }

  write(sector: number, source: Uint8Array, offset: number, bytes: number): DiskResult {
    if (this.readOnly) return DiskResult.READ_ONLY;
    if (!isOnDisk(this, sector, bytes)) return DiskResult.OUT_OF_RANGE;
    return this.moveAll(writeSync, sector, source, offset, bytes);
  }

  flush(): DiskResult {
    if (this.readOnly) return DiskResult.OK;
    try {
      fsyncSync(this.file);
      return DiskResult.OK;
    } catch (error) {
      return this.fail((error as Error).message);
    }
  }

  /** Flush and give the file back. The disk must not be used afterwards. */
  close(): DiskResult {
    const result = this.flush();
    closeSync(this.file);
    return result;
  }

  /** One system call normally; more if the operating system moves less than asked. */
  private moveAll(
    move: (file: number, buffer: Uint8Array, offset: number, length: number, position: number) => number,
    sector: number,
    buffer: Uint8Array,
    offset: number,
    bytes: number,
  ): DiskResult {
    const position = sector * SECTOR_BYTES;
    try {
      for (let done = 0; done < bytes; ) {
        const moved = move(this.file, buffer, offset + done, bytes - done, position + done);
        if (moved === 0) return this.fail(`the file ends at ${position + done} bytes, it was cut after opening`);
        done += moved;
      }
      return DiskResult.OK;
    } catch (error) {
      return this.fail((error as Error).message);
    }
  }

  private fail(message: string): DiskResult {
    this.lastError = message;
    return DiskResult.IO_ERROR;
  }
}
