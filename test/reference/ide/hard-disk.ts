import { DiskStatus, type ReferenceDisk } from '../contract';
import { AtaDevice, type Cable } from './ata-device';
import type { DmaClient } from './bus-master';
import { DISK_COMMANDS } from './disk-commands';
import {
  DEFAULT_TRANSFER_MODE,
  type DiskGeometry,
  type DriveIdentity,
  MAXIMUM_MULTIPLE,
  PowerMode,
  type TransferMode,
} from './drive-parameters';
import { ErrorBit, SECTOR_BYTES, Status } from './registers';
import { accessSectors, type Guard, type SectorAccess } from './sector-access';
import { addressForm, type Geometry, reportAddress } from './sector-address';
import { SectorRun } from './sector-run';
import { SmartState } from './smart';

/** How many sectors READ VERIFY reads at a time. */
const VERIFY_SECTORS = 128;

/** What 28-bit commands say of a larger disk. */
const LAST_28_BIT_SECTOR = 0xfff_ffff;

const READY = Status.DeviceReady | Status.SeekComplete;

/** How a buffer of a command goes to or comes from the next sectors of its run. */
interface RunAccess extends Omit<SectorAccess, 'first' | 'failed'> {
  readonly run: SectorRun;
  /** The medium has failed after so many bytes. */
  failed?(bytes: number): void;
}

/** An ATA hard disk. Commands are in `disk-commands.ts`; this is what they are made of. */
export class HardDisk extends AtaDevice {
  readonly smart = new SmartState();
  transferMode: TransferMode = DEFAULT_TRANSFER_MODE;
  geometry: Geometry;
  multiple = MAXIMUM_MULTIPLE;
  writeCache = true;
  lookAhead = true;
  /** Whether a software reset brings the settings back to those of power-on. SET FEATURES CCh and 66h. */
  revertsOnReset = true;
  powerMode: number = PowerMode.ActiveOrIdle;

  protected readonly signature = { lbaMid: 0, lbaHigh: 0 };
  protected readonly resetStatus = READY;
  private readonly pioGuard: Guard = (callback) => this.whileCurrent(callback);

  constructor(
    cable: Cable,
    isDevice1: boolean,
    readonly identity: DriveIdentity,
    readonly defaultGeometry: DiskGeometry,
    readonly medium: ReferenceDisk,
  ) {
    super(cable, isDevice1);
    this.geometry = defaultGeometry;
  }

  override hardReset(): void {
    this.revertsOnReset = true;
    super.hardReset();
    this.geometry = this.defaultGeometry;
    this.powerMode = PowerMode.ActiveOrIdle;
  }

  /** [ATA-6] 8.46.14: reverting to power-on defaults */
  override finishReset(): void {
    super.finishReset();
    if (!this.revertsOnReset) return;
    this.multiple = MAXIMUM_MULTIPLE;
    this.writeCache = true;
    this.lookAhead = true;
  }

  protected accepts(): boolean {
    return false;
  }

  protected execute(code: number): void {
    const command = DISK_COMMANDS.get(code);
    if (command === undefined) this.abort();
    else command(this, code);
  }

  /** Ends a command that moves no data; `seek` is the obsolete seek-complete bit. */
  succeed(seek: 'seek-complete' | 'no-seek' = 'seek-complete'): void {
    this.complete(seek === 'seek-complete' ? READY : Status.DeviceReady);
  }

  reject(): void {
    this.abort();
  }

  /** One block of data that does not come from the medium, by PIO. */
  sendBlock(bytes: Uint8Array): void {
    this.registers.status = READY;
    this.offer(bytes, () => {});
    this.interrupt();
  }

  private namedSectors(extended: boolean): SectorRun {
    return new SectorRun(this.registers, this.geometry, extended);
  }

  /** A command that needs the medium leaves Standby; SEEK is a hint that need not. [ATA-6] 6.10.2 */
  private spinUp(): void {
    this.powerMode = PowerMode.ActiveOrIdle;
  }

  private inRange(sector: number, count: number): boolean {
    return sector >= 0 && sector + count <= this.medium.sectors;
  }

  /** With what the medium cannot do the command ends. */
  private access(access: RunAccess): void {
    const failed = (index: number): void => this.failMedium(access, index);
    accessSectors(this.medium, { ...access, first: access.run.next, failed });
  }

  /**
   * The address of the sector that failed stays in the task file. What cannot be read is uncorrectable; what cannot be
   * written could not be carried out, for bit 6 has another meaning there. [ATA-6] 8.34.6, 8.62.6
   */
  private failMedium({ operation, run, failed }: RunAccess, index: number): void {
    failed?.(index * SECTOR_BYTES);
    run.report(index);
    if (operation === 'read') this.complete(READY | Status.Error, ErrorBit.Uncorrectable);
    else this.abort();
  }

  /** A medium that is write-protected is known to be before any data is asked for. [ATA-6] 8.62.6, bit WP */
  private refuseWrite(): void {
    this.complete(READY | Status.Error, ErrorBit.WriteProtected | ErrorBit.Aborted);
  }

  /** READ SECTOR(S) and READ MULTIPLE: an interrupt before each block, none after the last. [ATA-6] 9.5 */
  readByPio(extended: boolean, sectorsPerBlock: number): void {
    this.spinUp();
    this.readBlock(this.namedSectors(extended), sectorsPerBlock);
  }

  private readBlock(run: SectorRun, sectorsPerBlock: number): void {
    if (run.remaining === 0) return;
    const count = Math.min(run.remaining, sectorsPerBlock);
    if (!this.inRange(run.next, count)) {
      this.abort();
      return;
    }
    this.registers.status = READY | Status.Busy;
    const buffer = new Uint8Array(count * SECTOR_BYTES);
    const succeeded = (): void => {
      run.advance(count);
      this.offer(buffer, () => this.readBlock(run, sectorsPerBlock));
      this.interrupt();
    };
    this.access({ operation: 'read', run, buffer, guard: this.pioGuard, succeeded });
  }

  /** WRITE SECTOR(S) and WRITE MULTIPLE: no interrupt before the first block, one after each. [ATA-6] 9.6 */
  writeByPio(extended: boolean, sectorsPerBlock: number): void {
    this.spinUp();
    if (this.medium.readOnly) {
      this.refuseWrite();
      return;
    }
    this.registers.status = READY;
    this.writeBlock(this.namedSectors(extended), sectorsPerBlock);
  }

  private writeBlock(run: SectorRun, sectorsPerBlock: number): void {
    const count = Math.min(run.remaining, sectorsPerBlock);
    const buffer = new Uint8Array(count * SECTOR_BYTES);
    this.demand(buffer, () => this.storeBlock(run, buffer, sectorsPerBlock));
  }

  private storeBlock(run: SectorRun, buffer: Uint8Array, sectorsPerBlock: number): void {
    const count = buffer.length / SECTOR_BYTES;
    if (!this.inRange(run.next, count)) {
      this.abort();
      return;
    }
    this.registers.status = READY | Status.Busy;
    const succeeded = (): void => {
      run.advance(count);
      this.registers.status = READY;
      if (run.remaining > 0) this.writeBlock(run, sectorsPerBlock);
      this.interrupt();
    };
    this.access({ operation: 'write', run, buffer, guard: this.pioGuard, succeeded });
  }

  /** READ DMA and WRITE DMA: one interrupt, at the end. DRQ is set while the host may move data. [ATA-6] 9.7 */
  transferByDma(operation: 'read' | 'write', extended: boolean): void {
    this.spinUp();
    if (operation === 'write' && this.medium.readOnly) {
      this.refuseWrite();
      return;
    }
    const run = this.namedSectors(extended);
    const dmaLength = run.remaining * SECTOR_BYTES;
    const client: DmaClient = {
      dmaLength,
      beginDma: (room) => (room < dmaLength ? this.refuseShortTable() : this.moveByDma(operation, run)),
    };
    this.registers.status = READY | Status.DataRequest;
    this.cable.busMaster.connect(this, client);
  }

  /** Nothing moves and no interrupt comes: the host finds ACTIVE and INTR clear. [SFF-8038i] 3.2 */
  private refuseShortTable(): void {
    this.cable.busMaster.finish(this, false);
    this.registers.status = READY;
  }

  private moveByDma(operation: 'read' | 'write', run: SectorRun): void {
    if (!this.inRange(run.next, run.remaining)) {
      this.cable.busMaster.finish(this, false);
      this.abort();
      return;
    }
    const { busMaster } = this.cable;
    const buffer = new Uint8Array(run.remaining * SECTOR_BYTES);
    if (operation === 'write') busMaster.fromMemory(buffer);
    const succeeded = (): void => {
      if (operation === 'read') busMaster.toMemory(buffer);
      run.advance(run.remaining);
      busMaster.finish(this, true);
      this.complete(READY);
    };
    const failed = (bytes: number): void => {
      if (operation === 'read') busMaster.toMemory(buffer.subarray(0, bytes));
      busMaster.finish(this, false);
    };
    const guard: Guard = (callback) => this.whileCurrent(busMaster.whileStarted(callback));
    this.access({ operation, run, buffer, guard, succeeded, failed });
  }

  /** READ VERIFY SECTOR(S): the medium is read, and nothing is done with what it gives. [ATA-6] 8.36 */
  verify(extended: boolean): void {
    this.spinUp();
    const run = this.namedSectors(extended);
    if (!this.inRange(run.next, run.remaining)) this.abort();
    else this.verifyNext(run, run.next + run.remaining);
  }

  private verifyNext(run: SectorRun, end: number): void {
    if (run.next === end) {
      this.succeed();
      return;
    }
    const count = Math.min(end - run.next, VERIFY_SECTORS);
    const succeeded = (): void => {
      run.next += count;
      this.verifyNext(run, end);
    };
    const buffer = new Uint8Array(count * SECTOR_BYTES);
    this.access({ operation: 'read', run, buffer, guard: this.pioGuard, succeeded });
  }

  /** SEEK: the address has to exist. [ATA-6] 8.44 */
  seek(): void {
    if (this.inRange(this.namedSectors(false).next, 1)) this.succeed();
    else this.abort();
  }

  /** FLUSH CACHE: everything written so far is on the medium. [ATA-6] 8.12 */
  flush(): void {
    const request = { operation: 'flush', sector: 0, count: 0, buffer: new Uint8Array(0) } as const;
    const done = this.whileCurrent((status: DiskStatus) => {
      if (status === DiskStatus.Ok) this.succeed();
      else this.abort();
    });
    this.medium.submit(request, done);
  }

  /** READ NATIVE MAX ADDRESS: the last sector, as far as 28 bits reach if that is all there are. [ATA-6] 8.32, 8.33 */
  reportLastSector(extended: boolean): void {
    const last = this.medium.sectors - 1;
    const shown = extended ? last : Math.min(last, LAST_28_BIT_SECTOR);
    reportAddress(this.registers, addressForm(this.registers, extended), this.geometry, shown);
    this.succeed();
  }
}
