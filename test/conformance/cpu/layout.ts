/**
 * The world in which a case runs: fixed linear addresses, segment descriptors and selectors. The native harness builds it
 * with mmap and modify_ldt, the replay with page tables and a descriptor table of its own.
 */

/** A range of linear addresses that exists; everything else below 1 MiB is unmapped, and neighbours are guard pages. */
export interface Window {
  readonly address: number;
  readonly bytes: number;
  readonly kind: 'code' | 'data' | 'read-only';
}

export const CODE: Window = { address: 0x10000, bytes: 0x4000, kind: 'code' };
export const DATA: Window = { address: 0x20000, bytes: 0x3000, kind: 'data' };
export const READ_ONLY: Window = { address: 0x28000, bytes: 0x1000, kind: 'read-only' };
export const STACK: Window = { address: 0x30000, bytes: 0x2000, kind: 'data' };
export const WINDOWS: readonly Window[] = [CODE, DATA, READ_ONLY, STACK];

/** Bytes in the area from `TestCase.codeAddress` that belong to the case; the rest of the code window is INT3. */
export const CODE_BYTES = 48;
/** Where the code of a case normally starts: room for branches both ways. */
export const CODE_START = CODE.address + 0x1000;

/** Index of a segment register in ModRM encoding ([SDM] vol. 2, 2.1.5). */
export const Segment = { ES: 0, CS: 1, SS: 2, DS: 3, FS: 4, GS: 5 } as const;

/** One entry of the local descriptor table, in the terms of [SDM] vol. 3, 3.4.5. */
export interface Descriptor {
  readonly index: number;
  readonly base: number;
  /** Limit field; in units of 4 KiB when `pages`. */
  readonly limit: number;
  readonly pages: boolean;
  /** D/B flag. */
  readonly big: boolean;
  readonly type: 'data' | 'expand-down' | 'code' | 'conforming';
  /** Read-only data or execute-only code. */
  readonly restricted: boolean;
  readonly present: boolean;
}

/** Local selector with requested privilege level 3. */
export const local = (index: number): number => (index << 3) | 7;

/** Selectors of the flat segments; these values are what a 64-bit Linux gives its 32-bit processes. */
export const FLAT_CODE = 0x23;
export const FLAT_DATA = 0x2b;

const entry = (index: number, base: number, limit: number, more: Partial<Descriptor> = {}): Descriptor => ({
  index,
  base,
  limit,
  pages: false,
  big: true,
  type: 'data',
  restricted: false,
  present: true,
  ...more,
});

/** Entries by role; index 0 stays empty. */
export const LDT = {
  data: entry(1, DATA.address, DATA.bytes - 1),
  /** Starts in the middle of the data window, so that an override is seen. */
  shifted: entry(2, DATA.address + 0x1000, 0x1fff),
  readOnly: entry(3, DATA.address, DATA.bytes - 1, { restricted: true }),
  /** Valid offsets are 1000h-FFFFFFFFh, as far as mapped. */
  expandDown: entry(4, DATA.address, 0xfff, { type: 'expand-down' }),
  /** Valid offsets are 1000h-FFFFh. */
  expandDown16: entry(5, DATA.address, 0xfff, { type: 'expand-down', big: false }),
  notPresent: entry(6, DATA.address, 0xfff, { present: false }),
  pages: entry(7, DATA.address, 2, { pages: true }),
  code32: entry(8, CODE.address, CODE.bytes - 1, { type: 'code' }),
  code16: entry(9, CODE.address, CODE.bytes - 1, { type: 'code', big: false }),
  executeOnly: entry(10, CODE.address, CODE.bytes - 1, { type: 'code', restricted: true }),
  codeNotPresent: entry(11, CODE.address, CODE.bytes - 1, { type: 'code', present: false }),
  conformingNotPresent: entry(12, CODE.address, CODE.bytes - 1, { type: 'conforming', present: false }),
  stack32: entry(13, STACK.address, STACK.bytes - 1),
  stack16: entry(14, STACK.address, STACK.bytes - 1, { big: false }),
  /** Its limit ends inside the code window: fetches beyond it fault. */
  shortCode: entry(15, CODE.address, 0x1007, { type: 'code' }),
  expandDownNotPresent: entry(16, DATA.address, 0xfff, { type: 'expand-down', present: false }),
  restrictedCode16: entry(17, CODE.address, CODE.bytes - 1, { type: 'code', big: false, restricted: true }),
} as const;

export const DESCRIPTORS: readonly Descriptor[] = Object.values(LDT);
/** Selector of an entry. */
export const selector = (descriptor: Descriptor): number => local(descriptor.index);
/** Entries in the table; a selector of this index or above is beyond its limit. */
export const LDT_ENTRIES = DESCRIPTORS.length + 1;

/** Bytes of the windows before any case; a fixed pattern in which each 32-bit word is different. */
export function pristine(window: Window): Uint8Array {
  const image = new Uint8Array(window.bytes);
  if (window.kind === 'code') return image.fill(0xcc);
  const words = new Uint32Array(image.buffer);
  let state = window.address;
  for (let i = 0; i < words.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    words[i] = state ^ (state >>> 15);
  }
  return image;
}
