/**
 * Shared info: event-channel bits of this domain, in the role of Xen's shared_info.evtchn_pending and evtchn_mask.
 * Byte offsets from SHARED_INFO; this ABI has 32 ports, hence one word each. Port 0 is never valid, as in Xen.
 */
export const SHARED_EVENT_PENDING: u32 = 0x00;
export const SHARED_EVENT_MASK: u32 = 0x04;
export const EVENT_PORT_COUNT: u32 = 32;
