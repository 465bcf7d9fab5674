import type { AccessWidth, ReferenceDevice, ReferenceDisk, ReferenceEnvironment } from '../contract';
import { BusMaster } from './bus-master';
import { CdRom } from './cd-rom';
import { Channel } from './channel';
import type { DiskGeometry, DriveIdentity, PacketDriveIdentity } from './drive-parameters';
import { HardDisk } from './hard-disk';

/** Where a PC finds the two channels in legacy mode, and their interrupts. [PIIX3] 1.3, [ATA-6] has no addresses. */
const LEGACY = [
  { commandBlock: 0x1f0, control: 0x3f6, irq: 14 },
  { commandBlock: 0x170, control: 0x376, irq: 15 },
] as const;

/** Each channel has eight of the sixteen bus-master ports. [SFF-8038i] 3 */
const BUS_MASTER_PORTS = 16;

/** A drive to attach; slot = 2 * channel + device. A CD-ROM without a disc has no medium. */
export type AttachedDrive =
  | {
      readonly kind: 'disk';
      readonly slot: number;
      readonly identity: DriveIdentity;
      readonly geometry: DiskGeometry;
      readonly medium: ReferenceDisk;
    }
  | {
      readonly kind: 'cd-rom';
      readonly slot: number;
      readonly identity: PacketDriveIdentity;
      readonly medium: ReferenceDisk | undefined;
    };

/** What the controller's PCI function has configured. */
export interface PciWiring {
  /** Port of the first bus-master register, `undefined` while PCI has them off. */
  busMasterBase(): number | undefined;
  /** Whether the function may use the bus by itself. */
  mayMasterBus(): boolean;
}

/** Both channels of a PC's IDE controller, at their legacy ports and behind the bus-master base address. */
export class IdeController implements ReferenceDevice {
  private readonly channels: readonly [Channel, Channel];

  constructor(
    environment: ReferenceEnvironment,
    drives: readonly AttachedDrive[],
    private readonly pci: PciWiring,
  ) {
    const channel = (index: 0 | 1): Channel =>
      new Channel(new BusMaster(environment.memory, pci.mayMasterBus), (level) =>
        environment.setIrq(LEGACY[index].irq, level),
      );
    this.channels = [channel(0), channel(1)];
    for (const drive of drives) {
      const cable = this.channels[drive.slot >> 1];
      const isDevice1 = (drive.slot & 1) === 1;
      const device =
        drive.kind === 'disk'
          ? new HardDisk(cable, isDevice1, drive.identity, drive.geometry, drive.medium)
          : new CdRom(cable, isDevice1, drive.identity, drive.medium);
      cable.attach(isDevice1 ? 1 : 0, device);
    }
  }

  read(port: number, width: AccessWidth): number {
    for (const [index, { commandBlock, control }] of LEGACY.entries()) {
      const channel = this.channels[index];
      if (port >= commandBlock && port < commandBlock + 8) return channel.readCommandBlock(port - commandBlock, width);
      if (port === control && width !== 4) return channel.readAlternateStatus() | (width === 2 ? 0xff00 : 0);
    }
    let value = 0;
    for (let i = 0; i < width; i++) value += this.readBusMaster(port + i) * 2 ** (8 * i);
    return value;
  }

  write(port: number, width: AccessWidth, value: number): void {
    for (const [index, { commandBlock, control }] of LEGACY.entries()) {
      const channel = this.channels[index];
      if (port >= commandBlock && port < commandBlock + 8) {
        channel.writeCommandBlock(port - commandBlock, width, value);
      } else if (port === control && width !== 4) {
        channel.writeDeviceControl(value & 0xff);
      }
    }
    for (let i = 0; i < width; i++) this.writeBusMaster(port + i, (value >>> (8 * i)) & 0xff);
  }

  /** The block's registers may be accessed by bytes, words and double words alike. [SFF-8038i] 3 */
  private readBusMaster(port: number): number {
    const offset = this.busMasterOffset(port);
    return offset === undefined ? 0xff : this.channels[offset >> 3].busMaster.read(offset & 7);
  }

  private writeBusMaster(port: number, value: number): void {
    const offset = this.busMasterOffset(port);
    if (offset !== undefined) this.channels[offset >> 3].busMaster.write(offset & 7, value);
  }

  /** The PCI function was written to: an engine that had to wait for its permission may go on. */
  busMasteringChanged(): void {
    for (const { busMaster } of this.channels) busMaster.start();
  }

  /** The drives wait for the host and for their media, never for time. */
  nextDeadline(): undefined {
    return undefined;
  }

  advanceTo(): void {}

  reset(): void {
    for (const channel of this.channels) channel.hardReset();
  }

  private busMasterOffset(port: number): number | undefined {
    const base = this.pci.busMasterBase();
    return base !== undefined && port >= base && port < base + BUS_MASTER_PORTS ? port - base : undefined;
  }
}
