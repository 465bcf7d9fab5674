import { BLOB_ENTRY_SIZE, BLOB_KEY } from '../../hypervisor/abi/start-info';

/** The blobs that start info lists: entries of BLOB_* fields. Several devices give them to the guest, each in its way. */
@unmanaged
export class BlobTable {
  private entries: usize;
  count: u32;

  /** @param entries address of the first entry */
  connect(entries: usize, count: u32): void {
    this.entries = entries;
    this.count = count;
  }

  /** Address of the entry with `key`; 0 if there is none. */
  find(key: u32): usize {
    for (let index: u32 = 0; index < this.count; index++) {
      const entry = this.at(index);
      if (load<u32>(entry + BLOB_KEY) == key) return entry;
    }
    return 0;
  }

  /** Address of entry `index`, which is less than `count`. */
  at(index: u32): usize {
    return this.entries + index * BLOB_ENTRY_SIZE;
  }
}
