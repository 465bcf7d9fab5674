/**
 * The firmware region: where everything that hypervisor and firmware share lives in guest-physical memory.
 *
 * Both compilers read this file (`tsc` for the hypervisor, `asc` for the firmware), so it holds nothing but typed
 * constants. All addresses are guest-physical byte addresses; because the domain's memory is the firmware's linear
 * memory, they are WebAssembly addresses too.
 *
 * The region is one MiB above any RAM that the guest is told of, so no operating system needs a hole in its memory map.
 * State is laid out page by page: a page belongs to one device, hence the hypervisor can leave a device's page out of
 * the guest's reach when that device is emulated elsewhere.
 */

/** Bytes in a page, the unit of grants and of the guest's memory map. */
export const PAGE_SIZE: u32 = 4096;
export const PAGE_SHIFT: u32 = 12;

/** First byte of the firmware region. RAM ends here at the latest. */
export const REGION_BASE: u32 = 0x3ff00000;
export const REGION_SIZE: u32 = 0x00100000;
/** One past the region's last byte; also the size in bytes of a domain's memory. */
export const REGION_END: u32 = 0x40000000;

/** Start info: written by the hypervisor before the firmware boots, read-only afterwards (see start-info.ts). */
export const START_INFO: u32 = 0x3ff00000;
/** Shared info: event-channel bits (see shared-info.ts). */
export const SHARED_INFO: u32 = 0x3ff01000;

/** Frames, one for each host that can run the device models (see frame.ts). */
export const FRAME_VCPU0: u32 = 0x3ff02000;
export const FRAME_HYPERVISOR: u32 = 0x3ff03000;
export const FRAME_DOMAIN0: u32 = 0x3ff04000;
export const FRAME_STUB_DOMAIN: u32 = 0x3ff05000;

/** Registers whose read has no side effect, published by the firmware for `reflect+shadow` (see shadow.ts). */
export const SHADOW_PAGE: u32 = 0x3ff06000;

/** First word: where front-ends collect events that are to be sent on resume (a FRAME_NOTIFY), zero for one hypercall each. */
export const EVENT_BATCH: u32 = 0x3ff07000;
/** Second word of that page: the firmware sets it when it has written guest memory by DMA, and the hypervisor clears it. */
export const MEMORY_WRITTEN: u32 = 0x3ff07004;

/** Grant table, version 1 entries of 8 bytes: 2048 of them in four pages. */
export const GRANT_TABLE: u32 = 0x3ff08000;
export const GRANT_ENTRIES: u32 = 2048;

/** The ROM card's expansion ROM, put there at each reset; the guest finds it where the card's base address register says. */
export const EXPANSION_ROM: u32 = 0x3ff0c000;
export const EXPANSION_ROM_SIZE: u32 = 0x00004000;

/** State of the device models: page `DEVICE_STATE + id * PAGE_SIZE` belongs to device `id` (see devices.ts). */
export const DEVICE_STATE: u32 = 0x3ff10000;
/** The page of the real-time clock, which has a battery: a reset of the machine leaves it as it is. */
export const BATTERY_BACKED: u32 = 0x3ff14000;
/** What the ROM card's window shows: the block back-end writes straight into it. */
export const DATA_WINDOW: u32 = 0x3ff20000;
export const DATA_WINDOW_SIZE: u32 = 0x00010000;
/** Private state of the PV front-ends, one page each in the order of the rings below. */
export const FRONTEND_STATE: u32 = 0x3ff30000;

/**
 * Two pages for each out-of-guest process that emulates devices (domain 0's, a stub domain's, a host user's): its ioreqs, one
 * for each vCPU, and its ring of posted writes (`pv-drivers/protocol/ioreq.ts`).
 */
export const IOREQ_PAGES: u32 = 0x3ff3a000;

/** Ring pages: block front-ends 0-3 (IDE drives), 4 and 5 (fw_cfg blobs, for fw_cfg and for the ROM card); consoles 0-3 (COM1-COM4). */
export const BLOCK_RINGS: u32 = 0x3ff40000;
export const BLOCK_RING_COUNT: u32 = 6;
export const BLOB_RING: u32 = 4;
export const ROM_CARD_RING: u32 = 5;
export const CONSOLE_RINGS: u32 = 0x3ff48000;
export const CONSOLE_RING_COUNT: u32 = 4;
/** Pages for indirect segment lists of the block rings: eight pages for each ring. */
export const INDIRECT_PAGES: u32 = 0x3ff50000;

/** Bounce buffers, 64 KiB each: IDE primary, IDE secondary, fw_cfg. */
export const BOUNCE_BUFFERS: u32 = 0x3ff80000;
export const BOUNCE_SIZE: u32 = 0x00010000;

/** Pristine copy of the BIOS image (at most 256 KiB, aligned to its end), mapped read-only below 4 GiB. */
export const BIOS_IMAGE: u32 = 0x3ffb0000;
export const BIOS_IMAGE_SIZE: u32 = 0x00040000;

/** Static data of the firmware binary: the linker's memory base. */
export const FIRMWARE_DATA: u32 = 0x3fff0000;
export const FIRMWARE_DATA_SIZE: u32 = 0x00010000;
