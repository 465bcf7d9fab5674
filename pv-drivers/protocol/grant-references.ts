/**
 * Who owns which grant reference. Xen's front-ends draw references from one free list and publish those of their rings in
 * xenstore; without a xenstore both sides must know the rings' references beforehand, so the table is divided statically.
 *
 * | references   | use                                                        |
 * |--------------|------------------------------------------------------------|
 * | 0-7          | reserved by Xen                                            |
 * | 8-15         | pages of the block rings                                   |
 * | 16-23        | pages of the console rings                                 |
 * | 64-1995      | data pages, 322 for each block ring                        |
 * | 2000-2047    | indirect pages, eight for each block ring                  |
 */
export const GRANT_BLOCK_RINGS: u32 = 8;
export const GRANT_CONSOLE_RINGS: u32 = 16;
export const GRANT_DATA_PAGES: u32 = 64;
/** A transfer of 1 MiB takes 257 of them if it does not begin at a page boundary. */
export const DATA_GRANTS_PER_RING: u32 = 322;
export const GRANT_INDIRECT_PAGES: u32 = 2000;
export const INDIRECT_PAGES_PER_RING: u32 = 8;

/** Grant reference of the page of block ring `index`. */
export function blockRingGrant(index: u32): u32 {
  return GRANT_BLOCK_RINGS + index;
}

/** Grant reference of the page of console ring `index`. */
export function consoleRingGrant(index: u32): u32 {
  return GRANT_CONSOLE_RINGS + index;
}
