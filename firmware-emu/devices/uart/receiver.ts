import { Fifo } from './fifo';
import { FifoControl, LineStatus } from './registers';

const NEVER: u64 = u64.MAX_VALUE;
/** Characters that may go by before the FIFO counts as forgotten ([16550D] 8.11, receiver B). */
const TIMEOUT_CHARACTERS: u64 = 4;

/** The receiving half: buffer register or FIFO, errors, and the character time-out. Times are in units of the line's time. */
@unmanaged
export class Receiver {
  // Set by the UART's control registers
  /** The FIFO is used; without it its first entry is the buffer register. */
  fifo: bool;
  /** Characters at which the interrupt is raised. */
  trigger: u32;
  /** Duration of one character, and the bits that it has. */
  characterTime: u64;
  characterMask: u32;

  // Volatile state
  /** LineStatus.ERRORS that software has not read yet. */
  errors: u32;
  /** An error among them is that of a character of what the FIFO has held since it was cleared. */
  private revealed: bool;
  /** The time-out has come and no character was read since. */
  timedOut: bool;
  timeoutAt: u64;
  /** A character follows on the line without a gap; it is complete, or the line is free again, at `lineFree`. */
  private following: bool;
  private lineFree: u64;
  /** Last character in the buffer register, which keeps showing it. */
  private last: u32;

  reset(): void {
    this.setFifo(false, 0);
    this.errors = 0;
    this.last = 0;
    this.following = false;
    this.lineFree = 0;
    this.clear();
  }

  /** Use the FIFO, with trigger level 0-3, or not. */
  setFifo(enabled: bool, level: u32): void {
    this.fifo = enabled;
    this.trigger = enabled ? (FifoControl.TRIGGER_LEVELS >> (level << 3)) & 0xff : 1;
  }

  /** Forget what was received; errors that the line status shows already stay. */
  clear(): void {
    this.entries.clear();
    this.revealed = false;
    this.timedOut = false;
    this.timeoutAt = NEVER;
  }

  get count(): u32 {
    return this.entries.count;
  }

  get hasRoom(): bool {
    return this.fifo ? !this.entries.full : this.entries.count == 0;
  }

  /** Does the FIFO hold a character with an error, or has the line status shown one that was not read ([16550D] 8.4, bit 7)? */
  get holdsError(): bool {
    return (
      this.fifo && (this.entries.errors != 0 || (this.revealed && (this.errors & LineStatus.CHARACTER_ERRORS) != 0))
    );
  }

  /** May a character be complete now? If the line is still busy with the last one, the next follows it. */
  complete(now: u64): bool {
    this.following = now < this.lineFree;
    return !this.following;
  }

  /** When the character that follows is complete; NEVER if there is none. */
  get deadline(): u64 {
    return this.following ? this.lineFree : NEVER;
  }

  /**
   * A character from the line, which it occupies for a character time.
   *
   * @param more whether the next one follows it
   */
  arrive(entry: u32, more: bool, now: u64): void {
    const at = this.following ? this.lineFree : now;
    this.accept(entry, at);
    this.following = more;
    this.lineFree = at + this.characterTime;
  }

  /**
   * A complete character. An overrun costs the FIFO the new character, the buffer register the old one ([16550D] 8.4, bit 1).
   *
   * @param at when it was complete
   */
  accept(entry: u32, at: u64): void {
    this.expire(at);
    if (!this.hasRoom) this.errors |= LineStatus.OVERRUN;
    if (!this.fifo) this.keep(entry);
    if (!this.entries.full) this.entries.push(this.formed(entry));
    if (this.entries.count == 1) this.reveal();
    this.restartTimeout(at);
  }

  /** The next character for software; errors come to the line status with the character that is next then. */
  take(now: u64): u32 {
    if (this.entries.count == 0) return this.fifo ? 0 : this.last;
    const value = this.entries.pop() & 0xff;
    if (this.entries.count != 0) this.reveal();
    this.restartTimeout(now);
    this.timedOut = false;
    return value;
  }

  /** Into the buffer register, over what is there. */
  private keep(entry: u32): void {
    this.entries.clear();
    this.last = this.formed(entry) & 0xff;
  }

  /** The errors of the character that is next come to the line status. */
  private reveal(): void {
    const errors = this.entries.takeErrors();
    this.errors |= errors;
    if (errors != 0) this.revealed = true;
  }

  /** Note a time-out that has come. */
  expire(now: u64): bool {
    if (now < this.timeoutAt) return false;
    this.timeoutAt = NEVER;
    this.timedOut = true;
    return true;
  }

  /** A character has the bits of its format, and one that is a break has none ([16550D] 8.4, bit 4). */
  private formed(entry: u32): u32 {
    const errors = entry & ~0xff;
    return (entry & (LineStatus.BREAK << 8)) != 0 ? errors : errors | (entry & this.characterMask);
  }

  private restartTimeout(at: u64): void {
    const waiting = this.fifo && this.entries.count != 0;
    this.timeoutAt = waiting ? at + TIMEOUT_CHARACTERS * this.characterTime : NEVER;
  }

  /** The FIFO lies behind the fields. */
  private get entries(): Fifo {
    return changetype<Fifo>(changetype<usize>(this) + offsetof<Receiver>());
  }
}
