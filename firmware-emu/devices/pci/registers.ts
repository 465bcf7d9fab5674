/** Offsets in a function's configuration space; the header is [PCI 2.1] 6.1, what follows is the chip's own. */
export namespace ConfigRegister {
  export const VENDOR: u32 = 0x00;
  export const DEVICE: u32 = 0x02;
  export const COMMAND: u32 = 0x04;
  export const STATUS: u32 = 0x06;
  export const REVISION: u32 = 0x08;
  /** Programming interface, then sub-class and base class. */
  export const INTERFACE: u32 = 0x09;
  export const CLASS: u32 = 0x0a;
  export const CACHE_LINE: u32 = 0x0c;
  export const HEADER_TYPE: u32 = 0x0e;
  export const BASE_ADDRESS_0: u32 = 0x10;
  export const BASE_ADDRESS_1: u32 = 0x14;
  /** Bus Master Interface Base Address of the IDE function ([PIIX3] BMIBA). */
  export const BASE_ADDRESS_4: u32 = 0x20;
  export const SUBSYSTEM_VENDOR: u32 = 0x2c;
  export const SUBSYSTEM: u32 = 0x2e;
  export const EXPANSION_ROM: u32 = 0x30;
  export const INTERRUPT_LINE: u32 = 0x3c;
  export const INTERRUPT_PIN: u32 = 0x3d;
  /** First register that [PCI 2.1] leaves to the chip. */
  export const SPECIFIC: u32 = 0x40;
}

/** Command register ([PCI 2.1] 6.2.2). */
export namespace PciCommand {
  export const IO: u32 = 0x0001;
  export const MEMORY: u32 = 0x0002;
  export const MASTER: u32 = 0x0004;
  /** I/O, memory, master, SERR#, and the interrupt disable bit of later revisions. */
  export const WRITABLE: u32 = 0x0507;
}

/** Status register ([PCI 2.1] 6.2.3): fast back-to-back, medium DEVSEL timing. */
export const STATUS_MEDIUM: u32 = 0x0200;
export const STATUS_FAST: u32 = 0x0280;

export const VENDOR_INTEL: u32 = 0x8086;

/** Host bridge ([440FX] PCI configuration registers). */
export namespace HostBridge {
  export const ID: u32 = 0x1237;
  /** Programmable attribute map, seven bytes ([440FX] PAM). */
  export const PAM: u32 = 0x59;
  /** System management RAM control ([440FX] SMRAM). */
  export const SMRAM: u32 = 0x72;
}

/** Function 0 of the PIIX3 ([PIIX3] PCI configuration registers, function 0). */
export namespace IsaBridge {
  export const ID: u32 = 0x7000;
  /** I/O recovery timer. */
  export const RECOVERY: u32 = 0x4c;
  /** X-bus chip select. */
  export const CHIP_SELECT: u32 = 0x4e;
  /** PCI interrupt routing, four bytes. */
  export const ROUTING: u32 = 0x60;
  /** Top of memory for ISA masters. */
  export const TOP_OF_MEMORY: u32 = 0x69;
  /** Routing of a motherboard device's interrupt. */
  export const BOARD_INTERRUPT: u32 = 0x70;
  /** Type F DMA of two motherboard devices. */
  export const BOARD_DMA: u32 = 0x76;
  export const PROGRAMMABLE_CHIP_SELECT: u32 = 0x78;
  export const SMI_CONTROL: u32 = 0xa0;
  export const FAST_OFF_TIMER: u32 = 0xa8;
}

/** Function 1 of the PIIX3 ([PIIX3] PCI configuration registers, function 1). */
export namespace IdeFunction {
  export const ID: u32 = 0x7010;
}

/** Function 3 of the PIIX4 ([PIIX4] PCI configuration registers, function 3). */
export namespace PowerManagement {
  export const ID: u32 = 0x7113;
  /** I/O base of the power-management registers ([PIIX4] PMBA): bits 15:6. */
  export const BASE: u32 = 0x40;
  /** Device activity B ([PIIX4] DEVACTB); bit 1 of its last byte enables SMIs by port B2h. */
  export const DEVICE_ACTIVITY_B3: u32 = 0x5b;
  /** Bit 0 opens the I/O range ([PIIX4] PMREGMISC). */
  export const IO_ENABLE: u32 = 0x80;
  /** I/O base of the SMBus host controller ([PIIX4] SMBBA). */
  export const SMBUS_BASE: u32 = 0x90;
}

/** The ROM card, which is this project's own: what its configuration space says beyond the header's common part. */
export namespace RomCard {
  /** A vendor's range whose last sixteen numbers are set aside for experiments. */
  export const VENDOR: u32 = 0x1af4;
  export const ID: u32 = 0x10f0;
  /** Memory controller of another kind ([PCI 2.1] appendix D). */
  export const CLASS: u32 = 0x0580;
  /** BAR 0: so many ports. */
  export const PORTS: u32 = 16;
  export const PORTS_MASK: u32 = 0xfffffff0;
  /** BAR 1: 64 KiB anywhere in 32 bits, prefetchable ([PCI 2.1] 6.2.5.1). */
  export const WINDOW_KIND: u32 = 0x00000008;
  export const WINDOW_MASK: u32 = 0xffff0000;
  /** Expansion ROM: 16 KiB, and bit 0, which opens it ([PCI 2.1] 6.2.5.2). */
  export const ROM_MASK: u32 = 0xffffc001;
  export const ROM_ENABLE: u32 = 1;
}

/** Reset control, port CF9h ([PIIX3] RC). */
export namespace ResetControl {
  export const SYSTEM_RESET: u32 = 0x02;
  export const RESET_CPU: u32 = 0x04;
}
