import { DiskStatus, type ReferenceDisk } from '../contract';
import { AtaDevice, type Cable } from './ata-device';
import { packetDeviceCommand } from './cd-rom-commands';
import { DEFAULT_TRANSFER_MODE, type PacketDriveIdentity, PowerMode, type TransferMode } from './drive-parameters';
import { packetCommand } from './packet-commands';
import { DeviceBit, Status } from './registers';
import { MEDIUM_MAY_HAVE_CHANGED, NO_SENSE, type Sense } from './sense';

/** Length of a command packet. IDENTIFY PACKET DEVICE word 0 says twelve. [ATA-6] 8.16 */
const PACKET_BYTES = 12;

/** Interrupt reason, in Sector Count: bit 0 command/data, bit 1 to the host. [ATA-6] 8.23, table 28 */
const Reason = { Command: 0x01, DataIn: 0x02, Completed: 0x03 } as const;

/** Events of the media class. [MMC-3] 5.6.3.5 */
const MediaEvent = { None: 0, NewMedia: 2, Removal: 3 } as const;

const DEVICE_RESET = 0x08;
const READY = Status.DeviceReady | Status.SeekComplete;
const DMA_FEATURE = 0x01;
const OVERLAP_FEATURE = 0x02;

/** An ATAPI CD-ROM drive: the PACKET protocol of [ATA-6] 9.8, and what its packet commands need. */
export class CdRom extends AtaDevice {
  transferMode: TransferMode = DEFAULT_TRANSFER_MODE;
  powerMode: number = PowerMode.ActiveOrIdle;
  trayOpen = false;
  private mediaEvent: number = MediaEvent.None;
  trayLocked = false;
  sense: Sense = NO_SENSE;
  /** A unit attention condition that the host has not been told of yet. [SAM-3] 5.9.4 */
  unitAttention: Sense | undefined;

  protected readonly signature = { lbaMid: 0x14, lbaHigh: 0xeb };
  protected readonly resetStatus = 0;
  private usesDma = false;
  /** Where the block ends up after the disc has been read: the sectors of one READ, or a reply. */
  private reply: Uint8Array = new Uint8Array(0);
  private replied = 0;

  constructor(
    cable: Cable,
    isDevice1: boolean,
    readonly identity: PacketDriveIdentity,
    private readonly disc: ReferenceDisk | undefined,
  ) {
    super(cable, isDevice1);
  }

  override hardReset(): void {
    super.hardReset();
    this.sense = NO_SENSE;
    this.unitAttention = undefined;
  }

  override finishReset(): void {
    super.finishReset();
    this.sense = NO_SENSE;
  }

  /** The disc as far as commands can reach it: not through an open tray. */
  get medium(): ReferenceDisk | undefined {
    return this.trayOpen ? undefined : this.disc;
  }

  /**
   * What opening or closing the tray does to the disc is news for GET EVENT STATUS NOTIFICATION; and a drive that has
   * become ready says so with a unit attention. [SPC-3] 4.5.6, 28h/00h
   */
  moveTray(opens: boolean): void {
    if (opens === this.trayOpen) return;
    this.trayOpen = opens;
    if (!this.isLoaded) return;
    this.mediaEvent = opens ? MediaEvent.Removal : MediaEvent.NewMedia;
    if (!opens) this.unitAttention = MEDIUM_MAY_HAVE_CHANGED;
  }

  takeMediaEvent(): number {
    const event = this.mediaEvent;
    this.mediaEvent = MediaEvent.None;
    return event;
  }

  /** Whether a disc lies in the drive, the tray being open or not. */
  get isLoaded(): boolean {
    return this.disc !== undefined;
  }

  /** DEVICE RESET is for the device that does not answer otherwise. [ATA-6] 8.9 */
  protected accepts(command: number): boolean {
    return command === DEVICE_RESET;
  }

  protected execute(command: number): void {
    packetDeviceCommand(this, command);
  }

  /** DEVICE RESET: as a software reset, for this device alone, which stays selected. [ATA-6] 8.9, 9.11 */
  resetDevice(): void {
    this.abandon();
    this.finishReset();
    if (this.isDevice1) this.registers.device |= DeviceBit.Device1;
  }

  succeed(): void {
    this.complete(READY);
  }

  /** Ends a power command, without the obsolete seek-complete bit. [ATA-6] 6.10 */
  enterPowerMode(mode: number): void {
    this.powerMode = mode;
    this.complete(Status.DeviceReady);
  }

  reject(): void {
    this.abort();
  }

  /** READ SECTOR(S) and IDENTIFY DEVICE are aborted, with the signature. [ATA-6] 8.15.5.2, 8.34.5.2 */
  rejectWithSignature(): void {
    this.showSignature();
    this.abort();
  }

  sendBlock(bytes: Uint8Array): void {
    this.registers.status = READY;
    this.offer(bytes, () => {});
    this.interrupt();
  }

  /** FLUSH CACHE and the end of write caching: nothing to write, but the disc has to agree that it is done. */
  flush(): void {
    const request = { operation: 'flush', sector: 0, count: 0, buffer: new Uint8Array(0) } as const;
    const done = this.whileCurrent((status: DiskStatus) => (status === DiskStatus.Ok ? this.succeed() : this.abort()));
    if (this.medium === undefined) this.abort();
    else this.medium.submit(request, done);
  }

  /** PACKET: takes the command packet, without an interrupt before it. [ATA-6] 8.23, 9.8 */
  beginPacket(): void {
    const features = this.registers.features.current;
    if ((features & OVERLAP_FEATURE) !== 0) {
      this.abort();
      return;
    }
    this.usesDma = (features & DMA_FEATURE) !== 0;
    const packet = new Uint8Array(PACKET_BYTES);
    this.registers.status = READY;
    this.registers.sectorCount.report(Reason.Command);
    this.demand(packet, () => packetCommand(this, packet));
  }

  /** Largest DRQ block that the host wants by PIO; the odd FFFFh means FFFEh. [ATA-6] 8.23.4 */
  get byteCountLimit(): number {
    const limit = this.registers.cylinder;
    return limit === 0xffff ? 0xfffe : limit;
  }

  /** A data command by PIO without a limit is the host's mistake. [ATA-6] 8.23.4 */
  get canMoveData(): boolean {
    return this.usesDma || this.byteCountLimit !== 0;
  }

  /** Whether a transfer by PIO would be cut into blocks of no bytes: the limit of one that takes several is even. */
  private isCutToNothing(bytes: number): boolean {
    return !this.usesDma && bytes > this.byteCountLimit && this.byteCountLimit < 2;
  }

  /** Good status. [ATA-6] 9.8 */
  finishPacket(): void {
    this.reason = Reason.Completed;
    this.complete(READY);
  }

  /** CHECK CONDITION: the sense key in the Error register, the rest for REQUEST SENSE. [ATA-6] 8.23.6 */
  checkCondition(sense: Sense): void {
    this.sense = sense;
    this.reason = Reason.Completed;
    this.complete(Status.DeviceReady | Status.Error, sense.key << 4);
  }

  /** Sends at most `allocated` bytes of `bytes`. A length of zero is no error. [MMC-3] 4.1, allocation length */
  sendReply(bytes: Uint8Array, allocated: number): void {
    this.transfer(bytes.subarray(0, allocated));
  }

  /** READ: the sectors are fetched at once and then handed out as the host asked for them. */
  sendSectors(disc: ReferenceDisk, sector: number, count: number, failed: () => void): void {
    if (this.isCutToNothing(count * disc.sectorBytes)) {
      this.reject();
      return;
    }
    const { busMaster } = this.cable;
    this.powerMode = PowerMode.ActiveOrIdle;
    const buffer = new Uint8Array(count * disc.sectorBytes);
    const fetch = (done: (status: DiskStatus) => void): void =>
      disc.submit({ operation: 'read', sector, count, buffer }, this.whileCurrent(done));
    if (this.usesDma) {
      // The drive is busy with its disc while it waits for the host; a reply that is ready shows DRQ alone.
      this.registers.status = READY | Status.Busy | Status.DataRequest;
      busMaster.connect(this, {
        dmaLength: buffer.length,
        beginDma: (room) =>
          fetch(
            busMaster.whileStarted((status) => {
              if (status === DiskStatus.Ok) this.moveByDma(buffer, room);
              else this.failDma(failed);
            }),
          ),
      });
    } else {
      this.registers.status = READY | Status.Busy;
      fetch((status) => (status === DiskStatus.Ok ? this.transfer(buffer) : failed()));
    }
  }

  private failDma(failed: () => void): void {
    this.cable.busMaster.finish(this, false);
    failed();
  }

  private set reason(value: number) {
    const count = this.registers.sectorCount;
    count.report((count.current & ~7) | value);
  }

  private transfer(bytes: Uint8Array): void {
    if (bytes.length === 0) {
      this.finishPacket();
      return;
    }
    if (this.isCutToNothing(bytes.length)) {
      this.reject();
      return;
    }
    if (this.usesDma) {
      this.registers.status = READY | Status.DataRequest;
      const beginDma = (room: number): void => this.moveByDma(bytes, room);
      this.cable.busMaster.connect(this, { dmaLength: bytes.length, beginDma });
      return;
    }
    this.reply = bytes;
    this.replied = 0;
    this.sendNextBlock();
  }

  /** One DRQ block: an interrupt, its length in LBA Mid and High. All but the last are even. [ATA-6] 8.23.4 */
  private sendNextBlock(): void {
    const left = this.reply.length - this.replied;
    if (left === 0) {
      this.finishPacket();
      return;
    }
    const limit = this.byteCountLimit;
    const length = left > limit ? limit & ~1 : left;
    this.registers.status = READY;
    this.reason = Reason.DataIn;
    this.registers.lbaMid.report(length);
    this.registers.lbaHigh.report(length >> 8);
    const block = new Uint8Array((length + 1) & ~1);
    block.set(this.reply.subarray(this.replied, this.replied + length));
    this.replied += length;
    this.offer(block, () => this.sendNextBlock());
    this.interrupt();
  }

  /** A table that is too short takes what it has room for; the drive then waits until it is reset. [SFF-8038i] 3.2 */
  private moveByDma(bytes: Uint8Array, room: number): void {
    const { busMaster } = this.cable;
    busMaster.toMemory(bytes.subarray(0, room));
    busMaster.finish(this, room === bytes.length);
    if (room === bytes.length) this.finishPacket();
  }
}
