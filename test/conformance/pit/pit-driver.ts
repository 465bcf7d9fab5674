import type { UnderTest } from '../../helpers/device-program/steps';

/** Re-declared here and not imported: a wrong constant in a device must not cancel out against itself. */
const HERTZ = 1_193_182;
const COUNTER_PORTS = [0x40, 0x41, 0x42] as const;
const CONTROL = 0x43;
const SYSTEM = 0x61;

/** ns from a whole second to the middle of CLK period `clocks`, so that no access falls onto an edge. */
export const middleOfClock = (clocks: number): number => Math.ceil(((clocks + 0.5) * 1e9) / HERTZ);

/** What a driver does to an 8254 on a PC. Time is counted in CLK pulses from the bench's start. */
export class PitDriver {
  private clocks = 0;

  constructor(readonly subject: UnderTest) {
    subject.reset();
    subject.advance(middleOfClock(0));
  }

  /** Lets `count` CLK pulses pass. */
  clock(count = 1): void {
    const before = middleOfClock(this.clocks);
    this.clocks += count;
    this.subject.advance(middleOfClock(this.clocks) - before);
  }

  control(word: number): void {
    this.subject.write(CONTROL, 1, word);
  }

  write(counter: 0 | 1 | 2, byte: number): void {
    this.subject.write(COUNTER_PORTS[counter], 1, byte);
  }

  read(counter: 0 | 1 | 2): number {
    return this.subject.read(COUNTER_PORTS[counter], 1);
  }

  /** Read-back command for the counters in `mask` (bit n is counter n). */
  readBack(mask: number, what: { count?: boolean; status?: boolean }): void {
    this.control(0xc0 | (what.count ? 0 : 0x20) | (what.status ? 0 : 0x10) | (mask << 1));
  }

  status(counter: 0 | 1 | 2): number {
    this.readBack(1 << counter, { status: true });
    return this.read(counter);
  }

  /** Latches and reads the count of a counter that was programmed with access `access` (1 LSB, 2 MSB, 3 both). */
  count(counter: 0 | 1 | 2, access: number): number {
    this.control(counter << 6);
    const first = this.read(counter);
    if (access === 2) {
      return first << 8;
    }
    return access === 3 ? first | (this.read(counter) << 8) : first;
  }

  gate2(level: boolean): void {
    this.subject.write(SYSTEM, 1, level ? 1 : 0);
  }

  out2(): boolean {
    return (this.subject.read(SYSTEM, 1) & 0x20) !== 0;
  }
}
