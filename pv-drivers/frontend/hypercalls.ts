/** The one hypercall that front-ends make; numbers and meanings stand in `hypervisor/abi/hypercalls.ts`. */

// @ts-expect-error: decorator
@external('hypercall', 'event_send')
export declare function eventSend(port: u32): u32;
