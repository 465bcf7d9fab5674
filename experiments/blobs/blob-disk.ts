import type { BlobConfig, MachineConfig } from '../../hypervisor/config';
import { ConcatenatedDisk, memoryPiece, type Piece, zeroPiece } from '../../pv-drivers/backend/concatenated-disk';
import { SECTOR_BYTES } from '../../pv-drivers/backend/disk';

/** First selector key of a file ([FWCFG] "File Directory"). */
const FIRST_FILE_KEY = 0x20;

/**
 * The disk from which the firmware takes fw_cfg items: each begins at a sector of its own and may consist of several pieces. What is
 * in a file of the host is read from there whenever the guest asks.
 */
export class BlobDisk {
  private readonly blobs: BlobConfig[] = [];
  private readonly pieces: Piece[] = [];
  private sectors = 0;
  private files = 0;

  /** Add the item with selector `key`, below 20h. */
  add(key: number, ...pieces: Piece[]): this {
    return this.append(key, '', pieces);
  }

  /** Add a number as the classic items have them: 32 bits, little-endian. */
  addNumber(key: number, value: number): this {
    const contents = new Uint8Array(4);
    new DataView(contents.buffer).setUint32(0, value, true);
    return this.add(key, memoryPiece(contents));
  }

  /** Add a file to the directory. @param name at most 55 ASCII characters */
  addFile(name: string, ...pieces: Piece[]): this {
    return this.append(FIRST_FILE_KEY + this.files++, name, pieces);
  }

  /** What a machine is configured with. */
  config(): Pick<MachineConfig, 'blobs' | 'blobDisk'> {
    return { blobs: this.blobs, blobDisk: new ConcatenatedDisk(this.pieces) };
  }

  private append(key: number, name: string, pieces: Piece[]): this {
    const bytes = pieces.reduce((sum, piece) => sum + piece.bytes, 0);
    const sectors = Math.ceil(bytes / SECTOR_BYTES);
    this.blobs.push({ key, name, bytes, sector: this.sectors });
    this.pieces.push(...pieces, zeroPiece(sectors * SECTOR_BYTES - bytes));
    this.sectors += sectors;
    return this;
  }
}
