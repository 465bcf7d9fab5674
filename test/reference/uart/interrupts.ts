import type { Modem } from './modem';
import type { Receiver } from './receiver';
import { Enable, Identification } from './registers';

/** The four sources of interrupts, of which the enabled one of the highest priority is shown. [16550D] table IV */
export class Interrupts {
  /** The interrupt enable register. */
  enable = 0;
  /** "Transmitter holding register empty" has been raised and not been reset. */
  emptyPending = false;

  constructor(
    private readonly receiver: Receiver,
    private readonly modem: Modem,
  ) {}

  reset(): void {
    this.enable = 0;
    this.emptyPending = false;
  }

  /** Enabling the "empty" interrupt while the holding register is `empty` raises it, whatever was read before. */
  writeEnable(value: number, empty: boolean): void {
    if ((this.enable ^ value) & Enable.Empty) {
      this.emptyPending = (value & Enable.Empty) !== 0 && empty;
    }
    this.enable = value & 0x0f;
  }

  /** The enabled interrupt of the highest priority. */
  identify(): number {
    if (this.enable & Enable.LineStatus && this.receiver.anyError) {
      return Identification.LineStatus;
    }
    if (this.enable & Enable.Received && this.receiver.timedOut) {
      return Identification.TimeOut;
    }
    if (this.enable & Enable.Received && this.receiver.triggerReached) {
      return Identification.Received;
    }
    if (this.enable & Enable.Empty && this.emptyPending) {
      return Identification.Empty;
    }
    return this.modemStatus ? Identification.Modem : Identification.None;
  }

  /** Reading an identification of "empty" resets that interrupt. */
  readIdentification(): number {
    const identification = this.identify();
    if (identification === Identification.Empty) {
      this.emptyPending = false;
    }
    return identification;
  }

  /** The modem status interrupt's condition, enabled. */
  get modemStatus(): boolean {
    return (this.enable & Enable.Modem) !== 0 && this.modem.deltas !== 0;
  }
}
