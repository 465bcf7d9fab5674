import { Line } from '../../contract/handles';
import { BusMaster } from './bus-master';
import { Drive } from './drive';
import { BusMasterStatus, Control, ErrorBit, Reason, Status } from './registers';
import { MediumRequest } from './request';
import { Phase, Transfer } from './transfer';

/** Bytes in a channel's buffer. */
export const BUFFER_SIZE: u32 = 65536;

/** An ATA channel: a cable with up to two devices, one of them selected, and one interrupt line. */
@unmanaged
export class Channel {
  // Configuration
  /** Guest-physical address of the channel's 64 KiB of memory for data under way. */
  buffer: u32;

  // Handles
  line: Line;
  drive0: Drive;
  drive1: Drive;
  transfer: Transfer;
  request: MediumRequest;
  busMaster: BusMaster;

  // Volatile state
  /** The DEV bit that the host wrote last. */
  selectedUnit: u32;
  /** Device Control register. */
  control: u32;
  private asserted: bool;

  powerOn(): void {
    this.selectedUnit = 0;
    this.control = 0;
    this.asserted = false;
    this.transfer.phase = Phase.NONE;
    this.request.reset();
    this.busMaster.powerOn();
    this.drive0.powerOn();
    this.drive1.powerOn();
  }

  /** The device that the DEV bit names, present or not. */
  @inline
  get selected(): Drive {
    return this.selectedUnit == 0 ? this.drive0 : this.drive1;
  }

  get empty(): bool {
    return !this.drive0.present && !this.drive1.present;
  }

  /**
   * INTRQ from state: the selected device drives it while its interrupt is pending and nIEN is zero ([ATA-6] 5.2.9). The
   * bus master latches the rising edge ([SFF-8038i] 2.2).
   */
  sync(): void {
    const level: bool = this.selected.interrupt && this.selected.present && (this.control & Control.N_IEN) == 0;
    if (level && !this.asserted) this.busMaster.status |= BusMasterStatus.INTERRUPT;
    this.asserted = level;
    this.line.set(level);
  }

  raise(drive: Drive): void {
    drive.interrupt = true;
    this.sync();
  }

  /** The command is over; the host is told by `status` and an interrupt. */
  complete(drive: Drive, status: u32): void {
    this.transfer.phase = Phase.NONE;
    drive.status = status;
    if (this.transfer.packet) drive.count = Reason.IO | Reason.CD;
    this.raise(drive);
  }

  /** The command cannot be executed or carried on ([ATA-6] 7.9). */
  abort(drive: Drive): void {
    this.fail(drive, Status.DRDY | Status.ERR, ErrorBit.ABRT);
  }

  fail(drive: Drive, status: u32, error: u32): void {
    drive.error = error;
    this.transfer.packet = false;
    this.complete(drive, status);
  }

  /** Give up the command in progress, whatever it waits for. */
  stop(): void {
    this.request.cancel();
    this.transfer.phase = Phase.NONE;
    this.transfer.position = this.transfer.end;
  }
}
