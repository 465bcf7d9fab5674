/**
 * Bits and codes of the ATA interface. [ATA-6] is ATA/ATAPI-6 (T13/1410D), [MMC-3] and [SPC-2] are the packet command
 * standards behind it, [SFF-8038i] and [PIIX3] define the bus-master registers.
 */

/** Status and Alternate Status register ([ATA-6] 7.15). */
export namespace Status {
  export const ERR: u32 = 0x01;
  export const DRQ: u32 = 0x08;
  /** Seek complete until ATA-3, command dependent since; drivers still expect it beside DRDY. */
  export const DSC: u32 = 0x10;
  export const DF: u32 = 0x20;
  export const DRDY: u32 = 0x40;
  export const BSY: u32 = 0x80;
  /** CHK of the PACKET command shares its bit with ERR ([ATA-6] 8.23). */
  export const CHK: u32 = 0x01;

  export const READY: u32 = 0x50;
  export const DATA: u32 = 0x58;
  export const WORKING: u32 = 0xd0;
}

/** Error register after a command ([ATA-6] 7.9). */
export namespace ErrorBit {
  export const ABRT: u32 = 0x04;
  export const IDNF: u32 = 0x10;
  /** Uncorrectable data; in commands that write the same bit is WP, write protected. */
  export const UNC: u32 = 0x40;
  export const WP: u32 = 0x40;
}

/** Error register after a reset or EXECUTE DEVICE DIAGNOSTIC: device passed ([ATA-6] 8.11). */
export const DIAGNOSTIC_PASSED: u32 = 0x01;

/** Device register ([ATA-6] 7.7). Bits 7 and 5 are obsolete and read as ones, as all drives of the time had it. */
export namespace DeviceBit {
  export const DEV: u32 = 0x10;
  export const LBA: u32 = 0x40;
  export const OBSOLETE: u32 = 0xa0;
  /** Head, or address bits 27:24. */
  export const HEAD: u32 = 0x0f;
}

/** Device Control register ([ATA-6] 7.8). */
export namespace Control {
  export const N_IEN: u32 = 0x02;
  export const SRST: u32 = 0x04;
  /** High order byte: show the previous content of the address and count registers. */
  export const HOB: u32 = 0x80;
}

/** Interrupt reason in the Sector Count register of packet commands ([ATA-6] 8.23). */
export namespace Reason {
  /** Command or data: one while a command packet is asked for and in the final status. */
  export const CD: u32 = 0x01;
  /** Direction: one towards the host. */
  export const IO: u32 = 0x02;
}

/** Bus Master IDE Command register ([SFF-8038i] 2.1, [PIIX3] BMICX). */
export namespace BusMasterCommand {
  export const START: u32 = 0x01;
  /** One writes memory, that is, reads the drive. */
  export const TO_MEMORY: u32 = 0x08;
}

/** Bus Master IDE Status register ([SFF-8038i] 2.2, [PIIX3] BMISX). */
export namespace BusMasterStatus {
  export const ACTIVE: u32 = 0x01;
  export const ERROR: u32 = 0x02;
  export const INTERRUPT: u32 = 0x04;
  /** Drive 0 and drive 1 are DMA capable: left by the BIOS for the operating system. */
  export const CAPABLE: u32 = 0x60;
}

/** Bytes in a sector of a hard disk. */
export const SECTOR_SIZE: u32 = 512;
export const SECTOR_SHIFT: u32 = 9;
