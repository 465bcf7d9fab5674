/** Operation codes of packet commands ([MMC-3] commands; MECHANISM STATUS and SET CD SPEED also [SFF-8020i]). */
export namespace PacketCommand {
  export const TEST_UNIT_READY: u32 = 0x00;
  export const REQUEST_SENSE: u32 = 0x03;
  export const INQUIRY: u32 = 0x12;
  export const START_STOP_UNIT: u32 = 0x1b;
  export const PREVENT_ALLOW: u32 = 0x1e;
  export const READ_CAPACITY: u32 = 0x25;
  export const READ_10: u32 = 0x28;
  export const SEEK_10: u32 = 0x2b;
  export const READ_TOC: u32 = 0x43;
  export const GET_CONFIGURATION: u32 = 0x46;
  export const GET_EVENT_STATUS: u32 = 0x4a;
  export const READ_DISC_INFORMATION: u32 = 0x51;
  export const MODE_SENSE_10: u32 = 0x5a;
  export const READ_12: u32 = 0xa8;
  export const SET_CD_SPEED: u32 = 0xbb;
  export const MECHANISM_STATUS: u32 = 0xbd;
  export const READ_CD: u32 = 0xbe;
}

/** Sense keys ([SPC-2] 7.20). */
export namespace SenseKey {
  export const NONE: u32 = 0x0;
  export const NOT_READY: u32 = 0x2;
  export const MEDIUM_ERROR: u32 = 0x3;
  export const ILLEGAL_REQUEST: u32 = 0x5;
  export const UNIT_ATTENTION: u32 = 0x6;
}

/** Additional sense code and, in the low byte, its qualifier ([SPC-2] 7.20). */
export namespace SenseCode {
  export const NONE: u32 = 0x0000;
  export const UNRECOVERED_READ_ERROR: u32 = 0x1100;
  export const INVALID_COMMAND: u32 = 0x2000;
  export const ADDRESS_OUT_OF_RANGE: u32 = 0x2100;
  export const INVALID_FIELD: u32 = 0x2400;
  export const MEDIUM_MAY_HAVE_CHANGED: u32 = 0x2800;
  export const SAVING_NOT_SUPPORTED: u32 = 0x3900;
  export const NO_MEDIUM: u32 = 0x3a00;
  export const REMOVAL_PREVENTED: u32 = 0x5302;
  export const ILLEGAL_MODE_FOR_TRACK: u32 = 0x6400;
}

/** Features register of the PACKET command ([ATA-6] 8.23). */
export namespace PacketFeature {
  export const DMA: u32 = 0x01;
  export const OVERLAP: u32 = 0x02;
}

/** Media events of GET EVENT STATUS NOTIFICATION ([MMC-3] GET EVENT STATUS NOTIFICATION). */
export namespace MediaEvent {
  export const NONE: u32 = 0;
  export const NEW_MEDIA: u32 = 2;
  export const MEDIA_REMOVAL: u32 = 3;
}

/** Bytes in a command packet: the shorter of the two sizes that there are ([ATA-6] 8.16). */
export const PACKET_SIZE: u32 = 12;
/** log2 of the 512-byte sectors in a CD block. */
export const CD_BLOCK_SHIFT: u32 = 2;
export const CD_BLOCK_SIZE: u32 = 2048;
