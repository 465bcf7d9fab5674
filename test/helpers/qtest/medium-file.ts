import { closeSync, existsSync, ftruncateSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Drive, initialImage, sectorBytes } from '../../conformance/ide/machines';

/** Files in memory where the system has such a place: the media are written to and compared all the time. */
const MEDIA_DIRECTORY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

export function makeMediaDirectory(): string {
  return mkdtempSync(join(MEDIA_DIRECTORY, 'selfio-media-'));
}

export function removeMediaDirectory(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

/** A drive's medium as a file that QEMU has open; QEMU keeps no copy of a raw image's contents. */
export class MediumFile {
  readonly path: string;
  private readonly initial: Uint8Array;
  private readonly current: Uint8Array;
  private readonly fd: number;

  constructor(
    directory: string,
    readonly drive: Drive,
  ) {
    this.path = join(directory, `slot${drive.slot}.img`);
    const sparse = drive.kind === 'disk' && drive.contents === 'blank';
    this.initial = sparse ? new Uint8Array(0) : initialImage(drive);
    this.current = new Uint8Array(this.initial.length);
    this.fd = openSync(this.path, 'w+');
    ftruncateSync(this.fd, drive.sectors * sectorBytes(drive));
    this.restore();
  }

  read(): Uint8Array {
    readSync(this.fd, this.current, 0, this.current.length, 0);
    return this.current;
  }

  restore(): void {
    if (this.initial.length > 0) {
      writeSync(this.fd, this.initial, 0, this.initial.length, 0);
    } else {
      ftruncateSync(this.fd, 0);
      ftruncateSync(this.fd, this.drive.sectors * sectorBytes(this.drive));
    }
  }

  close(): void {
    closeSync(this.fd);
  }
}
