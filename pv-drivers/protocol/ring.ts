/**
 * Header of a shared ring page ([Xen] public/io/ring.h, struct sring): byte offsets of little-endian u32 fields.
 * All four indices run free modulo 2^32; an index picks entry `index & (size - 1)`.
 */

/** Requests produced so far; written by the front-end. */
export const RING_REQ_PROD: u32 = 0;
/** The back-end wants an event when `req_prod` passes this value; written by the back-end. */
export const RING_REQ_EVENT: u32 = 4;
/** Responses produced so far; written by the back-end. */
export const RING_RSP_PROD: u32 = 8;
/** The front-end wants an event when `rsp_prod` passes this value; written by the front-end. */
export const RING_RSP_EVENT: u32 = 12;
/** First entry; the bytes between the header's fields and here are private to the protocol and zero for blkif. */
export const RING_ENTRIES: u32 = 64;
