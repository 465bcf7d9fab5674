import type { GrantMapper } from '../../pv-drivers/backend/grant-mapper';
import { GRANT_ENTRIES, GRANT_TABLE, PAGE_SHIFT, PAGE_SIZE, REGION_BASE, REGION_END } from '../abi/layout';
import type { GuestMemory } from './guest-memory';

/** Version 1 entry ([Xen public] grant_table.h, grant_entry_v1): flags u16, domid u16, frame u32. */
const ENTRY_SHIFT = 3;
const TYPE_MASK = 3;
const PERMIT_ACCESS = 1;
const READ_ONLY = 4;
const READING = 8;
const WRITING = 16;
const DOMAIN_0 = 0;

/** Domain 0's view of the guest's grant table: the only way by which a back-end gets at guest memory. */
export class GrantTable implements GrantMapper {
  private readonly halves: Uint16Array;
  private readonly frames: Uint32Array;
  /** How often each reference is mapped now, for reading and for writing. */
  private readonly mapped = new Uint16Array(GRANT_ENTRIES * 2);

  constructor(private readonly memory: GuestMemory) {
    this.halves = new Uint16Array(memory.buffer, GRANT_TABLE, GRANT_ENTRIES * 4);
    this.frames = new Uint32Array(memory.buffer, GRANT_TABLE, GRANT_ENTRIES * 2);
  }

  /**
   * Byte offset in the domain's memory of the page that grant reference `reference` gives to domain 0, or -1 when there is no
   * such grant, it forbids `write`, or its frame is not memory.
   */
  map(reference: number, write: boolean): number {
    if (!(reference >= 0 && reference < GRANT_ENTRIES)) return -1;
    const flags = this.halves[reference << (ENTRY_SHIFT - 1)]!;
    if ((flags & TYPE_MASK) !== PERMIT_ACCESS || (write && flags & READ_ONLY)) return -1;
    if (this.halves[(reference << (ENTRY_SHIFT - 1)) + 1] !== DOMAIN_0) return -1;
    const frame = this.frames[(reference << (ENTRY_SHIFT - 2)) + 1]!;
    if (!this.isMemory(frame)) return -1;
    this.mapped[reference * 2 + (write ? 1 : 0)]!++;
    Atomics.or(this.halves, reference << (ENTRY_SHIFT - 1), write ? READING | WRITING : READING);
    return frame << PAGE_SHIFT;
  }

  /** Undo one successful `map` with the same arguments; the last one clears the entry's reading and writing bits. */
  unmap(reference: number, write: boolean): void {
    this.mapped[reference * 2 + (write ? 1 : 0)]!--;
    const writing = this.mapped[reference * 2 + 1] !== 0 ? READING | WRITING : 0;
    const reading = this.mapped[reference * 2] !== 0 ? READING : 0;
    const index = reference << (ENTRY_SHIFT - 1);
    Atomics.and(this.halves, index, ~((READING | WRITING) & ~(reading | writing)));
  }

  private isMemory(frame: number): boolean {
    const inRam = frame < this.memory.ramBytes / PAGE_SIZE;
    return inRam || (frame >= REGION_BASE / PAGE_SIZE && frame < REGION_END / PAGE_SIZE);
  }
}
