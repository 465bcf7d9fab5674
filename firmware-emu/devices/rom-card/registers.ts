/** Registers behind base address register 0, each of 32 bits; the card is this project's own, and README.md its specification. */
export namespace CardRegister {
  /** The chosen item: a selector key of fw_cfg. */
  export const ITEM: u32 = 0x0;
  /** Bytes of the chosen item. */
  export const SIZE: u32 = 0x4;
  /** Byte offset in the item at which the window stands. */
  export const WINDOW: u32 = 0x8;
  /** CardStatus.* of the last write to WINDOW. */
  export const STATUS: u32 = 0xc;
}

export namespace CardStatus {
  export const SHOWN: u32 = 0;
  /** The data could not be read; the window shows zeros. */
  export const UNREADABLE: u32 = 1;
}

/** I/O ports behind base address register 0. */
export const CARD_PORTS: u32 = 16;
/** Bytes of the window, and of the steps in which it moves. */
export const WINDOW_BYTES: u32 = 0x10000;
export const SECTOR_SHIFT: u32 = 9;

/** What the configuration space says beyond its header's common part. */
export namespace CardFunction {
  /** A vendor's range whose last sixteen numbers are set aside for experiments. */
  export const VENDOR: u32 = 0x1af4;
  export const DEVICE: u32 = 0x10f0;
  /** Memory controller of another kind ([PCI 2.1] appendix D). */
  export const CLASS: u32 = 0x0580;
  /** Bits of BAR 0 that can be written: 16 ports. */
  export const PORTS_MASK: u32 = 0xfffffff0;
  /** BAR 1: 64 KiB anywhere in 32 bits, prefetchable ([PCI 2.1] 6.2.5.1). */
  export const WINDOW_KIND: u32 = 0x00000008;
  export const WINDOW_MASK: u32 = 0xffff0000;
  /** Expansion ROM: 16 KiB, and bit 0, which opens it ([PCI 2.1] 6.2.5.2). */
  export const ROM_MASK: u32 = 0xffffc001;
  export const ROM_ENABLE: u32 = 1;
}
