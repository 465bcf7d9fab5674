import { describe, expect, test } from 'vitest';
import { ringMustNotify, ringNextEvent } from '../../../pv-drivers/ring/ring';
import { type Explored, explore } from '../../helpers/pv/interleavings';

/**
 * Producer and consumer on two processors, as machines whose every step is one access to shared memory. All interleavings
 * are enumerated. A wake-up is lost if both have come to rest, no event is on its way, and an entry lies unconsumed.
 */
interface State {
  /** Shared. */
  readonly produced: number;
  readonly event: number;
  readonly eventPending: boolean;
  /** The producer's: entries still to be pushed, what it does next, the index before its push. */
  readonly left: number;
  readonly producer: 'push' | 'checkEvent' | 'rest';
  readonly before: number;
  /** The consumer's. */
  readonly consumed: number;
  readonly consumer: 'asleep' | 'take' | 'askForEvent' | 'finalCheck';
}

/** What the ring algebra says; the planted faults below change one part of it. */
const CORRECT = {
  mustNotify: ringMustNotify,
  nextEvent: ringNextEvent,
  finalCheck: true,
};
type Rules = typeof CORRECT;

function* steps(state: State, rules: Rules): Generator<State> {
  // The producer pushes bursts of one or two entries.
  if (state.producer === 'push') {
    for (let burst = 1; burst <= Math.min(2, state.left); burst++) {
      const produced = (state.produced + burst) >>> 0;
      yield { ...state, produced, before: state.produced, left: state.left - burst, producer: 'checkEvent' };
    }
  } else if (state.producer === 'checkEvent') {
    const notify = rules.mustNotify(state.before, state.produced, state.event);
    const producer = state.left > 0 ? 'push' : 'rest';
    yield { ...state, eventPending: state.eventPending || notify, producer };
  }
  if (state.consumer === 'asleep') {
    if (state.eventPending) yield { ...state, eventPending: false, consumer: 'take' };
  } else if (state.consumer === 'take') {
    if (state.produced === state.consumed) yield { ...state, consumer: 'askForEvent' };
    else yield { ...state, consumed: (state.consumed + 1) >>> 0 };
  } else if (state.consumer === 'askForEvent') {
    const consumer = rules.finalCheck ? 'finalCheck' : 'asleep';
    yield { ...state, event: rules.nextEvent(state.consumed), consumer };
  } else {
    yield { ...state, consumer: state.produced === state.consumed ? 'asleep' : 'take' };
  }
}

/** An entry is lost that lies unconsumed while everybody rests. */
function pushEntries(start: number, entries: number, rules: Rules): Explored<State> {
  const first: State = {
    produced: start,
    event: (start + 1) >>> 0,
    eventPending: false,
    left: entries,
    producer: 'push',
    before: start,
    consumed: start,
    consumer: 'asleep',
  };
  return explore(
    first,
    (state) => steps(state, rules),
    ({ produced, consumed }) => produced !== consumed,
  );
}

describe('a wake-up is never lost, in any interleaving of two processors', () => {
  test.each([0, 1, 2 ** 32 - 3, 2 ** 32 - 1])('from index %i', (start) => {
    const { states, lost } = pushEntries(start, 6, CORRECT);
    expect(lost).toBeUndefined();
    expect(states).toBeGreaterThan(200);
  });

  test.each<[string, Partial<Rules>]>([
    ['without the final check', { finalCheck: false }],
    ['with an event index one too far', { nextEvent: (consumer) => consumer + 2 }],
    ['with an event index that was passed already', { nextEvent: (consumer) => consumer }],
    ['with a notification only for the last entry of a burst', { mustNotify: (_, after, event) => after === event }],
  ])('one is lost %s, which shows that the search can find it', (_, fault) => {
    expect(pushEntries(0, 6, { ...CORRECT, ...fault }).lost).toBeDefined();
  });
});
