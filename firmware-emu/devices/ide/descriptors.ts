import { noteDma } from '../../contract/guest-memory';

/**
 * The bus master's walk through its descriptor table ([SFF-8038i] Physical Region Descriptor Table): entries of 8 bytes, each a region of guest memory
 * and its length, the last one marked.
 *
 * The table is guest memory and can change under our hands, so every entry is taken as it is when its turn comes, and
 * nothing relies on an earlier look at it.
 */

const ENTRY_SIZE: u32 = 8;
/** Length of a region: 16 bits, even; zero means 64 KiB. */
const LENGTH_MASK: u32 = 0xfffe;
const END_OF_TABLE: u32 = 0x80000000;
/** A table without an end is left after this many bytes. [SFF-8038i] bounds it by 64 KiB; QEMU, like this, by a page. */
const TABLE_LIMIT: u32 = 4096;

/** Where memory ends for devices on the PCI bus, and starts again behind video memory and ROMs ([440FX] System Address Map). */
const LOW_MEMORY_END: u32 = 0xa0000;
const HIGH_MEMORY: u32 = 0x100000;
const PAGE: u32 = 4096;
const SECTOR_MASK: u32 = 511;

@unmanaged
export class Descriptors {
  // Configuration
  /** Bytes of guest memory. */
  ramBytes: u32;

  // Volatile state
  private table: u32;
  /** Next entry to be read. */
  private entry: u32;
  /** What is left of the present region. */
  private regionAddress: u32;
  private regionBytes: u32;
  private last: bool;
  /** A place to return to. */
  private markedEntry: u32;
  private markedAddress: u32;
  private markedBytes: u32;
  private markedLast: bool;

  /** From the table's first entry. */
  start(table: u32): void {
    this.table = table;
    this.entry = table;
    this.regionBytes = 0;
    this.last = false;
  }

  /**
   * A start is for one command. Another one that finds the engine still running, because the table had more in it, finds
   * nothing left: [SFF-8038i] has the host stop the engine first. To go on in the middle of a region would serve nobody, and
   * QEMU, which has taken the whole table for the first command, even reads on behind its end.
   */
  nextCommand(): void {
    if (this.entry == this.table) return;
    this.regionBytes = 0;
    this.last = true;
  }

  mark(): void {
    this.markedEntry = this.entry;
    this.markedAddress = this.regionAddress;
    this.markedBytes = this.regionBytes;
    this.markedLast = this.last;
  }

  returnToMark(): void {
    this.entry = this.markedEntry;
    this.regionAddress = this.markedAddress;
    this.regionBytes = this.markedBytes;
    this.last = this.markedLast;
  }

  /** Nothing is left of the present region, and no entry follows it. */
  get exhausted(): bool {
    return this.regionBytes == 0 && (this.last || this.entry - this.table >= TABLE_LIMIT);
  }

  /** Guest-physical address of the next byte; valid after `direct`. */
  get address(): u32 {
    return this.regionAddress;
  }

  /** Does what is left of the table describe at least `bytes`? Moves nothing, but forgets the mark. */
  cover(bytes: u64): bool {
    this.mark();
    let described: u64 = 0;
    while (described < bytes && this.load()) {
      described += this.regionBytes;
      this.regionBytes = 0;
    }
    this.returnToMark();
    return described >= bytes;
  }

  /**
   * Bytes from the next one on, at most `limit`, that the back-end can be given as they are: whole sectors of guest memory
   * on a sector boundary. Zero: they have to go through the buffer, or there are none.
   */
  direct(limit: u32): u32 {
    if (!this.load() || (this.regionAddress & SECTOR_MASK) != 0) return 0;
    const bytes: u32 = min<u32>(min<u32>(this.regionBytes, limit), this.memoryAt(this.regionAddress));
    return bytes & ~SECTOR_MASK;
  }

  /** Pass over `bytes` of the present region. */
  take(bytes: u32): void {
    this.regionAddress += bytes;
    this.regionBytes -= bytes;
  }

  /** Copy from `buffer` to the regions. @returns bytes copied: fewer if the table ends */
  scatter(buffer: u32, bytes: u32): u32 {
    noteDma();
    let done: u32 = 0;
    while (done < bytes && this.load()) {
      const piece = this.piece(bytes - done);
      if (this.memoryAt(this.regionAddress) >= piece) memory.copy(this.regionAddress, buffer + done, piece);
      this.take(piece);
      done += piece;
    }
    return done;
  }

  /** Copy from the regions to `buffer`; what is not memory reads as ones. @returns bytes copied: fewer if the table ends */
  gather(buffer: u32, bytes: u32): u32 {
    let done: u32 = 0;
    while (done < bytes && this.load()) {
      const piece = this.piece(bytes - done);
      if (this.memoryAt(this.regionAddress) >= piece) memory.copy(buffer + done, this.regionAddress, piece);
      else memory.fill(buffer + done, 0xff, piece);
      this.take(piece);
      done += piece;
    }
    return done;
  }

  /** Bytes of the present region, at most `limit`, that lie in one page. */
  private piece(limit: u32): u32 {
    return min<u32>(min<u32>(this.regionBytes, limit), PAGE - (this.regionAddress & (PAGE - 1)));
  }

  /** Make sure that there is a present region. False at the end of the table. */
  private load(): bool {
    if (this.regionBytes != 0) return true;
    if (this.exhausted) return false;
    const present: bool = this.memoryAt(this.entry) >= ENTRY_SIZE;
    const length: u32 = present ? load<u32>(this.entry + 4) : u32.MAX_VALUE;
    this.regionAddress = present ? load<u32>(this.entry) : u32.MAX_VALUE;
    this.regionBytes = (length & LENGTH_MASK) != 0 ? length & LENGTH_MASK : 0x10000;
    this.last = (length & END_OF_TABLE) != 0;
    this.entry += ENTRY_SIZE;
    return true;
  }

  /** Bytes of contiguous guest memory from `address` on. */
  private memoryAt(address: u32): u32 {
    const end: u32 = address < LOW_MEMORY_END ? min<u32>(LOW_MEMORY_END, this.ramBytes) : this.ramBytes;
    if (address >= end || (address >= LOW_MEMORY_END && address < HIGH_MEMORY)) return 0;
    return end - address;
  }
}
