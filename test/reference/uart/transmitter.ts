const FIFO_DEPTH = 16;

/** How the shift register empties. */
export const TransmitterTiming = {
  /** A character takes its time on the line, as the baud rate and format say. */
  Timed: 'timed',
  /** A character is gone as soon as it is written, as in an emulator that does not care for baud rates. */
  Instant: 'instant',
} as const;
export type TransmitterTiming = (typeof TransmitterTiming)[keyof typeof TransmitterTiming];

/** The parts of the UART that the transmitter needs. Times in ns. */
export interface TransmitterSurroundings {
  now(): number;
  /** Length of a character and of its stop bits under the present line format. */
  characterTime(): number;
  stopTime(): number;
  /** The bits that a character has. One on its way keeps the format that it began with. */
  wordMask(): number;
  /** A character has left the shift register. False: it cannot leave now, and stays. */
  send(value: number): boolean;
  /** "Transmitter holding register empty" has become true. */
  onEmpty(): void;
}

/** Transmit side: holding register or FIFO, shift register, and when "empty" is indicated. */
export class Transmitter {
  private readonly waiting: number[] = [];
  private depth = 1;
  private shifting: number | undefined;
  /** When the shift register's last bit is out; undefined while it is empty or waits for the far end. */
  private shiftedAt: number | undefined;
  /** THRE indication held back, [16550D] 8.11: until this time, in ns. */
  private indicateAt: number | undefined;
  /** Most characters that were in the FIFO together since the last indication. */
  private together = 0;
  private firstAfterModeChange = false;
  /** LSR bit 5. */
  empty = true;

  constructor(
    private readonly timing: TransmitterTiming,
    private readonly surroundings: TransmitterSurroundings,
  ) {}

  reset(): void {
    this.waiting.length = 0;
    this.depth = 1;
    this.shifting = this.shiftedAt = this.indicateAt = undefined;
    this.together = 0;
    this.firstAfterModeChange = false;
    this.empty = true;
  }

  /** LSR bit 6: nothing left in holding and shift register. */
  get idle(): boolean {
    return this.waiting.length === 0 && this.shifting === undefined;
  }

  setFifo(enabled: boolean): void {
    this.depth = enabled ? FIFO_DEPTH : 1;
    this.firstAfterModeChange = true;
  }

  /** Drops what has not reached the shift register. */
  clear(): void {
    this.waiting.length = 0;
    this.indicateEmpty();
  }

  write(value: number): void {
    if (this.waiting.length === this.depth) {
      this.waiting.shift();
    }
    this.waiting.push(value);
    this.together = Math.max(this.together, this.waiting.length);
    this.empty = false;
    this.indicateAt = undefined;
    this.fillShiftRegister();
  }

  private fillShiftRegister(): void {
    while (this.shifting === undefined && this.waiting.length > 0) {
      this.shifting = this.waiting.shift()! & this.surroundings.wordMask();
      const start = this.shiftedAt ?? this.surroundings.now();
      const end = this.timing === TransmitterTiming.Instant ? start : start + this.surroundings.characterTime();
      this.shiftedAt = end;
      if (this.waiting.length === 0) {
        this.becomeEmpty(end - this.surroundings.stopTime());
      }
      if (this.timing === TransmitterTiming.Instant) {
        this.finish();
      }
    }
    if (this.shifting === undefined) {
      this.shiftedAt = undefined;
    }
  }

  /** A lone character in the FIFO holds the indication back for a character time less the stop bits. */
  private becomeEmpty(delayed: number): void {
    const lone = this.depth > 1 && this.together < 2 && !this.firstAfterModeChange;
    if (lone && this.timing === TransmitterTiming.Timed) {
      this.indicateAt = delayed;
    } else {
      this.indicateEmpty();
    }
  }

  private indicateEmpty(): void {
    this.empty = true;
    this.indicateAt = undefined;
    this.together = 0;
    this.firstAfterModeChange = false;
    this.surroundings.onEmpty();
  }

  /** The last bit is out; if the far end does not take it, the shift register stays full. */
  private finish(): void {
    if (this.surroundings.send(this.shifting!)) {
      this.shifting = undefined;
    } else {
      this.shiftedAt = undefined;
    }
  }

  /** The far end takes characters again. */
  resume(): void {
    if (this.shifting !== undefined && this.shiftedAt === undefined) {
      this.finish();
      if (this.shifting === undefined) {
        this.fillShiftRegister();
      }
    }
  }

  /** Next time in ns at which `advance` does something. */
  get deadline(): number | undefined {
    const shifted = this.shifting === undefined ? undefined : this.shiftedAt;
    if (shifted === undefined || this.indicateAt === undefined) {
      return shifted ?? this.indicateAt;
    }
    return Math.min(shifted, this.indicateAt);
  }

  /** Does what is due at `now`, which is the deadline. */
  advance(now: number): void {
    if (this.indicateAt !== undefined && this.indicateAt <= now) {
      this.indicateEmpty();
    }
    if (this.shifting !== undefined && this.shiftedAt !== undefined && this.shiftedAt <= now) {
      this.finish();
      this.fillShiftRegister();
    }
  }
}
