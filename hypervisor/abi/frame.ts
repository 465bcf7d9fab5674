/**
 * The frame: one page through which the hypervisor enters the device models and takes their answer.
 *
 * Constants are byte offsets into the frame's page; every field is a little-endian u32 unless stated otherwise.
 * The request follows Xen's ioreq in spirit (space, direction, address, size, count, data, state) but is laid out for
 * in-guest reflection: the register save area and the list of guest-physical runs stand beside it.
 */

/** Why the firmware is entered: one of REASON_*. */
export const FRAME_REASON: u32 = 0x00;
/** The firmware's answer: one of ANSWER_*. */
export const FRAME_ANSWER: u32 = 0x04;
/** Virtual time at entry in nanoseconds since the machine was reset, u64 (8-aligned). */
export const FRAME_TIME: u32 = 0x08;
/** Address space of the access: SPACE_*. */
export const FRAME_SPACE: u32 = 0x10;
/** DIRECTION_READ or DIRECTION_WRITE, seen from the guest. */
export const FRAME_DIRECTION: u32 = 0x14;
/** Port number (16 bits) or guest-physical address (32 bits). */
export const FRAME_ADDRESS: u32 = 0x18;
/** Bytes in one element: 1, 2 or 4. */
export const FRAME_WIDTH: u32 = 0x1c;
/** Value written by the guest, or the firmware's result of a read; unused high bits are zero. */
export const FRAME_VALUE: u32 = 0x20;
/** Elements requested: 1 for a plain access, 1 or more for string I/O. */
export const FRAME_COUNT: u32 = 0x24;
/** Elements transferred, written by the firmware; fewer than requested ends the batch, the guest re-executes the rest. */
export const FRAME_DONE: u32 = 0x28;
/** Number of runs (see FRAME_RUNS); zero for an access whose value is in FRAME_VALUE. */
export const FRAME_RUN_COUNT: u32 = 0x2c;
/** FLAG_* bits. */
export const FRAME_FLAGS: u32 = 0x30;
/**
 * A bit mask. REASON_EVENT: pending event-channel ports; REASON_TIMER: the timers that are due; REASON_BOOT: the devices
 * (bit `id` for DEVICE_*) that this binary emulates, wherever.
 */
export const FRAME_PENDING: u32 = 0x34;
/** Which device the intercept map names for this access: DEVICE_* (see devices.ts). */
export const FRAME_DEVICE: u32 = 0x38;
/** Events to send when the guest is resumed (bit mask of ports): the batched form, instead of one hypercall each. */
export const FRAME_NOTIFY: u32 = 0x3c;
/**
 * Set to 1 by the hypervisor in the middle of an entry, when a hypercall of the firmware made an interrupt deliverable to the guest, or
 * set a new deadline. String I/O stops at the current element then, because the guest takes interrupts between elements ([SDM]
 * vol. 2, REP). At the hypercall FRAME_DONE must say how many elements came before the current one: their time passes first.
 */
export const FRAME_INTERRUPT: u32 = 0x40;

/** HOST_* bits: what the place in which this entry runs wants of the firmware. */
export const FRAME_HOST: u32 = 0x44;
/** Events go to FRAME_NOTIFY, to be sent at resume, instead of a hypercall each. */
export const HOST_NOTIFY_ON_RESUME: u32 = 1;

/** Register save area of a reflected vCPU: REGISTER_COUNT words in the order of registers.ts. */
export const FRAME_REGISTERS: u32 = 0x80;

/** Runs of string I/O: pairs of u32, guest-physical address and length in bytes, in the order of the elements. */
export const FRAME_RUNS: u32 = 0x200;
/** Runs that fit behind FRAME_RUNS in the frame's page. */
export const RUN_LIMIT: u32 = 448;

/**
 * Bytes of string I/O in one request at most while the guest can take interrupts. A request for more means that nothing comes between
 * its elements, so data may be put straight into all of its runs whenever it arrives.
 */
export const INTERRUPTIBLE_BYTES: u32 = 0x8000;

export const REASON_BOOT: u32 = 1;
export const REASON_ACCESS: u32 = 2;
export const REASON_EVENT: u32 = 3;
export const REASON_TIMER: u32 = 4;

/** Poison that the hypervisor writes before it enters, so that a firmware that forgets to answer is noticed. */
export const ANSWER_NONE: u32 = 0;
/** Served: FRAME_VALUE and FRAME_DONE hold the result. */
export const ANSWER_DONE: u32 = 1;
/** Not mine: hand this access to the out-of-guest emulator. */
export const ANSWER_FORWARD: u32 = 2;
/** The device is absent: reads give all ones, writes are dropped. */
export const ANSWER_UNCLAIMED: u32 = 3;
/** The answer comes with a later event entry; the vCPU stays stopped until then, the request stays in the frame. */
export const ANSWER_DEFERRED: u32 = 4;
/** Answer of an event entry: served, and the deferred access is done too: FRAME_VALUE and FRAME_DONE hold its result. */
export const ANSWER_DONE_DEFERRED: u32 = 5;

export const SPACE_PORT: u32 = 0;
export const SPACE_MEMORY: u32 = 1;

export const DIRECTION_READ: u32 = 0;
export const DIRECTION_WRITE: u32 = 1;

/**
 * String I/O with EFLAGS.DF set: elements lie at descending addresses. Each run is still (lowest address, bytes), and
 * its elements are taken from its end downwards.
 */
export const FLAG_DESCENDING: u32 = 1;
