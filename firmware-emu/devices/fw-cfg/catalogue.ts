import { BLOB_BYTES, BLOB_SECTOR } from '../../../hypervisor/abi/start-info';
import { BlobTable } from '../../contract/blob-table';

/** Where an item's bytes are. */
export namespace Source {
  /** The item does not exist. */
  export const NONE: u32 = 0;
  /** In memory: the place is an address. */
  export const MEMORY: u32 = 1;
  /** On the disk of blobs: the place is its first sector. */
  export const DISK: u32 = 2;
}

const ENTRY_BYTES: u32 = 12;

/** All items: small ones in memory, whose entries lie behind the fields, and blobs as the start info lists them. */
@unmanaged
export class Catalogue {
  // Handles
  blobs: BlobTable;

  // The item that `find` found
  source: u32;
  place: u32;
  size: u32;

  private count: u32;

  clear(): void {
    this.count = 0;
  }

  /** Add an item of `size` bytes at `address`. The caller leaves room for LIMIT of them. */
  add(key: u32, address: usize, size: u32): void {
    const entry = this.entry(this.count++);
    store<u32>(entry, key);
    store<u32>(entry + 4, <u32>address);
    store<u32>(entry + 8, size);
  }

  /** Put source, place and size of item `key` into the fields; blobs come first, so they can replace what this firmware makes. */
  find(key: u32): void {
    const blob = this.blobs.find(key);
    if (blob != 0) {
      this.source = Source.DISK;
      this.place = load<u32>(blob + BLOB_SECTOR);
      this.size = load<u32>(blob + BLOB_BYTES);
      return;
    }
    this.source = Source.NONE;
    for (let index: u32 = 0; index < this.count; index++) {
      const entry = this.entry(index);
      if (load<u32>(entry) != key) continue;
      this.source = Source.MEMORY;
      this.place = load<u32>(entry + 4);
      this.size = load<u32>(entry + 8);
    }
  }

  private entry(index: u32): usize {
    return changetype<usize>(this) + offsetof<Catalogue>() + index * ENTRY_BYTES;
  }
}

/** Items in memory, at most, and the bytes that a catalogue takes with them. */
export const ITEM_LIMIT: u32 = 24;
export const CATALOGUE_BYTES: u32 = 32 + ITEM_LIMIT * ENTRY_BYTES;
if (offsetof<Catalogue>() > 32) ERROR('the catalogue exceeds its place');
