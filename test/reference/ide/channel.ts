import type { AccessWidth } from '../contract';
import type { AtaDevice, Cable } from './ata-device';
import type { BusMaster } from './bus-master';
import { DeviceBit, DeviceControl, Register } from './registers';
import { type ParameterRegister, TaskFile } from './task-file';

type DeviceNumber = 0 | 1;

const EXECUTE_DEVICE_DIAGNOSTIC = 0x90;

/** Something on the cable that keeps a task file: a device, or the pull-ups where there is none. */
interface Position {
  readonly registers: TaskFile;
  readonly device: AtaDevice | undefined;
}

/** The place of a device that is not there. Its Status is zero; what else it shows is up to the other. */
function absentPosition(): Position {
  const registers = new TaskFile();
  registers.reset(0xff, 0xff);
  return { registers, device: undefined };
}

/** One cable with up to two devices: the command block, the control block and the interrupt line. */
export class Channel implements Cable {
  private positions: [Position, Position] = [absentPosition(), absentPosition()];
  private selected: DeviceNumber = 0;
  private control = 0;
  private asserted = false;

  constructor(
    readonly busMaster: BusMaster,
    private readonly setIrq: (level: boolean) => void,
  ) {}

  attach(number: DeviceNumber, device: AtaDevice): void {
    this.positions[number] = { registers: device.registers, device };
    this.hardReset();
  }

  hardReset(): void {
    this.busMaster.reset();
    this.selected = 0;
    this.control = 0;
    for (const { registers, device } of this.positions) {
      device?.hardReset();
      if (device === undefined) registers.reset(0xff, 0xff);
    }
    this.interruptsChanged();
  }

  /**
   * INTRQ is driven by the selected device alone, and only while nIEN is clear; what is pending in a device waits for
   * that. [ATA-6] 5.2.9, 7.8
   */
  interruptsChanged(): void {
    const enabled = (this.control & DeviceControl.InterruptDisable) === 0;
    const asserted = enabled && this.position.device?.interruptPending === true;
    if (asserted && !this.asserted) this.busMaster.noteInterrupt();
    this.asserted = asserted;
    this.setIrq(asserted);
  }

  private get isEmpty(): boolean {
    return this.positions.every(({ device }) => device === undefined);
  }

  private get position(): Position {
    return this.positions[this.selected];
  }

  readCommandBlock(offset: number, width: AccessWidth): number {
    if (offset === Register.Data && width !== 1) return this.position.device?.readData(width) ?? 0;
    if (width === 4) return 0xffff_ffff;
    const low = this.readRegister(offset);
    if (width === 1) return low;
    return low | ((offset < Register.StatusOrCommand ? this.readRegister(offset + 1) : 0xff) << 8);
  }

  writeCommandBlock(offset: number, width: AccessWidth, value: number): void {
    if (offset === Register.Data && width !== 1) {
      this.position.device?.writeData(width, value);
    } else if (width !== 4) {
      this.writeRegister(offset, value & 0xff);
      if (width === 2 && offset < Register.StatusOrCommand) this.writeRegister(offset + 1, value >> 8);
    }
  }

  /** Alternate Status: as Status, but the pending interrupt stays. [ATA-6] 7.3 */
  readAlternateStatus(): number {
    if (this.isEmpty || this.position.device === undefined) return 0;
    return this.position.registers.status;
  }

  /** The registers that answer: device 0's own, if it has to speak for an absent device 1. [ATA-6] 9.16.1 */
  private get answering(): TaskFile {
    const [device0] = this.positions;
    return (this.position.device === undefined ? device0 : this.position).registers;
  }

  private readRegister(offset: number): number {
    const { registers, device } = this.position;
    switch (offset) {
      case Register.Data:
        // A byte takes a whole word from the device, and its high half is lost on the cable. [ATA-6] 7.6
        return (device?.readData(2) ?? 0) & 0xff;
      case Register.StatusOrCommand:
        device?.acknowledgeInterrupt();
        return this.readAlternateStatus();
      case Register.ErrorOrFeatures:
        return this.isEmpty ? 0 : this.answering.error;
      case Register.Device:
        return this.isEmpty ? 0 : registers.device;
      default:
        return this.isEmpty ? 0 : this.readParameter(parameter(this.answering, offset));
    }
  }

  private readParameter(register: ParameterRegister): number {
    return this.showsHighOrder ? register.previous : register.current;
  }

  /** HOB is cleared by any write to the command block. [ATA-6] 7.8 */
  private get showsHighOrder(): boolean {
    return (this.control & DeviceControl.HighOrderByte) !== 0;
  }

  /** SRST is set: whoever is on the cable is busy. */
  private get isHeldInReset(): boolean {
    return (this.control & DeviceControl.SoftwareReset) !== 0;
  }

  /** Both devices take every write; only the selected one obeys a command, which ends its pending interrupt. [ATA-6] 7.1, 7.4 */
  private writeRegister(offset: number, value: number): void {
    const { device } = this.position;
    if (offset === Register.Data) return;
    if (offset === Register.StatusOrCommand) {
      this.control &= ~DeviceControl.HighOrderByte;
      device?.acknowledgeInterrupt();
      if (value === EXECUTE_DEVICE_DIAGNOSTIC) this.diagnose();
      else device?.command(value);
      return;
    }
    if (device?.isOccupied || this.isHeldInReset) return;
    this.control &= ~DeviceControl.HighOrderByte;
    if (offset === Register.Device) this.select(value);
    else for (const { registers } of this.positions) parameter(registers, offset).write(value);
  }

  /** Both devices take part, whichever is selected; device 0 reports, and device 1 alone has no interrupt. [ATA-6] 8.11, 9.10 */
  private diagnose(): void {
    const devices = this.positions.flatMap(({ device }) => device ?? []);
    if (devices.length === 0 || this.position.device?.isOccupied || this.isHeldInReset) return;
    for (const device of devices) device.diagnose();
    this.selected = 0;
    this.positions[0].device?.interrupt();
  }

  private select(value: number): void {
    const [device0, device1] = this.positions;
    device0.registers.device = (value & ~DeviceBit.Device1) | DeviceBit.Obsolete;
    device1.registers.device = value | DeviceBit.Device1 | DeviceBit.Obsolete;
    this.selected = (value & DeviceBit.Device1) !== 0 ? 1 : 0;
    this.interruptsChanged();
  }

  /** SRST resets both devices, whichever is selected: busy as long as it is set. [ATA-6] 7.8, 9.2 */
  writeDeviceControl(value: number): void {
    const risen = value & ~this.control & DeviceControl.SoftwareReset;
    const fallen = ~value & this.control & DeviceControl.SoftwareReset;
    this.control = value;
    if (fallen) this.selected = 0;
    for (const { registers, device } of this.positions) {
      if (risen) device?.beginReset();
      if (fallen && device !== undefined) device.finishReset();
      if (fallen && device === undefined) registers.reset(0xff, 0xff);
    }
    this.interruptsChanged();
  }
}

function parameter(registers: TaskFile, offset: number): ParameterRegister {
  switch (offset) {
    case Register.ErrorOrFeatures:
      return registers.features;
    case Register.SectorCount:
      return registers.sectorCount;
    case Register.LbaLow:
      return registers.lbaLow;
    case Register.LbaMid:
      return registers.lbaMid;
    case Register.LbaHigh:
      return registers.lbaHigh;
    default:
      throw new Error(`offset ${offset} is not a parameter register`);
  }
}
