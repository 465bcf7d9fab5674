/**
 * Arithmetic of ring indices ([Xen] public/io/ring.h). Indices are u32 and run free; only differences modulo 2^32 mean
 * anything, so a ring works across the wrap and all of its entries can be used, unlike one whose indices wrap at its size.
 *
 * Every difference ends in `>>> 0`: AssemblyScript's u32 wraps by itself, a JavaScript number does not.
 */

/** Entries that were produced and not consumed. More than the ring's size means that the producer's index is corrupt. */
export function ringUnconsumed(producer: u32, consumer: u32): u32 {
  return (producer - consumer) >>> 0;
}

export const RING_EMPTY: u32 = 0;
export const RING_PARTIAL: u32 = 1;
export const RING_FULL: u32 = 2;
/** The peer's index cannot be: it is further ahead than the ring has entries. Retrying does not help, unlike empty or full. */
export const RING_CORRUPT: u32 = 3;

/**
 * How full a ring is of which at most `limit` entries can be unconsumed: RING_EMPTY, RING_PARTIAL, RING_FULL or RING_CORRUPT.
 * The limit is the ring's size, or less where the consumer knows better: no more responses than requests.
 */
export function ringState(producer: u32, consumer: u32, limit: u32): u32 {
  const unconsumed: u32 = ringUnconsumed(producer, consumer);
  if (unconsumed == 0) return RING_EMPTY;
  if (unconsumed > limit) return RING_CORRUPT;
  return unconsumed == limit ? RING_FULL : RING_PARTIAL;
}

/** Entries that can still be produced; the ring must not be corrupt. */
export function ringFree(producer: u32, consumer: u32, size: u32): u32 {
  return size - ringUnconsumed(producer, consumer);
}

/**
 * Must the producer send an event after it moved its index from `before` to `after`? Yes if the move passed the index at
 * which the consumer asked to be woken, that is if `event` lies in (before, after] (RING_PUSH_*_AND_CHECK_NOTIFY).
 * The producer must read `event` after its index is visible to the consumer.
 */
export function ringMustNotify(before: u32, after: u32, event: u32): bool {
  return (after - event) >>> 0 < (after - before) >>> 0;
}

/**
 * The event index by which a consumer asks to be woken for the very next entry (RING_FINAL_CHECK_FOR_*). After writing
 * it the consumer must look at the producer's index once more: an entry pushed just before was not notified.
 */
export function ringNextEvent(consumer: u32): u32 {
  return (consumer + 1) >>> 0;
}
