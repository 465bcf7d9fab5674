import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as ring from '../../../pv-drivers/ring/ring';

const WRAP = 2 ** 32;
const index = fc.oneof(
  fc.integer({ min: 0, max: WRAP - 1 }),
  fc.integer({ min: 0, max: 70 }).map((n) => (WRAP - 35 + n) % WRAP),
);
const plus = (start: number, steps: number) => (start + steps) % WRAP;

describe('ring indices run free modulo 2^32', () => {
  test('unconsumed and free entries, at any position', () => {
    fc.assert(
      fc.property(index, fc.integer({ min: 0, max: 32 }), (consumer, produced) => {
        const producer = plus(consumer, produced);
        expect(ring.ringUnconsumed(producer, consumer)).toBe(produced);
        expect(ring.ringFree(producer, consumer, 32)).toBe(32 - produced);
      }),
    );
  });

  test('empty, partial and full are told from an index that cannot be', () => {
    const state = (produced: number, limit: number) => ring.ringState(plus(WRAP - 3, produced), WRAP - 3, limit);
    expect(state(0, 32)).toBe(ring.RING_EMPTY);
    expect(state(1, 32)).toBe(ring.RING_PARTIAL);
    expect(state(31, 32)).toBe(ring.RING_PARTIAL);
    expect(state(32, 32)).toBe(ring.RING_FULL);
    expect(state(33, 32)).toBe(ring.RING_CORRUPT);
    expect(state(WRAP - 1, 32)).toBe(ring.RING_CORRUPT); // producer went backwards
    expect(state(0, 0)).toBe(ring.RING_EMPTY);
    expect(state(1, 0)).toBe(ring.RING_CORRUPT);
  });
});

describe('RING_PUSH_REQUESTS_AND_CHECK_NOTIFY', () => {
  test('notifies exactly if the event index was passed', () => {
    fc.assert(
      fc.property(
        index,
        fc.integer({ min: 1, max: 32 }),
        fc.integer({ min: -40, max: 40 }),
        (before, pushed, distance) => {
          const event = (((before + distance) % WRAP) + WRAP) % WRAP;
          const passed = distance >= 1 && distance <= pushed;
          expect(ring.ringMustNotify(before, plus(before, pushed), event)).toBe(passed);
        },
      ),
    );
  });

  test('a consumer that did its final check is woken by the very next entry', () => {
    fc.assert(
      fc.property(index, fc.integer({ min: 1, max: 32 }), (consumer, pushed) => {
        expect(ring.ringMustNotify(consumer, plus(consumer, pushed), ring.ringNextEvent(consumer))).toBe(true);
      }),
    );
  });

  test('nothing pushed, nobody woken', () => {
    expect(ring.ringMustNotify(7, 7, 7)).toBe(false);
    expect(ring.ringMustNotify(7, 7, 8)).toBe(false);
  });
});
