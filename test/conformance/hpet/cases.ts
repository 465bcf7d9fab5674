import { expect } from 'vitest';
import { ENABLE, FORCE_32, type HpetDriver, LEVEL, PERIODIC, SET_VALUE } from './hpet-driver';

/** One rule of [HPET]. Timers are routed to line 2 unless legacy replacement is on. */
export interface HpetCase {
  readonly name: string;
  readonly run: (hpet: HpetDriver) => void;
}

const ROUTE_2 = 2 << 9;
const PULSE = 2;
const RISEN = 3;

export const HPET_CASES: readonly HpetCase[] = [
  {
    name: '2.3.4: three 64-bit timers, legacy replacement, 10 ns',
    run: (hpet) => {
      const capabilities = hpet.read(0);
      expect(capabilities & 0xff, 'revision').not.toBe(0);
      expect((capabilities >> 8) & 0x1f, 'last timer').toBe(2);
      expect(capabilities & 0x2000, '64 bits').not.toBe(0);
      expect(capabilities & 0x8000, 'legacy replacement').not.toBe(0);
      expect(hpet.read(4), 'femtoseconds').toBe(10_000_000);
    },
  },
  {
    name: '2.3.5, 2.3.7: the counter runs while enabled, and keeps its value when stopped',
    run: (hpet) => {
      hpet.ticks(1000);
      expect(hpet.counter()).toBe(0);
      hpet.setCounter(500);
      hpet.start();
      hpet.ticks(1000);
      expect(hpet.counter()).toBe(1500);
      hpet.stop();
      hpet.ticks(1000);
      expect(hpet.counter()).toBe(1500);
    },
  },
  {
    name: '2.3.7: the counter carries into its upper half',
    run: (hpet) => {
      hpet.setCounter(0xffff_fff0, 5);
      hpet.start();
      hpet.ticks(0x20);
      expect(hpet.counter()).toBe(6 * 2 ** 32 + 0x10);
    },
  },
  {
    name: '2.3.8: capabilities, and a comparator of all ones after reset',
    run: (hpet) => {
      for (const timer of [0, 1, 2]) {
        expect(hpet.configuration(timer) & 0x7f4e).toBe(0);
        expect(hpet.configuration(timer) & 0x30).toBe(0x30);
        expect(hpet.read(0x108 + 0x20 * timer)).toBe(0xffff_ffff);
        expect(hpet.read(0x10c + 0x20 * timer)).toBe(0xffff_ffff);
      }
    },
  },
  {
    name: '2.3.9.2.1 one-shot: one pulse when the counter matches',
    run: (hpet) => {
      hpet.configure(2, ENABLE | ROUTE_2);
      hpet.compare(2, 1000);
      hpet.start();
      hpet.ticks(999);
      expect(hpet.lines().routed).toBe(0);
      hpet.ticks(1);
      expect(hpet.lines().routed).toBe(PULSE);
      hpet.ticks(100_000);
      expect(hpet.lines().routed).toBe(0);
      expect(hpet.comparator(2)).toBe(1000);
    },
  },
  {
    name: '2.3.9.2.1 one-shot: a new comparator value, a new pulse',
    run: (hpet) => {
      hpet.configure(0, ENABLE | ROUTE_2);
      hpet.compare(0, 100);
      hpet.start();
      hpet.ticks(150);
      expect(hpet.lines().routed).toBe(PULSE);
      hpet.compareLow(0, 300);
      hpet.ticks(149);
      expect(hpet.lines().routed).toBe(0);
      hpet.ticks(1);
      expect(hpet.lines().routed).toBe(PULSE);
    },
  },
  {
    name: '2.3.9.2.2 periodic: the comparator goes up by the period at each match',
    run: (hpet) => {
      hpet.configure(0, ENABLE | ROUTE_2 | FORCE_32 | PERIODIC | SET_VALUE);
      hpet.compareLow(0, 1000);
      hpet.compareLow(0, 400);
      hpet.start();
      hpet.ticks(999);
      expect(hpet.lines().routed).toBe(0);
      for (const next of [1400, 1800, 2200]) {
        hpet.ticks(1);
        expect(hpet.lines().routed).toBe(PULSE);
        expect(hpet.read(0x108)).toBe(next);
        hpet.ticks(399);
        expect(hpet.lines().routed).toBe(0);
      }
    },
  },
  {
    name: '2.3.8 VAL_SET: without it a periodic timer takes a value for its period only',
    run: (hpet) => {
      hpet.configure(0, ENABLE | ROUTE_2 | FORCE_32 | PERIODIC | SET_VALUE);
      hpet.compareLow(0, 1000);
      hpet.compareLow(0, 400);
      expect(hpet.read(0x108)).toBe(1000);
      hpet.configure(0, ENABLE | ROUTE_2 | FORCE_32 | PERIODIC);
      hpet.compareLow(0, 50);
      expect(hpet.read(0x108)).toBe(1000);
      hpet.start();
      hpet.ticks(1000);
      expect(hpet.read(0x108)).toBe(1050);
    },
  },
  {
    name: '2.3.6: a level-triggered interrupt stays until its status bit is cleared',
    run: (hpet) => {
      hpet.configure(1, ENABLE | ROUTE_2 | LEVEL);
      hpet.compare(1, 100);
      hpet.start();
      hpet.ticks(100);
      expect(hpet.lines().routed).toBe(RISEN);
      expect(hpet.status()).toBe(0x2);
      hpet.acknowledge(0x5);
      expect(hpet.status()).toBe(0x2);
      hpet.acknowledge(0x2);
      expect(hpet.status()).toBe(0);
      expect(hpet.lines().routed).toBe(0);
    },
  },
  {
    name: '2.3.8 INT_ENB: a disabled level-triggered timer sets its status and no line',
    run: (hpet) => {
      hpet.configure(1, ROUTE_2 | LEVEL);
      hpet.compare(1, 100);
      hpet.start();
      hpet.ticks(100);
      expect(hpet.lines().routed).toBe(0);
      expect(hpet.status()).toBe(0x2);
      expect(hpet.lines().routed).toBe(0);
      hpet.configure(1, ENABLE | ROUTE_2 | LEVEL);
      expect(hpet.lines().routed).toBe(RISEN);
    },
  },
  {
    name: '2.3.5 LEG_RT_CNF: timer 0 replaces the 8254 on line 0, timer 1 the clock on line 8',
    run: (hpet) => {
      hpet.configure(0, ENABLE | ROUTE_2);
      hpet.configure(1, ENABLE | ROUTE_2);
      hpet.configure(2, ENABLE | ROUTE_2);
      hpet.compare(0, 100);
      hpet.compare(1, 200);
      hpet.compare(2, 300);
      hpet.start(true);
      hpet.ticks(100);
      expect(hpet.lines()).toEqual({ timer: PULSE, routed: 0, clock: 0 });
      hpet.ticks(100);
      expect(hpet.lines()).toEqual({ timer: 0, routed: 0, clock: PULSE });
      hpet.ticks(100);
      expect(hpet.lines()).toEqual({ timer: 0, routed: PULSE, clock: 0 });
    },
  },
  {
    name: '2.3.8 32MODE: matches the lower half of the counter',
    run: (hpet) => {
      hpet.configure(0, ENABLE | ROUTE_2 | FORCE_32);
      hpet.compareLow(0, 0x10);
      hpet.setCounter(0xffff_fff0, 7);
      hpet.start();
      hpet.ticks(0x1f);
      expect(hpet.read(0x10c)).toBe(0);
      hpet.lines();
      hpet.ticks(1);
      expect(hpet.lines().routed).toBe(PULSE);
    },
  },
  {
    name: '2.3.5: a stopped counter matches nothing',
    run: (hpet) => {
      hpet.configure(0, ENABLE | ROUTE_2);
      hpet.compare(0, 100);
      hpet.ticks(1000);
      expect(hpet.lines().routed).toBe(0);
    },
  },
];
