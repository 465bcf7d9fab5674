/** Collects what interrupt lines do between two looks at them, in the form of `UnderTest.interrupt`. */
export class InterruptWord {
  private levels = 0;
  private rises = 0;

  /** `count` lines, at most 8. */
  constructor(private readonly count: number) {}

  /** A report of the line at `index`, -1 for one that is not watched. True if its level has changed. */
  set(index: number, level: boolean): boolean {
    const bit = index < 0 ? 0 : 1 << index;
    const changes = ((this.levels & bit) !== 0) !== level && bit !== 0;
    if (changes) {
      this.levels ^= bit;
      this.rises |= level ? bit : 0;
    }
    return changes;
  }

  /** Two bits a line: its level, and whether it has risen since the last look. */
  take(): number {
    let word = 0;
    for (let index = 0; index < this.count; index++) {
      word |= (((this.levels >> index) & 1) | (((this.rises >> index) & 1) << 1)) << (2 * index);
    }
    this.rises = 0;
    return word;
  }
}
