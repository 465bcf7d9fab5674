/**
 * The hypercalls: besides its memory, all that the firmware imports. Numbers and meanings stand in
 * `hypervisor/abi/hypercalls.ts`; every call returns a STATUS_* value.
 */

// @ts-expect-error: decorator
@external('hypercall', 'set_timer')
export declare function setTimer(timer: u32, low: u32, high: u32): u32;

// @ts-expect-error: decorator
@external('hypercall', 'set_irq')
export declare function setIrq(gsi: u32, level: u32): u32;

// @ts-expect-error: decorator
@external('hypercall', 'debug_byte')
export declare function debugByte(channel: u32, value: u32): u32;

// @ts-expect-error: decorator
@external('hypercall', 'machine')
export declare function machine(operation: u32, argument: u32): u32;

// @ts-expect-error: decorator
@external('hypercall', 'map_ports')
export declare function mapPorts(device: u32, first: u32, count: u32): u32;

// @ts-expect-error: decorator
@external('hypercall', 'map_memory')
export declare function mapMemory(device: u32, address: u32, bytes: u32): u32;

// @ts-expect-error: decorator
@external('hypercall', 'map_pages')
export declare function mapPages(address: u32, bytes: u32, place: u32): u32;
