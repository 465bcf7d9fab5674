/** Ctrl-A, as in QEMU and GNU Screen: the next key is for the emulator. */
const ESCAPE = 0x01;
const CONTROL_C = 0x03;

/**
 * The terminal as the guest's serial console. In raw mode every key goes to the guest but Ctrl-C, which ends the run, and
 * Ctrl-A: `Ctrl-A x` ends the run too, `Ctrl-A c` types Ctrl-C, `Ctrl-A Ctrl-A` types Ctrl-A.
 */
export class Terminal {
  /** Bytes typed that the guest has not taken. */
  private typed: number[] = [];
  private escaped = false;
  /** The user asked for the end. */
  ended = false;
  readonly interactive = process.stdin.isTTY === true;
  private wake: () => void = () => {};
  private readonly listener = (chunk: Buffer) => this.take(chunk);
  private readonly end = () => {
    this.ended = true;
    this.wake();
  };

  open(): void {
    if (this.interactive) process.stdin.setRawMode(true);
    process.stdin.on('data', this.listener);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, this.end);
    process.on('exit', () => this.restore());
  }

  /** Give the terminal back as it was. */
  close(): void {
    this.restore();
    process.stdin.off('data', this.listener);
    process.stdin.pause();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, this.end);
  }

  private restore(): void {
    if (this.interactive) process.stdin.setRawMode(false);
  }

  write(byte: number): void {
    process.stdout.write(Uint8Array.of(byte));
  }

  /** Bytes for the guest; `give` says how many it took. */
  offer(give: (bytes: Uint8Array) => number): void {
    if (this.typed.length > 0) this.typed.splice(0, give(Uint8Array.from(this.typed)));
  }

  /** Wait at most `milliseconds` for a key. */
  async wait(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timeout = setTimeout(resolve, milliseconds);
      this.wake = () => {
        clearTimeout(timeout);
        resolve();
      };
    });
    this.wake = () => {};
  }

  private take(chunk: Buffer): void {
    for (const byte of chunk) this.takeByte(byte);
    this.wake();
  }

  private takeByte(byte: number): void {
    if (!this.interactive) this.typed.push(byte);
    else if (this.escaped) this.takeEscaped(byte);
    else if (byte === ESCAPE) this.escaped = true;
    else if (byte === CONTROL_C) this.end();
    else this.typed.push(byte);
  }

  private takeEscaped(byte: number): void {
    this.escaped = false;
    if (byte === 'x'.charCodeAt(0)) this.end();
    else if (byte === 'c'.charCodeAt(0)) this.typed.push(CONTROL_C);
    else if (byte === ESCAPE) this.typed.push(ESCAPE);
  }
}
