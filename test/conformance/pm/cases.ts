import { expect } from 'vitest';
import type { UnderTest } from '../../helpers/device-program/steps';

/** PM1 block of a PIIX4 where PC firmware puts it; registers from [ACPI] 4.8.3, re-declared. */
const BASE = 0x600;
const [STATUS, ENABLES, CONTROL, TIMER] = [BASE, BASE + 2, BASE + 4, BASE + 8] as const;
const HERTZ = 3_579_545;
const TIMER_EVENT = 0x0001;
const SCI_ENABLE = 0x0001;

/** One rule of [ACPI] 4.8.3. */
export interface PmCase {
  readonly name: string;
  readonly run: (pm: UnderTest) => void;
}

const SECOND = 1_000_000_000;
/** The highest of the timer's 24 bits changes every 2^23 ticks, 2.34 s. */
const HALF_RANGE = (2 ** 23 / HERTZ) * SECOND;

const clearStatus = (pm: UnderTest): void => pm.write(STATUS, 2, 0xffff);
const interrupt = (pm: UnderTest): boolean => (pm.interrupt() & 1) !== 0;

export const PM_CASES: readonly PmCase[] = [
  {
    name: '4.8.3.3: 3.579545 MHz',
    run: (pm) => {
      const start = pm.read(TIMER, 4);
      pm.advance(SECOND);
      expect((pm.read(TIMER, 4) - start) & 0xff_ffff).toBe(HERTZ & 0xff_ffff);
      const then = pm.read(TIMER, 4);
      pm.advance(1_000_000);
      expect((pm.read(TIMER, 4) - then) & 0xff_ffff).toBeCloseTo(HERTZ / 1000, -1);
    },
  },
  {
    name: '4.8.3.3: 24 bits wide',
    run: (pm) => {
      for (let i = 0; i < 20; i++) {
        pm.advance(0.61 * SECOND);
        expect(pm.read(TIMER, 4)).toBeLessThan(2 ** 24);
      }
    },
  },
  {
    name: '4.8.3.1.1 TMR_STS: set when the highest bit changes, cleared by writing 1',
    run: (pm) => {
      const untilChange = ((2 ** 23 - (pm.read(TIMER, 4) % 2 ** 23)) / HERTZ) * SECOND;
      clearStatus(pm);
      pm.advance(Math.floor(untilChange) - 1000);
      expect(pm.read(STATUS, 2) & TIMER_EVENT).toBe(0);
      pm.advance(2000);
      expect(pm.read(STATUS, 2) & TIMER_EVENT).toBe(1);
      pm.write(STATUS, 2, 0);
      expect(pm.read(STATUS, 2) & TIMER_EVENT).toBe(1);
      pm.write(STATUS, 2, TIMER_EVENT);
      expect(pm.read(STATUS, 2) & TIMER_EVENT).toBe(0);
      pm.advance(Math.ceil(HALF_RANGE));
      expect(pm.read(STATUS, 2) & TIMER_EVENT).toBe(1);
    },
  },
  {
    name: '4.8.3.1.2 TMR_EN: the SCI follows status and enable',
    run: (pm) => {
      pm.write(CONTROL, 2, SCI_ENABLE);
      clearStatus(pm);
      pm.advance(Math.ceil(HALF_RANGE));
      expect(interrupt(pm)).toBe(false);
      pm.write(ENABLES, 2, TIMER_EVENT);
      expect(interrupt(pm)).toBe(true);
      clearStatus(pm);
      expect(interrupt(pm)).toBe(false);
      pm.advance(Math.ceil(HALF_RANGE));
      expect(interrupt(pm)).toBe(true);
    },
  },
  {
    name: '4.8.3.1.2: the enables read back',
    run: (pm) => {
      pm.write(ENABLES, 2, 0x0721);
      expect(pm.read(ENABLES, 2)).toBe(0x0721);
    },
  },
  {
    name: '4.8.3.2.1: SCI_EN and SLP_TYP read back, SLP_EN does not',
    run: (pm) => {
      pm.write(CONTROL, 2, 0x3001);
      expect(pm.read(CONTROL, 2)).toBe(0x1001);
    },
  },
];
