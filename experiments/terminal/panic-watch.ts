/** What a Linux kernel prints last of all when it has panicked and is not to restart, with the time before it ([Linux] kernel/panic.c). */
const LAST_WORDS = /^\[ *\d+\.\d+\] ---\[ end Kernel panic - not syncing: (.*) \]---$/;
const LONGEST_LINE = 1024;

/**
 * Watches a console for the end of a Linux kernel. A panicked kernel spins for ever, which no counter of the machine can tell from work;
 * a panic device would need a driver in the guest.
 */
export class PanicWatch {
  /** What the kernel gave as its reason; undefined while it lives. */
  reason: string | undefined;
  private line = '';

  /** The guest printed `byte`. */
  hear(byte: number): void {
    const character = String.fromCharCode(byte);
    if (character === '\n') {
      this.reason ??= LAST_WORDS.exec(this.line.trimEnd())?.[1];
      this.line = '';
    } else if (this.line.length < LONGEST_LINE) this.line += character;
  }
}
