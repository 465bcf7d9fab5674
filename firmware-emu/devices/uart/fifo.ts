import { FIFO_SIZE } from './registers';

/**
 * A FIFO of 16 entries of 16 bits: a character, and above it the errors that came with it. The entries lie behind the object's
 * fields.
 */
@unmanaged
export class Fifo {
  private head: u32;
  count: u32;
  /** Entries that carry an error. */
  errors: u32;

  clear(): void {
    this.head = 0;
    this.count = 0;
    this.errors = 0;
  }

  get full(): bool {
    return this.count == FIFO_SIZE;
  }

  /** Append an entry; the caller has made sure that there is room. */
  push(entry: u32): void {
    store<u16>(this.slot(this.count), <u16>entry);
    this.count++;
    if (entry > 0xff) this.errors++;
  }

  /** Take the oldest entry; the caller has made sure that there is one. */
  pop(): u32 {
    const entry = <u32>load<u16>(this.slot(0));
    if (entry > 0xff) this.errors--;
    this.head = (this.head + 1) & (FIFO_SIZE - 1);
    this.count--;
    return entry;
  }

  /** Take the errors off the oldest entry: from now on the line status register shows them. */
  takeErrors(): u32 {
    const slot = this.slot(0);
    const entry = <u32>load<u16>(slot);
    if (entry <= 0xff) return 0;
    this.errors--;
    store<u16>(slot, <u16>(entry & 0xff));
    return entry >> 8;
  }

  private slot(index: u32): usize {
    return changetype<usize>(this) + offsetof<Fifo>() + (((this.head + index) & (FIFO_SIZE - 1)) << 1);
  }
}

/** Bytes that a FIFO takes: its fields and its entries. */
export const FIFO_BYTES: u32 = 12 + 2 * 16;
