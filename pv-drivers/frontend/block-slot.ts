/** `operation` of a slot that waits for no response. Out of the range of a response's operation, so nothing matches it. */
export const NOT_WAITING: u32 = 0x100;
/** `indirectPage` of a request whose segments stand in the request itself. */
export const NO_PAGE: u32 = 0xff;

/**
 * What the front-end remembers of one request. The ring entry itself is no memory: the back-end may write to it at any
 * time, and responses reuse it.
 *
 * Requests of one transfer share the slot of the first of them, the leader, which stays in use until all are answered.
 */
@unmanaged
export class BlockSlot {
  /** Distinguishes this use of the slot from earlier ones; the response must echo it in the id's high half. */
  generation: u32;
  /** BLKIF_OP_* that the response must name, or NOT_WAITING. */
  operation: u32;
  /** Chain of the data pages' grants, see GrantPool. */
  grants: u32;
  /** Which of the ring's indirect pages holds the segments, or NO_PAGE. */
  indirectPage: u32;
  /** Slot number of the transfer's first request. */
  leader: u32;

  /** Of a leader: the submitter's name for the transfer. */
  tag: u32;
  /** Of a leader: requests without a response. */
  outstanding: u32;
  /** Of a leader: worst status so far; errors are negative. */
  status: i32;
  /** Of a leader: nobody waits for this transfer any more. */
  abandoned: bool;
}

export const BLOCK_SLOT_SIZE: u32 = 40;
if (offsetof<BlockSlot>() > BLOCK_SLOT_SIZE) ERROR('a block slot is larger than its place');
