/**
 * Console page ([Xen] public/io/console.h, struct xencons_interface): byte offsets. `in` flows to the guest, `out` from it.
 * The indices are little-endian u32 and run free; there are no event fields, each side notifies after what it did.
 */
export const XENCONS_IN: u32 = 0;
export const XENCONS_IN_SIZE: u32 = 1024;
export const XENCONS_OUT: u32 = 1024;
export const XENCONS_OUT_SIZE: u32 = 2048;
/** Written by the front-end. */
export const XENCONS_IN_CONS: u32 = 3072;
/** Written by the back-end. */
export const XENCONS_IN_PROD: u32 = 3076;
/** Written by the back-end. */
export const XENCONS_OUT_CONS: u32 = 3080;
/** Written by the front-end. */
export const XENCONS_OUT_PROD: u32 = 3084;
