/** Command codes ([ATA-6] 8; codes that ATA-6 made obsolete name the standard that had them). */
export namespace Command {
  export const NOP: u32 = 0x00;
  export const DEVICE_RESET: u32 = 0x08;
  /** Obsolete since ATA-4. */
  export const RECALIBRATE: u32 = 0x10;
  export const READ_SECTORS: u32 = 0x20;
  /** "Without retries", obsolete since ATA-5, as are the other NO_RETRY codes. */
  export const READ_SECTORS_NO_RETRY: u32 = 0x21;
  export const READ_SECTORS_EXT: u32 = 0x24;
  export const READ_DMA_EXT: u32 = 0x25;
  export const READ_NATIVE_MAX_EXT: u32 = 0x27;
  export const READ_MULTIPLE_EXT: u32 = 0x29;
  export const WRITE_SECTORS: u32 = 0x30;
  export const WRITE_SECTORS_NO_RETRY: u32 = 0x31;
  export const WRITE_SECTORS_EXT: u32 = 0x34;
  export const WRITE_DMA_EXT: u32 = 0x35;
  export const WRITE_MULTIPLE_EXT: u32 = 0x39;
  /** Obsolete since ATA-4. */
  export const WRITE_VERIFY: u32 = 0x3c;
  export const VERIFY: u32 = 0x40;
  export const VERIFY_NO_RETRY: u32 = 0x41;
  export const VERIFY_EXT: u32 = 0x42;
  export const SEEK: u32 = 0x70;
  export const EXECUTE_DIAGNOSTIC: u32 = 0x90;
  /** Obsolete since ATA-6. */
  export const INITIALIZE_PARAMETERS: u32 = 0x91;
  /** Power commands of ATA-1 at 94h-99h, obsolete since ATA-4; E0h-E6h took their place. */
  export const STANDBY_IMMEDIATE_OLD: u32 = 0x94;
  export const IDLE_IMMEDIATE_OLD: u32 = 0x95;
  export const STANDBY_OLD: u32 = 0x96;
  export const IDLE_OLD: u32 = 0x97;
  export const CHECK_POWER_MODE_OLD: u32 = 0x98;
  export const SLEEP_OLD: u32 = 0x99;
  export const PACKET: u32 = 0xa0;
  export const IDENTIFY_PACKET_DEVICE: u32 = 0xa1;
  export const SMART: u32 = 0xb0;
  export const READ_MULTIPLE: u32 = 0xc4;
  export const WRITE_MULTIPLE: u32 = 0xc5;
  export const SET_MULTIPLE: u32 = 0xc6;
  export const READ_DMA: u32 = 0xc8;
  export const READ_DMA_NO_RETRY: u32 = 0xc9;
  export const WRITE_DMA: u32 = 0xca;
  export const WRITE_DMA_NO_RETRY: u32 = 0xcb;
  export const STANDBY_IMMEDIATE: u32 = 0xe0;
  export const IDLE_IMMEDIATE: u32 = 0xe1;
  export const STANDBY: u32 = 0xe2;
  export const IDLE: u32 = 0xe3;
  export const CHECK_POWER_MODE: u32 = 0xe5;
  export const SLEEP: u32 = 0xe6;
  export const FLUSH_CACHE: u32 = 0xe7;
  export const FLUSH_CACHE_EXT: u32 = 0xea;
  export const IDENTIFY_DEVICE: u32 = 0xec;
  export const SET_FEATURES: u32 = 0xef;
  export const READ_NATIVE_MAX: u32 = 0xf8;
}

/** Codes in the Features register of SET FEATURES ([ATA-6] 8.46). */
export namespace Feature {
  export const ENABLE_WRITE_CACHE: u32 = 0x02;
  export const SET_TRANSFER_MODE: u32 = 0x03;
  export const DISABLE_LOOK_AHEAD: u32 = 0x55;
  export const KEEP_ON_RESET: u32 = 0x66;
  export const DISABLE_WRITE_CACHE: u32 = 0x82;
  export const ENABLE_LOOK_AHEAD: u32 = 0xaa;
  export const DEFAULTS_ON_RESET: u32 = 0xcc;
}

/** Sector Count after CHECK POWER MODE ([ATA-6] 8.7). */
export namespace PowerMode {
  export const STANDBY: u32 = 0x00;
  export const ACTIVE_OR_IDLE: u32 = 0xff;
}
