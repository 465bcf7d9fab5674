import type { GrantMapper } from '../../pv-drivers/backend/grant-mapper';
import { GRANT_ENTRIES, GRANT_TABLE, PAGE_SHIFT, PAGE_SIZE, REGION_BASE, REGION_END } from '../abi/layout';
import type { GuestMemory } from './guest-memory';

/** Version 1 entry ([Xen public] grant_table.h, grant_entry_v1): flags u16, domid u16; then frame u32. */
const ENTRY_SHIFT = 3;
const TYPE_MASK = 3;
const PERMIT_ACCESS = 1;
const READ_ONLY = 4;
const READING = 8;
const WRITING = 16;
const DOMID_SHIFT = 16;
const DOMAIN_0 = 0;
/** A guest that changes its entry over and over while it is being mapped gets a refusal, not a hypervisor that spins. */
const MOST_TRIES = 5;

/**
 * Domain 0's view of the guest's grant table: the only way by which a back-end gets at guest memory. Device models may run in
 * another thread meanwhile, so what was checked and what is marked as mapped must be one value: compare-and-exchange.
 */
export class GrantTable implements GrantMapper {
  private readonly words: Int32Array;
  /** How often each reference is mapped now, for reading and for writing. */
  private readonly mapped = new Uint16Array(GRANT_ENTRIES * 2);

  constructor(private readonly memory: GuestMemory) {
    this.words = new Int32Array(memory.buffer, GRANT_TABLE, GRANT_ENTRIES * 2);
  }

  /**
   * Byte offset in the domain's memory of the page that grant reference `reference` gives to domain 0, or -1 when there is no
   * such grant, it forbids `write`, or its frame is not memory.
   */
  map(reference: number, write: boolean): number {
    if (!(reference >= 0 && reference < GRANT_ENTRIES) || !this.pin(reference, write)) return -1;
    this.mapped[reference * 2 + (write ? 1 : 0)]!++;
    // Only now: the guest must leave the frame alone while the entry says that it is mapped.
    const frame = Atomics.load(this.words, (reference << (ENTRY_SHIFT - 2)) + 1) >>> 0;
    if (this.isMemory(frame)) return frame << PAGE_SHIFT;
    this.unmap(reference, write);
    return -1;
  }

  /** Undo one successful `map` with the same arguments; the last one clears the entry's reading and writing bits. */
  unmap(reference: number, write: boolean): void {
    this.mapped[reference * 2 + (write ? 1 : 0)]!--;
    const writing = this.mapped[reference * 2 + 1] !== 0 ? READING | WRITING : 0;
    const reading = this.mapped[reference * 2] !== 0 ? READING : 0;
    Atomics.and(this.words, reference << (ENTRY_SHIFT - 2), ~((READING | WRITING) & ~(reading | writing)));
  }

  /** Mark the entry as mapped, if and while it permits that. */
  private pin(reference: number, write: boolean): boolean {
    const word = reference << (ENTRY_SHIFT - 2);
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const entry = Atomics.load(this.words, word);
      if ((entry & TYPE_MASK) !== PERMIT_ACCESS || entry >>> DOMID_SHIFT !== DOMAIN_0) return false;
      if (write && entry & READ_ONLY) return false;
      const pinned = entry | (write ? READING | WRITING : READING);
      if (Atomics.compareExchange(this.words, word, entry, pinned) === entry) return true;
    }
    return false;
  }

  private isMemory(frame: number): boolean {
    const inRam = frame < this.memory.ramBytes / PAGE_SIZE;
    return inRam || (frame >= REGION_BASE / PAGE_SIZE && frame < REGION_END / PAGE_SIZE);
  }
}
