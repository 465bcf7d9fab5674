import type { UnderTest } from '../../helpers/device-program/steps';

/** Registers from [HPET] 2.3, re-declared. */
const BASE = 0xfed0_0000;
const [CONFIGURATION, STATUS, COUNTER] = [0x10, 0x20, 0xf0] as const;
const timerBase = (timer: number): number => 0x100 + 0x20 * timer;

export const LEVEL = 0x02;
export const ENABLE = 0x04;
export const PERIODIC = 0x08;
export const SET_VALUE = 0x40;
export const FORCE_32 = 0x100;

/** What a driver does to an HPET. Times are in counter ticks of 10 ns. */
export class HpetDriver {
  constructor(readonly subject: UnderTest) {
    subject.reset();
    subject.interrupt();
  }

  read(offset: number): number {
    return this.subject.read(BASE + offset, 4);
  }
  write(offset: number, value: number): void {
    this.subject.write(BASE + offset, 4, value);
  }

  /** Starts the counter, with legacy replacement if asked for. */
  start(legacy = false): void {
    this.write(CONFIGURATION, legacy ? 3 : 1);
  }
  stop(): void {
    this.write(CONFIGURATION, 0);
  }
  counter(): number {
    return this.read(COUNTER) + this.read(COUNTER + 4) * 2 ** 32;
  }
  setCounter(low: number, high = 0): void {
    this.write(COUNTER, low);
    this.write(COUNTER + 4, high);
  }
  status(): number {
    return this.read(STATUS);
  }
  acknowledge(bits: number): void {
    this.write(STATUS, bits);
  }
  configure(timer: number, value: number): void {
    this.write(timerBase(timer), value);
  }
  configuration(timer: number): number {
    return this.read(timerBase(timer));
  }
  compare(timer: number, low: number, high = 0): void {
    this.write(timerBase(timer) + 8, low);
    this.write(timerBase(timer) + 12, high);
  }
  compareLow(timer: number, low: number): void {
    this.write(timerBase(timer) + 8, low);
  }
  comparator(timer: number): number {
    return this.read(timerBase(timer) + 8) + this.read(timerBase(timer) + 12) * 2 ** 32;
  }
  ticks(count: number): void {
    this.subject.advance(count * 10);
  }
  /** Lines 0, 2 and 8: for each 0, or 1 level, 2 pulsed, 3 risen. */
  lines(): { timer: number; routed: number; clock: number } {
    const word = this.subject.interrupt();
    return { timer: word & 3, routed: (word >> 2) & 3, clock: (word >> 4) & 3 };
  }
}
