import type { Geometry } from './sector-address';

/** What a drive says about itself in IDENTIFY DEVICE; strings are cut or padded to their fields. [ATA-6] 8.15 */
export interface DriveIdentity {
  readonly model: string;
  readonly serial: string;
  readonly firmware: string;
}

/** A packet device says who made it once more, to INQUIRY. [SPC-3] 6.4.2 */
export interface PacketDriveIdentity extends DriveIdentity {
  readonly vendor: string;
  readonly product: string;
}

/** Default translation of a disk, IDENTIFY DEVICE words 1, 3 and 6. */
export interface DiskGeometry extends Geometry {
  readonly cylinders: number;
}

/** Most sectors a DRQ block of READ and WRITE MULTIPLE can have. IDENTIFY DEVICE word 47. */
export const MAXIMUM_MULTIPLE = 16;

/** CHECK POWER MODE's results; a disk that is idle may say active. [ATA-6] 8.7 */
export const PowerMode = { Standby: 0x00, ActiveOrIdle: 0xff } as const;

/** Which transfer mode is selected: bit n for mode n of one of the three kinds. IDENTIFY words 62, 63 and 88. */
export interface TransferMode {
  readonly single: number;
  readonly multiword: number;
  readonly ultra: number;
}

export const DEFAULT_TRANSFER_MODE: TransferMode = { single: 0, multiword: 0, ultra: 1 << 5 };

/**
 * The mode that SET FEATURES 03h selects by its Sector Count, type in bits 7:3 and mode in bits 2:0. [ATA-6] 8.46.11,
 * table 44; single word DMA, type 2, is of [ATA-2] 7.24. `undefined` for a type that there is not.
 */
export function selectTransferMode(value: number): TransferMode | undefined {
  const selected = 1 << (value & 7);
  const none = { single: 0, multiword: 0, ultra: 0 };
  switch (value >> 3) {
    case 0b00000:
    case 0b00001:
      return none;
    case 0b00010:
      return { ...none, single: selected };
    case 0b00100:
      return { ...none, multiword: selected };
    case 0b01000:
      return { ...none, ultra: selected };
    default:
      return undefined;
  }
}

/** Subcommands of SET FEATURES that are taken and change nothing that a guest could see. [ATA-6] 8.46, table 43 */
export const ACCEPTED_FEATURES: ReadonlySet<number> = new Set([
  0x05, 0x42, 0x55, 0x66, 0x67, 0x69, 0x85, 0x96, 0x9a, 0xaa, 0xc2, 0xcc,
]);
