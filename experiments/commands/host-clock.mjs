/** The host's clock for the thread of a metered machine (LiveMeter). Plain JavaScript, because that thread imports it as it is. */

/** Nanoseconds of the host's monotonic clock. */
export const now = () => process.hrtime.bigint();
