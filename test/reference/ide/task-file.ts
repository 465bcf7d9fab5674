import { DeviceBit } from './registers';

/**
 * One of the task file's parameter registers. A write pushes the old value one deep; 48-bit commands take both, and
 * the high order bit of Device Control shows the older one. [ATA-6] 6.20
 */
export class ParameterRegister {
  current = 0;
  previous = 0;

  write(value: number): void {
    this.previous = this.current;
    this.current = value & 0xff;
  }

  /** Sets the newer content without pushing, as a device does when it reports a result. */
  report(value: number): void {
    this.current = value & 0xff;
  }

  /** Sets both contents to the two bytes of a 16-bit part of a 48-bit result. */
  reportBoth(current: number, previous: number): void {
    this.current = current & 0xff;
    this.previous = previous & 0xff;
  }
}

/** A device's own copy of the command block. The host's writes reach both devices of a cable. [ATA-6] 7.1 */
export class TaskFile {
  readonly features = new ParameterRegister();
  readonly sectorCount = new ParameterRegister();
  readonly lbaLow = new ParameterRegister();
  readonly lbaMid = new ParameterRegister();
  readonly lbaHigh = new ParameterRegister();
  device: number = DeviceBit.Obsolete;
  error = 0;
  status = 0;

  get usesLba(): boolean {
    return (this.device & DeviceBit.Lba) !== 0;
  }

  get head(): number {
    return this.device & DeviceBit.HeadMask;
  }

  set head(value: number) {
    this.device = (this.device & ~DeviceBit.HeadMask) | (value & DeviceBit.HeadMask);
  }

  get cylinder(): number {
    return (this.lbaHigh.current << 8) | this.lbaMid.current;
  }

  /** As after a reset: the signature, and nothing of what the host has written remains. [ATA-6] 9.12 */
  reset(lbaMid: number, lbaHigh: number): void {
    const { features, sectorCount, lbaLow } = this;
    for (const register of [features, sectorCount, lbaLow, this.lbaMid, this.lbaHigh]) register.reportBoth(0, 0);
    this.device = DeviceBit.Obsolete;
    this.sign(lbaMid, lbaHigh);
  }

  /** The signature by which software tells the kinds of device apart after a reset. [ATA-6] 9.12 */
  sign(lbaMid: number, lbaHigh: number): void {
    this.head = 0;
    this.sectorCount.report(1);
    this.lbaLow.report(1);
    this.lbaMid.report(lbaMid);
    this.lbaHigh.report(lbaHigh);
  }
}
