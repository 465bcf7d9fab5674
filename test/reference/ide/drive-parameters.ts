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
