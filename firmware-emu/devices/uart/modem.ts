import { ModemControl, ModemStatus } from './registers';

/** Modem control and status, the lines those of a terminal that is ready unless the other end says otherwise ([16550D] 8.8 and 8.9). */
@unmanaged
export class Modem {
  control: u32;
  private status: u32;
  /** Levels of the lines, as ModemStatus.LINES. */
  private inputs: u32;

  reset(): void {
    this.control = 0;
    this.inputs = ModemStatus.CONNECTED;
    this.status = this.inputs;
  }

  get looped(): bool {
    return (this.control & ModemControl.LOOP) != 0;
  }

  /** Software has not read yet that a line changed. */
  get changed(): bool {
    return (this.status & ModemStatus.DELTAS) != 0;
  }

  writeControl(value: u32): void {
    this.control = value & ModemControl.MASK;
    this.update();
  }

  setInputs(inputs: u32): void {
    this.inputs = inputs & ModemStatus.LINES;
    this.update();
  }

  /** Note which lines have changed; of the ring indicator only that it went off. */
  private update(): void {
    const before = this.status;
    const lines = this.lines();
    const changed = (before ^ lines) & ModemStatus.LINES;
    const deltas = ((changed & ~ModemStatus.RI) | (changed & before & ModemStatus.RI)) >> 4;
    this.status = lines | (before & ModemStatus.DELTAS) | deltas;
  }

  readStatus(): u32 {
    const status = this.status;
    this.status = status & ModemStatus.LINES;
    return status;
  }

  /** In loopback mode the inputs are the outputs: CTS-RTS, DSR-DTR, RI-OUT1, DCD-OUT2 ([16550D] 8.8, bit 4). */
  private lines(): u32 {
    if (!this.looped) return this.inputs;
    const outputs = (this.control & (ModemControl.OUT1 | ModemControl.OUT2)) << 4;
    return outputs | ((this.control & ModemControl.RTS) << 3) | ((this.control & ModemControl.DTR) << 5);
  }
}
