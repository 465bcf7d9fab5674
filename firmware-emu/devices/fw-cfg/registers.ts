/** QEMU's firmware configuration device. Sections are those of QEMU's specification "QEMU Firmware Configuration (fw_cfg) Device" [FWCFG]. */

/** Ports relative to the device's base ([FWCFG] "Hardware Interface"). */
export namespace FwCfgPort {
  /** 16 bits, written: chooses an item and rewinds it. */
  export const SELECTOR: u32 = 0;
  /** 8 bits, read: the item's next byte. */
  export const DATA: u32 = 1;
  /** Address of a DMA descriptor, big-endian: its high half, then its low half, which starts the transfer. */
  export const DMA_HIGH: u32 = 4;
  export const DMA_LOW: u32 = 8;
  export const END: u32 = 12;
}

/** Selector keys ([FWCFG] "Firmware Configuration Items"; the numbers up to 18h are in qemu/standard-headers fw_cfg). */
export namespace Key {
  export const SIGNATURE: u32 = 0x00;
  export const ID: u32 = 0x01;
  export const UUID: u32 = 0x02;
  export const RAM_SIZE: u32 = 0x03;
  export const NO_GRAPHIC: u32 = 0x04;
  export const CPU_COUNT: u32 = 0x05;
  export const KERNEL_SIZE: u32 = 0x08;
  export const INITRD_SIZE: u32 = 0x0b;
  export const NUMA: u32 = 0x0d;
  export const BOOT_MENU: u32 = 0x0e;
  export const MAXIMUM_CPUS: u32 = 0x0f;
  export const KERNEL_DATA: u32 = 0x11;
  export const INITRD_DATA: u32 = 0x12;
  export const COMMAND_LINE_SIZE: u32 = 0x14;
  export const COMMAND_LINE_DATA: u32 = 0x15;
  export const SETUP_SIZE: u32 = 0x17;
  export const SETUP_DATA: u32 = 0x18;
  export const FILE_DIRECTORY: u32 = 0x19;
  /** Files that the directory lists. */
  export const FIRST_FILE: u32 = 0x20;
  /** Asks to write to an item; no item can be written. */
  export const WRITE_CHANNEL: u32 = 0x4000;
}

/** What the signature item reads: "QEMU". */
export const SIGNATURE: u32 = 0x554d4551;
/** What the DMA address registers read in place of an address: "QEMU" and " CFG", first character at the lowest port. */
export const DMA_SIGNATURE_HIGH: u32 = 0x554d4551;
export const DMA_SIGNATURE_LOW: u32 = 0x47464320;

/** Revision item: the interfaces that there are. */
export namespace Id {
  export const TRADITIONAL: u32 = 0x01;
  export const DMA: u32 = 0x02;
}

/** Bits of a DMA descriptor's control word ([FWCFG] "DMA Interface"). */
export namespace DmaControl {
  export const ERROR: u32 = 0x01;
  export const READ: u32 = 0x02;
  export const SKIP: u32 = 0x04;
  /** The key to select stands in the upper half. */
  export const SELECT: u32 = 0x08;
  export const WRITE: u32 = 0x10;
  export const KEY_SHIFT: u32 = 16;
}

/** DMA descriptor in guest memory, every field big-endian. */
export namespace DmaDescriptor {
  export const CONTROL: usize = 0;
  export const LENGTH: usize = 4;
  export const ADDRESS: usize = 8;
  export const BYTES: u32 = 16;
}

/** File directory ([FWCFG] "File Directory"): a count, then entries of size, key, 16 bits unused, name; every number big-endian. */
export namespace Directory {
  export const ENTRIES: usize = 4;
  export const SIZE: usize = 0;
  export const KEY: usize = 4;
  export const NAME: usize = 8;
  export const ENTRY_BYTES: u32 = 64;
}

/** Where items of the outside lie: on a disk, in sectors of this size. */
export const SECTOR_SHIFT: u32 = 9;
export const SECTOR_BYTES: u32 = 512;
