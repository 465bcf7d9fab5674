/** Milliseconds before a bar appears: what is quick needs none. */
const DELAY = 2000;
const WIDTH = 30;

/** A progress bar on standard error, for work that takes longer than two seconds, and only where somebody sees it. */
export class ProgressBar {
  private readonly start: number;
  private shown = false;

  constructor(
    private readonly label: string,
    private readonly output: Pick<NodeJS.WriteStream, 'isTTY' | 'write'> = process.stderr,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.start = now();
  }

  /** @param part 0 to 1 */
  show(part: number): void {
    if (!this.output.isTTY || this.now() - this.start < DELAY) return;
    this.shown = true;
    const filled = Math.round(WIDTH * Math.min(1, Math.max(0, part)));
    this.output.write(`\r${this.label} [${'#'.repeat(filled)}${' '.repeat(WIDTH - filled)}]`);
  }

  /** Take the bar away. */
  clear(): void {
    if (this.shown) this.output.write('\r\x1b[K');
    this.shown = false;
  }
}
