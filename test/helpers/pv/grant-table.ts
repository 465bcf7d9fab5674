import type { GrantMapper } from '../../../pv-drivers/backend/grant-mapper';

// Re-declared from [Xen] public/grant_table.h; the table's place from the firmware region's layout.
const TABLE = 0x3ff08000;
const ENTRIES = 2048;
const GTF_permit_access = 1;
const GTF_type_mask = 3;
const GTF_readonly = 4;
const GTF_reading = 8;
const GTF_writing = 16;

/** The hypervisor's half of the grant table, strict about everything a back-end could do wrong. */
export class TestGrantTable implements GrantMapper {
  private readonly halves: Uint16Array;
  private readonly words: Uint32Array;
  private readonly mapped = new Map<string, number>();

  constructor(memory: Uint8Array) {
    this.halves = new Uint16Array(memory.buffer, TABLE, ENTRIES * 4);
    this.words = new Uint32Array(memory.buffer, TABLE, ENTRIES * 2);
  }

  /** Mappings that exist, the rings' included. */
  get mappedCount(): number {
    return [...this.mapped.values()].reduce((sum, count) => sum + count, 0);
  }

  flags(reference: number): number {
    return this.halves[reference * 4]!;
  }

  frame(reference: number): number {
    return this.words[reference * 2 + 1]!;
  }

  /** References whose entry permits something. */
  granted(): number[] {
    return Array.from({ length: ENTRIES }, (_, reference) => reference).filter(
      (reference) => this.flags(reference) !== 0,
    );
  }

  /** Forget all mappings, as when the guest's memory is begun anew. */
  clear(): void {
    this.mapped.clear();
    this.halves.fill(0);
  }

  map(reference: number, write: boolean): number {
    if (reference >= ENTRIES) return -1;
    const flags = this.flags(reference);
    if ((flags & GTF_type_mask) !== GTF_permit_access || this.halves[reference * 4 + 1] !== 0) return -1;
    if (write && flags & GTF_readonly) return -1;
    if (this.frame(reference) >= 0x40000) return -1;
    const key = `${reference}${write}`;
    this.mapped.set(key, (this.mapped.get(key) ?? 0) + 1);
    this.halves[reference * 4] = flags | (write ? GTF_writing : GTF_reading);
    return this.frame(reference) * 4096;
  }

  unmap(reference: number, write: boolean): void {
    const key = `${reference}${write}`;
    const count = this.mapped.get(key) ?? 0;
    if (count === 0) throw new Error(`grant ${reference} is unmapped but was not mapped`);
    this.mapped.set(key, count - 1);
    if (count === 1) this.halves[reference * 4]! &= ~(write ? GTF_writing : GTF_reading);
  }
}
