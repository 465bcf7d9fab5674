/**
 * Hypercalls of a guest that has PV drivers of its own: VMCALL with the number in EAX and arguments in EBX, ECX. EAX is
 * STATUS_* afterwards (see hypercalls.ts); every other register is kept unless stated. A number that means nothing gives
 * STATUS_INVALID. Rings, grant table and event bits lie where layout.ts and shared-info.ts say: a device that is placed at `pv`
 * leaves its rings to the guest.
 */

/** EBX: event-channel port whose peer is to be notified. */
export const GUEST_EVENT_SEND: u32 = 1;
/**
 * EBX, ECX: low and high half of an absolute virtual time in ns, at which port PORT_GUEST_TIMER becomes pending; both all ones
 * disarm. One shot.
 */
export const GUEST_SET_TIMER: u32 = 2;
/** EBX, ECX become the low and high half of the virtual time in ns. */
export const GUEST_TIME: u32 = 3;
/**
 * EBX: interrupt line (0-15) that is pulsed when the pending bit of an unmasked port goes from 0 to 1; GUEST_NO_CALLBACK for none,
 * as after reset.
 */
export const GUEST_SET_CALLBACK: u32 = 4;
export const GUEST_NO_CALLBACK: u32 = 0xffffffff;

/** The virtual interrupt of the guest's one-shot timer. */
export const PORT_GUEST_TIMER: u32 = 31;
