/**
 * Numbers that hypercalls take. The calls themselves are the firmware's only imports besides its memory; their
 * WebAssembly signatures stand in `firmware-emu/hypercalls.ts` and the hypervisor's half in `hypervisor/hypercalls.ts`.
 *
 * | import (module `hypercall`)                  | meaning |
 * |----------------------------------------------|---------|
 * | event_send(port)                             | notify the peer of an event channel |
 * | set_timer(timer, low, high)                  | arm one-shot timer for an absolute time in ns (u64 in two halves); both halves all ones disarm |
 * | set_irq(gsi, level)                          | drive an input of the interrupt controller, level 0 or 1 |
 * | debug_byte(channel, value)                   | one byte for the trace: channel CHANNEL_* |
 * | machine(op, argument)                        | MACHINE_* |
 * | map_ports(device, first, count)              | route `count` ports from `first` to a device; device DEVICE_NONE unmaps |
 * | map_memory(device, address, bytes)           | route guest-physical pages (page-aligned) to a device |
 * | map_pages(address, bytes, place)             | show the guest `bytes` of the firmware region from `place`, read-only, at guest-physical `address` (all page-aligned); map_memory takes them away |
 *
 * Each returns one of STATUS_*; an argument out of range gives STATUS_INVALID and changes nothing. Out of range for
 * map_pages are also addresses at which something is already: RAM, the firmware region, the BIOS below 4 GiB, a device, pages shown before.
 */
export const STATUS_OK: u32 = 0;
export const STATUS_INVALID: u32 = 1;

/** One-shot timers, each with at most one deadline. */
export const TIMER_PIT: u32 = 0;
export const TIMER_RTC: u32 = 1;
export const TIMER_HPET: u32 = 2;
export const TIMER_PM: u32 = 3;
export const TIMER_UART0: u32 = 4; // COM1; COM2-COM4 follow
export const TIMER_IDE0: u32 = 8; // primary; secondary follows
export const TIMER_COUNT: u32 = 16;

/** Inputs of the interrupt controller: ISA interrupt lines 0-15 ([PIIX3] 4.2). */
export const GSI_PIT: u32 = 0;
export const GSI_KEYBOARD: u32 = 1;
export const GSI_COM2: u32 = 3;
export const GSI_COM1: u32 = 4;
export const GSI_RTC: u32 = 8;
export const GSI_ACPI: u32 = 9;
export const GSI_IDE0: u32 = 14;
export const GSI_IDE1: u32 = 15;
export const GSI_COUNT: u32 = 16;

/** debug_byte: SeaBIOS's debug console (port 402h), boot probes (port 404h), POST codes (port 80h). */
export const CHANNEL_DEBUG: u32 = 0;
export const CHANNEL_PROBE: u32 = 1;
export const CHANNEL_POST: u32 = 2;

/** machine: open (1) or close (0) address line 20. */
export const MACHINE_A20: u32 = 1;
/** machine: reset the whole machine; takes effect when the firmware returns. */
export const MACHINE_RESET: u32 = 2;
/** machine: power off; takes effect when the firmware returns. */
export const MACHINE_POWER_OFF: u32 = 3;
/** machine: make C0000h-FFFFFh writable or not: argument is a 16-bit mask of writable 16 KiB blocks from C0000h. */
export const MACHINE_SHADOW_RAM: u32 = 4;
