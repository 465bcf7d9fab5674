import type { BusMaster } from './bus-master';
import { DeviceBit, DIAGNOSTIC_PASSED, ErrorBit, Status } from './registers';
import { TaskFile } from './task-file';

/** What a device on a cable can reach: the interrupt line, and the host's DMA engine for the cable. */
export interface Cable {
  /** A device's `interruptPending` has changed. */
  interruptsChanged(): void;
  readonly busMaster: BusMaster;
}

/** A PIO data transfer of one DRQ block. The host moves it two or four bytes at a time. */
interface DataBlock {
  readonly direction: 'in' | 'out';
  readonly bytes: DataView;
  position: number;
  /** Called when the host has moved the last byte. */
  readonly finished: () => void;
}

/** What all devices on a cable have in common: a task file, and the protocols of [ATA-6] clause 9. */
export abstract class AtaDevice {
  readonly registers = new TaskFile();
  /** Interrupt pending: set by the device, ended by Status, a command or a reset. [ATA-6] 5.2.9 */
  interruptPending = false;
  private block: DataBlock | undefined;
  /** Counts commands and resets, so that a late answer from a medium is recognised as no longer wanted. */
  private epoch = 0;

  constructor(
    protected readonly cable: Cable,
    readonly isDevice1: boolean,
  ) {}

  /** The LBA Mid and LBA High values of this kind of device's signature. [ATA-6] 9.12 */
  protected abstract readonly signature: { readonly lbaMid: number; readonly lbaHigh: number };
  /** Status after a reset or a diagnostic: packet devices leave DRDY clear. [ATA-6] 9.10 */
  protected abstract readonly resetStatus: number;
  /** Starts a command whose task file is complete; BSY is set and the Error register clear. */
  protected abstract execute(command: number): void;
  /** Whether the command is taken although BSY or DRQ is set. */
  protected abstract accepts(command: number): boolean;

  get isBusy(): boolean {
    return (this.registers.status & Status.Busy) !== 0;
  }

  /** BSY or DRQ: the host may not write the command block now. [ATA-6] 7.1 */
  get isOccupied(): boolean {
    return (this.registers.status & (Status.Busy | Status.DataRequest)) !== 0;
  }

  /** The host wrote the Command register while this device was selected. */
  command(code: number): void {
    if (this.isOccupied && !this.accepts(code)) return;
    this.epoch++;
    this.registers.status = Status.DeviceReady | Status.Busy;
    this.registers.error = 0;
    this.execute(code);
  }

  /** SRST was set: BSY at once, and nothing that was under way will report any more. [ATA-6] 9.2 */
  beginReset(): void {
    this.abandon();
    this.registers.status |= Status.Busy;
  }

  /** Ends a software reset: signature, diagnostic code, no interrupt. [ATA-6] 9.2 */
  finishReset(): void {
    this.registers.reset(this.signature.lbaMid, this.signature.lbaHigh);
    this.showDiagnosticResult();
  }

  /** Power-on or hardware reset, which end as a software reset does. [ATA-6] 9.1 */
  hardReset(): void {
    this.abandon();
    this.finishReset();
  }

  /** EXECUTE DEVICE DIAGNOSTIC as far as one device goes; the cable asserts the interrupt. [ATA-6] 9.10 */
  diagnose(): void {
    this.abandon();
    this.registers.device = DeviceBit.Obsolete;
    this.showDiagnosticResult();
  }

  /** EXECUTE DEVICE DIAGNOSTIC and the resets end alike. [ATA-6] 9.10, 9.12 */
  protected showDiagnosticResult(): void {
    this.showSignature();
    this.registers.error = DIAGNOSTIC_PASSED;
    this.registers.status = this.resetStatus;
  }

  /** The Device register is part of the signature, but for DEV. [ATA-6] 9.12 */
  protected showSignature(): void {
    this.registers.device = DeviceBit.Obsolete | (this.registers.device & DeviceBit.Device1);
    this.registers.sign(this.signature.lbaMid, this.signature.lbaHigh);
  }

  /**
   * IN from the Data port, which is two bytes wide: four are two cycles on the cable, of which the second finds nothing
   * after the end of a block. 0 when there is nothing to be read. [ATA-6] 7.6
   */
  readData(width: 2 | 4): number {
    const block = this.block;
    if (block?.direction !== 'in') return 0;
    const { bytes, position } = block;
    const cycles = Math.min(width, bytes.byteLength - position);
    const value = cycles === 4 ? bytes.getUint32(position, true) : bytes.getUint16(position, true);
    this.advanceBlock(block, cycles);
    return value;
  }

  /** OUT to the Data port; dropped when the device does not wait for it. */
  writeData(width: 2 | 4, value: number): void {
    const block = this.block;
    if (block?.direction !== 'out') return;
    const { bytes, position } = block;
    const cycles = Math.min(width, bytes.byteLength - position);
    if (cycles === 4) bytes.setUint32(position, value, true);
    else bytes.setUint16(position, value & 0xffff, true);
    this.advanceBlock(block, cycles);
  }

  private advanceBlock(block: DataBlock, width: number): void {
    block.position += width;
    if (block.position < block.bytes.byteLength) return;
    this.block = undefined;
    this.registers.status &= ~Status.DataRequest;
    block.finished();
  }

  /** Sets DRQ and lets the host read `bytes`. */
  protected offer(bytes: Uint8Array, finished: () => void): void {
    this.openBlock('in', bytes, finished);
  }

  /** Sets DRQ and lets the host fill `bytes`. */
  protected demand(bytes: Uint8Array, finished: () => void): void {
    this.openBlock('out', bytes, finished);
  }

  private openBlock(direction: 'in' | 'out', bytes: Uint8Array, finished: () => void): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.block = { direction, bytes: view, position: 0, finished };
    this.registers.status = (this.registers.status & ~Status.Busy) | Status.DataRequest;
  }

  interrupt(): void {
    this.interruptPending = true;
    this.cable.interruptsChanged();
  }

  acknowledgeInterrupt(): void {
    this.interruptPending = false;
    this.cable.interruptsChanged();
  }

  /** Ends the command. [ATA-6] 9.4 */
  protected complete(status: number, error = 0): void {
    this.block = undefined;
    this.registers.status = status;
    this.registers.error = error;
    this.interrupt();
  }

  /** Ends the command as not supported or not possible. [ATA-6] 7.9, 6.2 */
  protected abort(): void {
    this.complete(Status.DeviceReady | Status.Error, ErrorBit.Aborted);
  }

  /** A callback that does nothing once the command that asked for it is over. */
  protected whileCurrent<T>(callback: (result: T) => void): (result: T) => void {
    const epoch = this.epoch;
    return (result) => {
      if (epoch === this.epoch) callback(result);
    };
  }

  /** Forgets the command under way. */
  protected abandon(): void {
    this.epoch++;
    this.block = undefined;
    this.interruptPending = false;
    this.cable.busMaster.disconnect(this);
  }
}
