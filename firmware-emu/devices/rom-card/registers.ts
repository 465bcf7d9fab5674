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
