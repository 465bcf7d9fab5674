/**
 * Block ring entries ([Xen] public/io/blkif.h) in the x86_32 layout, in which a u64 is aligned to four bytes; the front-end
 * is 32-bit code, so this is the "x86_32-abi" that it would announce in xenstore's `protocol` node.
 *
 * Sectors on this interface are always 512 bytes. Offsets are bytes from the start of the entry.
 */

/** log2 of the bytes in a sector. */
export const BLKIF_SECTOR_SHIFT: u32 = 9;
export const BLKIF_SECTOR_SIZE: u32 = 512;

export const BLKIF_OP_READ: u32 = 0;
export const BLKIF_OP_WRITE: u32 = 1;
/** A write that no other write may pass, in either direction. */
export const BLKIF_OP_WRITE_BARRIER: u32 = 2;
/** BLKIF_OP_FLUSH_DISKCACHE: completed writes reach stable storage before the response. */
export const BLKIF_OP_FLUSH: u32 = 3;
export const BLKIF_OP_DISCARD: u32 = 5;
/** A read or write whose segments stand in pages of their own. */
export const BLKIF_OP_INDIRECT: u32 = 6;

export const BLKIF_RSP_OKAY: i32 = 0;
export const BLKIF_RSP_ERROR: i32 = -1;
export const BLKIF_RSP_EOPNOTSUPP: i32 = -2;

/** Entries of a one-page ring: the largest power of two of entries of 108 bytes behind the header. */
export const BLKIF_RING_SIZE: u32 = 32;
/** Bytes of an entry: the larger of request and response. */
export const BLKIF_ENTRY_SIZE: u32 = 108;

/** Every request: operation u8. */
export const BLKIF_REQUEST_OPERATION: u32 = 0;
/** Read, write, barrier, flush: number of segments u8. */
export const BLKIF_REQUEST_NR_SEGMENTS: u32 = 1;
/** Read, write, barrier, flush, discard: virtual device u16; nobody reads it on a ring with one device. */
export const BLKIF_REQUEST_HANDLE: u32 = 2;
/** Every request: u64, private to the front-end, echoed in the response. */
export const BLKIF_REQUEST_ID: u32 = 4;
/** Every request but flush: first sector u64. */
export const BLKIF_REQUEST_SECTOR: u32 = 12;
/** Read, write, barrier: the segments. */
export const BLKIF_REQUEST_SEGMENTS: u32 = 20;
export const BLKIF_MAX_SEGMENTS_PER_REQUEST: u32 = 11;

/** Segment: grant reference u32 of the page. */
export const BLKIF_SEGMENT_GREF: u32 = 0;
/** Segment: first and last sector within the page, u8 each, 0-7, inclusive. */
export const BLKIF_SEGMENT_FIRST_SECT: u32 = 4;
export const BLKIF_SEGMENT_LAST_SECT: u32 = 5;
export const BLKIF_SEGMENT_SIZE: u32 = 8;

/** Discard: flags u8. */
export const BLKIF_DISCARD_FLAG: u32 = 1;
export const BLKIF_DISCARD_SECURE: u32 = 1;
/** Discard: number of sectors u64. */
export const BLKIF_DISCARD_NR_SECTORS: u32 = 20;

/** Indirect: the operation proper u8, read or write. */
export const BLKIF_INDIRECT_OP: u32 = 1;
/** Indirect: number of segments u16. */
export const BLKIF_INDIRECT_NR_SEGMENTS: u32 = 2;
/** Indirect: virtual device u16. */
export const BLKIF_INDIRECT_HANDLE: u32 = 20;
/** Indirect: grant references u32 of the pages with the segments. */
export const BLKIF_INDIRECT_GREFS: u32 = 24;
export const BLKIF_MAX_INDIRECT_PAGES_PER_REQUEST: u32 = 8;
export const BLKIF_SEGMENTS_PER_INDIRECT_PAGE: u32 = 512;
/**
 * Segments that a back-end takes in one indirect request: what it would publish as `feature-max-indirect-segments`.
 * 256 pages are 1 MiB; blkif's eight pages would allow 16 MiB, which only delays the requests behind it.
 */
export const BLKIF_MAX_INDIRECT_SEGMENTS: u32 = 256;

/** Response: id u64, copied from the request. */
export const BLKIF_RESPONSE_ID: u32 = 0;
/**
 * Response: operation u8, copied from the request; for an indirect request that in BLKIF_INDIRECT_OP. The header leaves the
 * latter open, but Linux's front-end takes anything else for an attack.
 */
export const BLKIF_RESPONSE_OPERATION: u32 = 8;
/** Response: status i16, BLKIF_RSP_*. */
export const BLKIF_RESPONSE_STATUS: u32 = 10;
