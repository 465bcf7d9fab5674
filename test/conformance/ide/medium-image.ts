import { type Drive, initialImage } from './machines';

/** What a drive's medium holds: what it held at first, and over it what was written since. */
export class MediumImage {
  private readonly initial: Uint8Array;
  private readonly written = new Map<number, Uint8Array>();

  /** @param sectorBytes in what units it is read and written */
  constructor(
    drive: Drive,
    private readonly sectorBytes: number,
  ) {
    this.initial = drive.kind === 'disk' && drive.contents === 'blank' ? new Uint8Array(0) : initialImage(drive);
  }

  /** Fills `target`, whole sectors, from `sector` on. */
  read(sector: number, target: Uint8Array): void {
    const start = sector * this.sectorBytes;
    target.fill(0).set(this.initial.subarray(start, start + target.length));
    for (let at = 0, next = sector; at < target.length; at += this.sectorBytes, next++) {
      const stored = this.written.get(next);
      if (stored !== undefined) target.set(stored, at);
    }
  }

  /** Takes `source`, whole sectors, from `sector` on. */
  write(sector: number, source: Uint8Array): void {
    for (let at = 0, next = sector; at < source.length; at += this.sectorBytes, next++) {
      this.written.set(next, source.slice(at, at + this.sectorBytes));
    }
  }

  restore(): void {
    this.written.clear();
  }

  /** The whole medium, unless it is a blank one; not to be written to. */
  whole(): Uint8Array {
    if (this.written.size === 0) return this.initial;
    const whole = this.initial.slice();
    for (const [sector, bytes] of this.written) whole.set(bytes, sector * this.sectorBytes);
    return whole;
  }
}
