const LOOPBACK = 0x10;
const CONTROL_BITS = 0x1f;
const INPUT_BITS = 0xf0;
const RING = 0x40;
/** Inputs as a PC with a peer on the cable shows them: DCD, DSR and CTS on. */
const CONNECTED = 0xb0;

/** Modem control and status, [16550D] 8.8 and 8.9. */
export class Modem {
  /** MCR. */
  control = 0;
  /** MSR bits 3..0: what has changed since the MSR was read. */
  deltas = 0;
  private pins = CONNECTED;

  reset(): void {
    this.control = 0;
    this.deltas = 0;
  }

  get loopback(): boolean {
    return (this.control & LOOPBACK) !== 0;
  }

  writeControl(value: number): void {
    const before = this.inputs;
    this.control = value & CONTROL_BITS;
    this.noteChange(before);
  }

  /** Input pins as bits 7..4 of the MSR: DCD 80h, RI 40h, DSR 20h, CTS 10h. */
  setPins(pins: number): void {
    const before = this.inputs;
    this.pins = pins & INPUT_BITS;
    this.noteChange(before);
  }

  readStatus(): number {
    const status = this.inputs | this.deltas;
    this.deltas = 0;
    return status;
  }

  /** MSR bits 7..4. Loopback puts RTS on CTS, DTR on DSR, OUT1 on RI and OUT2 on DCD, [16550D] 8.8 bit 4. */
  private get inputs(): number {
    if (!this.loopback) {
      return this.pins;
    }
    const [dtr, rts, outputs] = [this.control & 1, this.control & 2, this.control & 0x0c];
    return (dtr << 5) | (rts << 3) | (outputs << 4);
  }

  /** Any change of CTS, DSR and DCD counts, and the trailing edge of RI, [16550D] 8.9. */
  private noteChange(before: number): void {
    const changed = before ^ this.inputs;
    const ringEnded = changed & before & RING;
    this.deltas |= ((changed & ~RING) | ringEnded) >> 4;
  }
}
