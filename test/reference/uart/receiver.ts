/** One received character with its error as the LSR shows it: 0, or one of PE, FE, BI. */
interface Received {
  readonly value: number;
  readonly error: number;
}

/** What was wrong with a character, [16550D] 8.4 bits 2 to 4. */
export const LineError = { Overrun: 0x02, Parity: 0x04, Framing: 0x08, Break: 0x10 } as const;
const CHARACTER_ERRORS = LineError.Parity | LineError.Framing | LineError.Break;

const FIFO_DEPTH = 16;
const TRIGGER_LEVELS = [1, 4, 8, 14] as const;
/** The time-out comes this many character times after the last arrival or read, [16550D] 8.11. */
const TIMEOUT_CHARACTERS = 4;

/** Receive side of the UART: buffer register or FIFO, the errors that travel with characters, the FIFO's time-out. */
export class Receiver {
  private readonly fifo: Received[] = [];
  private fifoEnabled = false;
  private trigger: number = TRIGGER_LEVELS[0];
  private buffer = 0;
  private full = false;
  private errors = 0;
  private errorInFifo = false;
  /** A time-out is being indicated. */
  timedOut = false;
  /** When the time-out comes, in ns; undefined if the FIFO is empty or it has come. */
  deadline: number | undefined;

  reset(): void {
    this.fifoEnabled = false;
    this.trigger = TRIGGER_LEVELS[0];
    this.clear();
    this.buffer = 0;
    this.errors = 0;
    this.errorInFifo = false;
  }

  /** Forgets what has been received; the errors stay until the LSR is read. */
  clear(): void {
    this.fifo.length = 0;
    this.full = false;
    this.timedOut = false;
    this.deadline = undefined;
    this.errorInFifo = false;
  }

  configure(fifoEnabled: boolean, triggerField: number): void {
    this.fifoEnabled = fifoEnabled;
    this.trigger = fifoEnabled ? TRIGGER_LEVELS[triggerField & 3]! : TRIGGER_LEVELS[0];
  }

  get dataReady(): boolean {
    return this.fifoEnabled ? this.fifo.length > 0 : this.full;
  }

  /** The "received data available" condition, [16550D] 8.6 and 8.11. */
  get triggerReached(): boolean {
    return this.fifoEnabled ? this.fifo.length >= this.trigger : this.full;
  }

  get hasRoom(): boolean {
    return this.fifoEnabled ? this.fifo.length < FIFO_DEPTH : !this.full;
  }

  /** A character has been assembled at time `now`; `characterTime` in ns. */
  accept(value: number, error: number, now: number, characterTime: number): void {
    if (this.fifoEnabled) {
      this.acceptIntoFifo({ value, error }, now, characterTime);
      return;
    }
    // Without FIFO the newer character destroys the older one, [16550D] 8.4 bit 1.
    this.errors |= error | (this.full ? LineError.Overrun : 0);
    this.buffer = value;
    this.full = true;
  }

  private acceptIntoFifo(character: Received, now: number, characterTime: number): void {
    this.restartTimeout(now, characterTime);
    if (this.fifo.length === FIFO_DEPTH) {
      this.errors |= LineError.Overrun;
      return;
    }
    this.fifo.push(character);
    this.errorInFifo ||= character.error !== 0;
    if (this.fifo.length === 1) {
      this.errors |= character.error;
    }
  }

  private restartTimeout(now: number, characterTime: number): void {
    if (!this.timedOut) {
      this.deadline = now + TIMEOUT_CHARACTERS * characterTime;
    }
  }

  /** The CPU reads the receiver buffer register. */
  readBuffer(now: number, characterTime: number): number {
    if (!this.fifoEnabled) {
      this.full = false;
      return this.buffer;
    }
    const character = this.fifo.shift();
    this.timedOut = false;
    this.deadline = undefined;
    if (this.fifo.length > 0) {
      // An error is revealed when its character comes to the top, [16550D] 8.4 bits 2 to 4.
      this.errors |= this.fifo[0]!.error;
      this.restartTimeout(now, characterTime);
    }
    return character?.value ?? 0;
  }

  expire(): void {
    this.deadline = undefined;
    this.timedOut = true;
  }

  /** LSR bits 7 and 4 to 0. */
  get lineStatus(): number {
    return (this.errorInFifo && this.fifoEnabled ? 0x80 : 0) | this.errors | (this.dataReady ? 1 : 0);
  }

  get anyError(): boolean {
    return this.errors !== 0;
  }

  /** What reading the LSR does: the errors go, bit 7 stays while a character further down has one. */
  acknowledgeErrors(): void {
    this.errors = 0;
    this.errorInFifo = this.fifo.slice(1).some((character) => (character.error & CHARACTER_ERRORS) !== 0);
  }
}
