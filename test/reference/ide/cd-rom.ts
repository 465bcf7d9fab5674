import type { ReferenceDisk } from '../contract';
import { AtaDevice, type Cable } from './ata-device';
import type { DriveIdentity } from './hard-disk';
import { Status } from './registers';

/** An ATAPI CD-ROM drive. */
export class CdRom extends AtaDevice {
  protected readonly signature = { lbaMid: 0x14, lbaHigh: 0xeb };
  protected readonly resetStatus = 0;

  constructor(
    cable: Cable,
    readonly identity: DriveIdentity,
    readonly medium: ReferenceDisk | undefined,
  ) {
    super(cable);
  }

  protected accepts(command: number): boolean {
    return command === 0x08;
  }

  protected execute(_command: number): void {
    this.registers.status = Status.DeviceReady;
    this.abort();
  }
}
