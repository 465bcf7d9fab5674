/** Requests to out-of-guest emulators are Xen's, byte for byte; here the contract names them as its own part. */
export * from '../../pv-drivers/protocol/ioreq';
