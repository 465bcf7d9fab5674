import type { AccessWidth, ReferenceDevice } from './contract';

/**
 * A device on the 8-bit half of the ISA bus. A wider access is what the bus makes of it: one byte cycle after the
 * other, lowest address first.
 */
export abstract class BytePorts implements ReferenceDevice {
  protected abstract readByte(port: number): number;
  protected abstract writeByte(port: number, value: number): void;
  abstract nextDeadline(): number | undefined;
  abstract advanceTo(ns: number): void;
  abstract reset(): void;

  read(port: number, width: AccessWidth): number {
    if (width === 1) {
      return this.readByte(port);
    }
    let value = 0;
    for (let lane = 0; lane < width; lane++) {
      value += this.readByte(port + lane) * 256 ** lane;
    }
    return value;
  }

  write(port: number, width: AccessWidth, value: number): void {
    for (let lane = 0; lane < width; lane++) {
      this.writeByte(port + lane, (value >>> (8 * lane)) & 0xff);
    }
  }
}
