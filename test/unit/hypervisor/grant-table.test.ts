import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GrantTable } from '../../../hypervisor/memory/grant-table';
import { GuestMemory } from '../../../hypervisor/memory/guest-memory';

// Re-declared from [Xen] public/grant_table.h; the table's place from the firmware region's layout.
const TABLE = 0x3ff08000;
const ENTRIES = 2048;
const GTF_permit_access = 1;
const GTF_readonly = 4;
const GTF_reading = 8;
const GTF_writing = 16;
const REFERENCE = 100;
const FRAME = 0x42;
const MIB = 2 ** 20;

const memory = new GuestMemory(2 * MIB);
const words = new Int32Array(memory.buffer, TABLE, ENTRIES * 2);
let table: GrantTable;

beforeEach(() => {
  words.fill(0);
  words[REFERENCE * 2 + 1] = FRAME;
  table = new GrantTable(memory);
});

afterEach(() => vi.restoreAllMocks());

const flags = () => words[REFERENCE * 2]!;
const permit = (entry: number) => {
  words[REFERENCE * 2] = entry;
};

/** Do `interfere` just before the hypervisor marks an entry, as a guest on another processor can. */
function racing(interfere: () => void): void {
  const exchange = Atomics.compareExchange;
  vi.spyOn(Atomics, 'compareExchange').mockImplementation(((...given: Parameters<typeof exchange>) => {
    interfere();
    return exchange(...given);
  }) as typeof exchange);
}

describe('a grant reference', () => {
  it('gives its page, and says so while it is mapped', () => {
    permit(GTF_permit_access);
    expect(table.map(REFERENCE, false)).toBe(FRAME * 4096);
    expect(flags()).toBe(GTF_permit_access | GTF_reading);
    expect(table.map(REFERENCE, true)).toBe(FRAME * 4096);
    expect(flags()).toBe(GTF_permit_access | GTF_reading | GTF_writing);
    table.unmap(REFERENCE, true);
    expect(flags()).toBe(GTF_permit_access | GTF_reading);
    table.unmap(REFERENCE, false);
    expect(flags()).toBe(GTF_permit_access);
  });

  it.each([
    ['that grants nothing', REFERENCE, 0, FRAME, false],
    ['of another type', REFERENCE, 2, FRAME, false],
    ['for another domain', REFERENCE, GTF_permit_access | (5 << 16), FRAME, false],
    ['for reading, to write', REFERENCE, GTF_permit_access | GTF_readonly, FRAME, true],
    ['of a frame beyond RAM', REFERENCE, GTF_permit_access, 0x200, false],
    ['of a frame beyond everything', REFERENCE, GTF_permit_access, 0x40000, false],
    ['beyond the table', ENTRIES, GTF_permit_access, FRAME, false],
    ['below it', -1, GTF_permit_access, FRAME, false],
    ['that is no number', Number.NaN, GTF_permit_access, FRAME, false],
  ])('%s is refused and left as it was', (_, reference, entry, frame, write) => {
    permit(entry);
    words[REFERENCE * 2 + 1] = frame;
    expect(table.map(reference, write)).toBe(-1);
    expect(flags()).toBe(entry);
  });
});

describe('a guest on another processor', () => {
  it('that takes its permission back in the middle keeps it', () => {
    permit(GTF_permit_access);
    racing(() => permit(0));
    expect(table.map(REFERENCE, false)).toBe(-1);
    expect(flags()).toBe(0);
  });

  it('that forbids writing in the middle is obeyed', () => {
    permit(GTF_permit_access);
    racing(() => permit(GTF_permit_access | GTF_readonly));
    expect(table.map(REFERENCE, true)).toBe(-1);
    expect(flags()).toBe(GTF_permit_access | GTF_readonly);
  });

  it('that never leaves its entry alone is refused, without an end of tries', () => {
    permit(GTF_permit_access);
    let changes = 0;
    racing(() => permit(GTF_permit_access | (++changes << 6)));
    expect(table.map(REFERENCE, false)).toBe(-1);
    expect(changes).toBeLessThan(10);
  });
});
