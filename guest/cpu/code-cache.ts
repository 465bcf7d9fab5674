import type { DomainMemory } from '../../hypervisor/abi/vcpu';

/**
 * Decoded code. A *slot* belongs to one page of guest memory as decoded in one mode; `entries` leads from a byte of the page to
 * the record of the instruction that starts there. Records of a straight run of instructions follow each other, so execution
 * only looks something up where a branch is taken. A jump costs two loads: `translations` names the slot of a linear page in the
 * present mode, `entries` the record. (A hash over linear addresses lost: it needs a tag compare and a mixing function.)
 *
 * Record: four words. 0: operation and register numbers; 1, 2: displacement, immediate, or link; 3: META.
 */

/** Words of a record. */
export const RECORD = 4;
const RECORDS = 1 << 20;
const SLOTS = 4096;
/** Records before this index are for instructions that are not kept (see Decoder). Index 0 means "none". */
export const SCRATCH_RECORDS = 64;

/** Decode modes: 16-bit code, 32-bit code, and 32-bit code with CS, DS, ES, SS flat (base 0, limit 4 GiB), which needs no segment checks. */
export const Kind = { CODE16: 0, CODE32: 1, FLAT32: 2 } as const;
/** Bit in a mode: runs of one instruction each, for stepping. */
export const MODE_STEP = 4;
/** Bit in a mode, for translations only: CPL 3. */
export const MODE_USER = 8;
/** A mode's place in an index of `translations`. */
export const MODE_SHIFT = 20;

export class CodeCache {
  readonly records = new Int32Array(RECORD * RECORDS);
  readonly entries = new Int32Array(SLOTS << 12);
  readonly translations = new Int32Array(16 << MODE_SHIFT);
  /** Buffer pages whose code is decoded: writes must be looked at. */
  readonly watched: Uint8Array;
  /** Next free record, in words. */
  free = SCRATCH_RECORDS * RECORD;
  /** Grows whenever records may have become stale. */
  epoch = 0;

  private readonly covered = new Int32Array(SLOTS << 7);
  /** What the covered bytes were when they were decoded. */
  private readonly copies = new Uint8Array(SLOTS << 12);
  private readonly memory: Uint8Array;
  /** Grows when others may have written guest memory; a slot is good if it was checked since. */
  private changes = 0;
  private readonly checkedAt = new Int32Array(SLOTS);
  private readonly slotOfKey = new Map<number, number>();
  private readonly pageOfSlot = new Int32Array(SLOTS);
  private readonly firstSlot: Int32Array;
  private readonly nextSlot = new Int32Array(SLOTS);
  private slots = 1;
  private readonly filled = new Int32Array(1 << 16);
  private filledCount = 0;

  constructor(memory: DomainMemory) {
    const pages = memory.buffer.byteLength >>> 12;
    this.memory = memory.bytes;
    this.watched = new Uint8Array(pages);
    this.firstSlot = new Int32Array(pages);
  }

  /** Slot for buffer page `page` in `mode` (kind and step bit); made if there is none. */
  slotFor(page: number, mode: number): number {
    const key = page * 8 + mode;
    const known = this.slotOfKey.get(key);
    if (known !== undefined) {
      if (this.checkedAt[known] !== this.changes) this.check(known);
      return known;
    }
    if (this.slots === SLOTS) this.dropAll();
    const slot = this.slots++;
    this.slotOfKey.set(key, slot);
    this.pageOfSlot[slot] = page;
    this.checkedAt[slot] = this.changes;
    this.nextSlot[slot] = this.firstSlot[page];
    this.firstSlot[page] = slot;
    return slot;
  }

  /** Remember that the linear page of `index` (page | mode << MODE_SHIFT) is decoded in `slot`. */
  translate(index: number, slot: number): void {
    if (this.filledCount === this.filled.length) this.forgetTranslations();
    this.filled[this.filledCount++] = index;
    this.translations[index] = slot;
  }

  /** All linear pages may lead elsewhere now. */
  forgetTranslations(): void {
    const { translations, filled } = this;
    for (let i = 0; i < this.filledCount; i++) translations[filled[i]] = 0;
    this.filledCount = 0;
  }

  forgetTranslation(linearPage: number): void {
    for (let mode = 0; mode < 16; mode++) this.translations[linearPage | (mode << MODE_SHIFT)] = 0;
  }

  /** Make sure that `words` words of records are free; drops everything when they are not. True if it did. */
  reserve(words: number): boolean {
    if (this.free + words <= this.records.length) return false;
    this.dropAll();
    return true;
  }

  /** Bytes [offset, offset + length) of the slot's page are decoded. */
  cover(slot: number, offset: number, length: number): void {
    const page = this.pageOfSlot[slot] << 12;
    for (let at = offset; at < offset + length; at++) {
      this.covered[(slot << 7) | (at >>> 5)] |= 1 << (at & 31);
      this.copies[(slot << 12) | at] = this.memory[page | at];
    }
  }

  /** Others may have written guest memory, anywhere: every slot is compared with it before it is used again. */
  memoryChanged(): void {
    this.changes++;
    this.forgetTranslations();
  }

  private check(slot: number): void {
    const page = this.pageOfSlot[slot];
    this.checkedAt[slot] = this.changes;
    for (let word = 0; word < 128; word++) {
      if (this.covered[(slot << 7) | word] !== 0 && !this.unchanged(slot, page, word << 5)) {
        this.dropPage(page);
        return;
      }
    }
  }

  /** The covered ones of the 32 bytes at `start` are what was decoded. */
  private unchanged(slot: number, page: number, start: number): boolean {
    const mask = this.covered[(slot << 7) | (start >>> 5)];
    for (let i = 0; i < 32; i++) {
      const at = start + i;
      if (((mask >>> i) & 1) !== 0 && this.memory[(page << 12) | at] !== this.copies[(slot << 12) | at]) return false;
    }
    return true;
  }

  /**
   * Bytes at buffer `offset` were written (they lie in one page). Code decoded from them is dropped.
   * @returns true if there was any: records being executed may be stale
   */
  written(offset: number, bytes: number): boolean {
    const page = offset >>> 12;
    let hit = false;
    for (let slot = this.firstSlot[page]; slot !== 0; slot = this.nextSlot[slot]) {
      if (this.covers(slot, offset & 0xfff, bytes)) {
        hit = true;
        break;
      }
    }
    if (hit) this.dropPage(page);
    return hit;
  }

  private covers(slot: number, offset: number, bytes: number): boolean {
    for (let at = offset; at < offset + bytes; at++) {
      if ((this.covered[(slot << 7) | (at >>> 5)] >>> (at & 31)) & 1) return true;
    }
    return false;
  }

  /** Slots stay bound to their page, so translations remain valid; the page is watched again once it is decoded again. */
  private dropPage(page: number): void {
    for (let slot = this.firstSlot[page]; slot !== 0; slot = this.nextSlot[slot]) {
      this.entries.fill(0, slot << 12, (slot + 1) << 12);
      this.covered.fill(0, slot << 7, (slot + 1) << 7);
    }
    this.watched[page] = 0;
    this.epoch++;
  }

  dropAll(): void {
    this.entries.fill(0, 0, this.slots << 12);
    this.covered.fill(0, 0, this.slots << 7);
    for (let slot = 1; slot < this.slots; slot++) this.firstSlot[this.pageOfSlot[slot]] = 0;
    this.slotOfKey.clear();
    this.forgetTranslations();
    this.watched.fill(0);
    this.slots = 1;
    this.free = SCRATCH_RECORDS * RECORD;
    this.epoch++;
  }
}
