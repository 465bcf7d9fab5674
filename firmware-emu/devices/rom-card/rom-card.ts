import { BLOB_BYTES, BLOB_SECTOR } from '../../../hypervisor/abi/start-info';
import { BlobTable } from '../../contract/blob-table';
import { noteDma } from '../../contract/guest-memory';
import { CardRegister, CardStatus, SECTOR_SHIFT, WINDOW_BYTES } from './registers';

/**
 * A window of 64 KiB onto items that lie on a disk. What it is to show comes later than it is asked for: a write to WINDOW
 * describes a request, which the owner carries out before it tells `fetched`.
 */
@unmanaged
export class RomCard {
  // Handles
  blobs: BlobTable;
  /** Address of the WINDOW_BYTES that the window shows. */
  window: usize;

  // Volatile state
  private item: u32;
  private place: u32;
  private size: u32;
  private position: u32;
  private status: u32;
  /** Bytes that the request under way brings to the window's beginning. */
  private wanted: u32;
  /** The request: sectors of the disk to the window's beginning. */
  requestSector: u64;
  requestSectors: u32;

  reset(): void {
    this.position = 0;
    this.status = CardStatus.SHOWN;
    this.choose(0);
    this.clearBehind(0);
  }

  /** @param register CardRegister.* */
  read(register: u32): u32 {
    switch (register) {
      case CardRegister.ITEM:
        return this.item;
      case CardRegister.SIZE:
        return this.size;
      case CardRegister.WINDOW:
        return this.position;
      default:
        return this.status;
    }
  }

  /** True: a request is described, and the write is done when `fetched` has been told of its end. */
  write(register: u32, value: u32): bool {
    if (register == CardRegister.ITEM) this.choose(value);
    else if (register == CardRegister.WINDOW) return this.move(value & ~(WINDOW_BYTES - 1));
    return false;
  }

  /** The request was carried out. A disk that fails half-way has written some of it: nothing of that is shown. */
  fetched(success: bool): void {
    this.status = success ? CardStatus.SHOWN : CardStatus.UNREADABLE;
    this.clearBehind(success ? this.wanted : 0);
  }

  /** The window stays as it is: who wants another item's bytes moves it. */
  private choose(key: u32): void {
    this.item = key;
    const blob = this.blobs.find(key);
    this.size = 0;
    if (blob == 0) return;
    this.size = load<u32>(blob + BLOB_BYTES);
    this.place = load<u32>(blob + BLOB_SECTOR);
  }

  private move(position: u32): bool {
    this.position = position;
    this.wanted = position < this.size ? min<u32>(this.size - position, WINDOW_BYTES) : 0;
    if (this.wanted == 0) {
      this.fetched(true);
      return false;
    }
    this.requestSector = <u64>this.place + (position >> SECTOR_SHIFT);
    this.requestSectors = (this.wanted + (1 << SECTOR_SHIFT) - 1) >> SECTOR_SHIFT;
    return true;
  }

  /** Behind the item's end there are zeros, not what its last sector has there. */
  private clearBehind(bytes: u32): void {
    noteDma();
    memory.fill(this.window + bytes, 0, WINDOW_BYTES - bytes);
  }
}
