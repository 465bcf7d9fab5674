import { Fifo } from './fifo';

/** The sending half: holding register or FIFO, and the shift register. Times are in units of the line's time. */
@unmanaged
export class Transmitter {
  // Set by the UART's control registers
  /** The FIFO is used; without it its first entry is the holding register. */
  fifo: bool;
  /** Characters take time. */
  timed: bool;
  /** Duration of one character and of its last stop bit, and the bits that it has on the line. */
  characterTime: u64;
  bitTime: u64;
  characterMask: u32;

  // Volatile state
  /** The shift register is in use, with `character`, until `end`. */
  shifting: bool;
  character: u32;
  end: u64;
  /** Nobody could take the character when it was due. */
  held: bool;
  /** The holding register became empty, and software was not told yet. */
  emptied: bool;
  /** The FIFO is empty, but says so only at `indication`. */
  private late: bool;
  private indication: u64;
  /** There were two characters in the FIFO at once since it last said that it was empty. */
  private pair: bool;

  reset(): void {
    this.fifo = false;
    this.shifting = false;
    this.held = false;
    this.emptied = false;
    this.late = false;
    this.pair = false;
    this.entries.clear();
  }

  /** Use the FIFO or not; the first interrupt after a change is not a late one ([16550D] 8.11, transmitter B). */
  setFifo(enabled: bool): void {
    this.fifo = enabled;
    this.pair = true;
  }

  /** Forget what waits; the character in the shift register still leaves. */
  clear(): void {
    this.entries.clear();
    this.indicate();
  }

  /** The holding register, or the FIFO, says that it is empty. */
  get empty(): bool {
    return this.entries.count == 0 && !this.late;
  }

  /** When something next happens by itself; u64.MAX_VALUE if nothing will. */
  get deadline(): u64 {
    if (!this.timed || !this.shifting || this.held) return u64.MAX_VALUE;
    return this.late ? this.indication : this.end;
  }

  /** The shift register's character is complete. */
  done(now: u64): bool {
    return this.shifting && (!this.timed || now >= this.end);
  }

  /** Give a late indication that is due. */
  expire(now: u64): bool {
    if (!this.late || now < this.indication) return false;
    this.indicate();
    return true;
  }

  /** From software. A full FIFO loses its oldest character, as in QEMU; the data sheet leaves it open. */
  write(value: u32): void {
    if (!this.fifo) this.entries.clear();
    else if (this.entries.full) this.entries.pop();
    this.entries.push(value);
    if (this.entries.count > 1) this.pair = true;
    this.late = false;
    this.emptied = false;
  }

  /** The shift register's character has gone: the next one follows it without a gap unless the line had to wait. */
  gone(now: u64): void {
    this.shifting = false;
    this.shift(this.held ? now : this.end);
    this.held = false;
  }

  /** Move the next character into the shift register if that is free; its start bit begins at `from`. */
  shift(from: u64): void {
    if (this.shifting || this.entries.count == 0) return;
    this.character = this.entries.pop() & this.characterMask;
    this.shifting = true;
    this.end = from + this.characterTime;
    if (this.entries.count != 0) return;
    if (this.fifo && this.timed && !this.pair) this.delay();
    else this.indicate();
  }

  /**
   * A lone character passed through the FIFO: software is told one character time less the last stop bit later, so that a
   * driver that sends one at a time is not interrupted twice for each ([16550D] 8.11, transmitter B).
   */
  private delay(): void {
    this.late = true;
    this.indication = this.end - this.bitTime;
  }

  private indicate(): void {
    this.late = false;
    this.pair = false;
    this.emptied = true;
  }

  /** The FIFO lies behind the fields. */
  private get entries(): Fifo {
    return changetype<Fifo>(changetype<usize>(this) + offsetof<Transmitter>());
  }
}
