/**
 * Requests to an out-of-guest emulator ([Xen] public/hvm/ioreq.h): one ioreq for each vCPU in a shared page, and a ring of
 * posted writes in another. Constants are byte offsets, fields little-endian.
 */

/** One ioreq; that of vCPU `n` is at `n * IOREQ_SIZE` in the page. */
export const IOREQ_SIZE: u32 = 32;
/** Port number or guest-physical address, u64. */
export const IOREQ_ADDR: u32 = 0;
/** Value, or guest-physical address of the values if IOREQ_DATA_IS_PTR is set, u64. */
export const IOREQ_DATA: u32 = 8;
/** Repetitions of a string instruction, u32. */
export const IOREQ_COUNT: u32 = 16;
/** Bytes of one element, u32. */
export const IOREQ_ELEMENT_SIZE: u32 = 20;
/** Event-channel port of this vCPU, u32. */
export const IOREQ_VP_EPORT: u32 = 24;
/** u8: state in bits 0-3, then IOREQ_DATA_IS_PTR, IOREQ_DIR_READ, IOREQ_DF. */
export const IOREQ_STATE: u32 = 30;
/** IOREQ_TYPE_*, u8. */
export const IOREQ_TYPE: u32 = 31;

export const IOREQ_STATE_MASK: u32 = 0x0f;
export const IOREQ_DATA_IS_PTR: u32 = 0x10;
/** Direction: set for a read. */
export const IOREQ_DIR_READ: u32 = 0x20;
/** EFLAGS.DF of a string instruction. */
export const IOREQ_DF: u32 = 0x40;

export const STATE_IOREQ_NONE: u32 = 0;
export const STATE_IOREQ_READY: u32 = 1;
export const STATE_IOREQ_INPROCESS: u32 = 2;
export const STATE_IORESP_READY: u32 = 3;

export const IOREQ_TYPE_PIO: u32 = 0;
/** Memory-mapped access. */
export const IOREQ_TYPE_COPY: u32 = 1;

/** Buffered page: slots read and written so far, u32 each, free-running. */
export const BUFIOREQ_READ_POINTER: u32 = 0;
export const BUFIOREQ_WRITE_POINTER: u32 = 4;
export const BUFIOREQ_SLOTS: u32 = 8;
/** Not a power of two: slot `pointer % 511`. */
export const IOREQ_BUFFER_SLOT_NUM: u32 = 511;
export const BUF_IOREQ_SIZE: u32 = 8;
/** u32: type in bits 0-7, direction in bit 9, size code in bits 10-11, address in bits 12-31. */
export const BUF_IOREQ_HEAD: u32 = 0;
/** Value, u32. */
export const BUF_IOREQ_DATA: u32 = 4;
export const BUF_IOREQ_DIR_SHIFT: u32 = 9;
/** log2 of the bytes, 0-3; eight bytes take two slots, the second with the high half of the value. */
export const BUF_IOREQ_SIZE_SHIFT: u32 = 10;
export const BUF_IOREQ_ADDR_SHIFT: u32 = 12;
/** Addresses of 2^20 and above do not fit a slot and take the synchronous way. */
export const BUF_IOREQ_ADDR_LIMIT: u32 = 0x100000;
