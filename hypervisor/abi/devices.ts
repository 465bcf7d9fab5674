/**
 * Device numbers: the unit of placement, of state pages and of counting. One number stands for one device model in the
 * firmware, however many ports it decodes.
 */
export const DEVICE_NONE: u32 = 0;
/** 16550A UARTs COM1-COM4. */
export const DEVICE_UART: u32 = 1;
/** IDE channels with their drives and the bus-master function. */
export const DEVICE_IDE: u32 = 2;
/** 8254 timer and port 61h. */
export const DEVICE_PIT: u32 = 3;
/** MC146818 real-time clock and CMOS RAM. */
export const DEVICE_RTC: u32 = 4;
/** 8042 keyboard controller. */
export const DEVICE_I8042: u32 = 5;
/** System control port A (92h). */
export const DEVICE_PORT92: u32 = 6;
/** QEMU firmware configuration interface. */
export const DEVICE_FWCFG: u32 = 7;
/** Debug console (402h) and boot probes (404h). */
export const DEVICE_DEBUG: u32 = 8;
/** PCI configuration mechanism #1, host bridge and PIIX functions. */
export const DEVICE_PCI: u32 = 9;
export const DEVICE_HPET: u32 = 10;
/** ACPI power-management timer and PM1 registers. */
export const DEVICE_PM: u32 = 11;
/** 8259A pair; always in the hypervisor, as in Xen. */
export const DEVICE_PIC: u32 = 12;
/** Local APIC; always in the hypervisor. */
export const DEVICE_APIC: u32 = 13;
/** PCI card with an expansion ROM, and a window onto the fw_cfg blobs. */
export const DEVICE_ROM_CARD: u32 = 14;
export const DEVICE_COUNT: u32 = 15;
