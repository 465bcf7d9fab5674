/** Offsets in the command block, 1F0h-1F7h or 170h-177h on a PC ([ATA-6] 7.2); reads and writes differ. */
export namespace ReadRegister {
  export const DATA: u32 = 0;
  export const ERROR: u32 = 1;
  export const SECTOR_COUNT: u32 = 2;
  export const LBA_LOW: u32 = 3;
  export const LBA_MID: u32 = 4;
  export const LBA_HIGH: u32 = 5;
  export const DEVICE: u32 = 6;
  export const STATUS: u32 = 7;
}

export namespace WriteRegister {
  export const DATA: u32 = 0;
  export const FEATURES: u32 = 1;
  export const SECTOR_COUNT: u32 = 2;
  export const LBA_LOW: u32 = 3;
  export const LBA_MID: u32 = 4;
  export const LBA_HIGH: u32 = 5;
  export const DEVICE: u32 = 6;
  export const COMMAND: u32 = 7;
}

/** The control block has one register that anyone uses: Alternate Status (read) and Device Control (write). */

/** Offsets in a channel's eight bus-master ports ([SFF-8038i] 2). 1 and 3 are reserved. */
export namespace BusMasterRegister {
  export const COMMAND: u32 = 0;
  export const STATUS: u32 = 2;
  /** Descriptor table pointer, bytes 4-7. */
  export const TABLE: u32 = 4;
}
