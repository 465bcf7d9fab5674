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

/** Which DMA mode is selected: bit n for mode n of one of the two kinds. IDENTIFY words 63 and 88. */
export interface TransferMode {
  readonly multiword: number;
  readonly ultra: number;
}

/** After power-on, before a BIOS has chosen. */
export const DEFAULT_TRANSFER_MODE: TransferMode = { multiword: 0, ultra: 0 };

/** Highest mode of each type that SET FEATURES 03h can select. [ATA-6] 8.46.11, table 44 */
const HIGHEST = { pioDefault: 1, pio: 4, multiword: 2, ultra: 5 } as const;

/**
 * The mode that SET FEATURES 03h selects by its Sector Count, type in bits 7:3 and mode in bits 2:0; `undefined` for one
 * that the drive does not have.
 */
export function selectTransferMode(value: number): TransferMode | undefined {
  const mode = value & 7;
  switch (value >> 3) {
    case 0b00000:
      return mode <= HIGHEST.pioDefault ? { multiword: 0, ultra: 0 } : undefined;
    case 0b00001:
      return mode <= HIGHEST.pio ? { multiword: 0, ultra: 0 } : undefined;
    case 0b00100:
      return mode <= HIGHEST.multiword ? { multiword: 1 << mode, ultra: 0 } : undefined;
    case 0b01000:
      return mode <= HIGHEST.ultra ? { multiword: 0, ultra: 1 << mode } : undefined;
    default:
      return undefined;
  }
}
