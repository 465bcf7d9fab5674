import { describe, expect, test } from 'vitest';
import { type Explored, explore } from '../../helpers/pv/interleavings';

/**
 * The console's rule for events, walked through in all interleavings of two processors, one access to shared memory a step. The
 * writer sends an event when it finds that its byte came into an empty ring; the reader looks again after it has moved its index.
 */
interface State {
  /** Shared. */
  readonly produced: number;
  readonly consumed: number;
  readonly eventPending: boolean;
  /** The writer's. */
  readonly left: number;
  readonly writer: 'begin' | 'end';
  readonly wasEmpty: boolean;
  /** The reader's: the producer's index as it saw it. */
  readonly reader: 'asleep' | 'look' | 'take' | 'look again';
  readonly seen: number;
}

const CORRECT = { looksAgain: true, looksBeforeWriting: false };
type Rules = typeof CORRECT;

function* steps(state: State, rules: Rules): Generator<State> {
  const { produced, consumed } = state;
  const write = { produced: produced + 1, left: state.left - 1 };
  if (state.writer === 'end') {
    if (!rules.looksBeforeWriting) yield notified(state, consumed === produced - 1);
    else yield notified({ ...state, ...write }, state.wasEmpty);
  } else if (state.left > 0) {
    if (!rules.looksBeforeWriting) yield { ...state, ...write, writer: 'end' };
    else yield { ...state, wasEmpty: consumed === produced, writer: 'end' };
  }
  if (state.reader === 'asleep') {
    if (state.eventPending) yield { ...state, eventPending: false, reader: 'look' };
  } else if (state.reader === 'look') {
    yield { ...state, seen: produced, reader: produced === consumed ? 'asleep' : 'take' };
  } else if (state.reader === 'take') {
    yield { ...state, consumed: state.seen, reader: rules.looksAgain ? 'look again' : 'asleep' };
  } else {
    yield { ...state, reader: produced === consumed ? 'asleep' : 'look' };
  }
}

function notified(state: State, empty: boolean): State {
  return { ...state, eventPending: state.eventPending || empty, writer: 'begin' };
}

/** A byte is lost that waits while everybody rests. */
function sendBytes(rules: Rules): Explored<State> {
  const first: State = {
    ...{ produced: 0, consumed: 0, eventPending: false, left: 5, reader: 'asleep', seen: 0 },
    ...{ writer: 'begin', wasEmpty: false },
  };
  return explore(
    first,
    (state) => steps(state, rules),
    ({ produced, consumed }) => produced !== consumed,
  );
}

describe('a byte on the console is never slept over, in any interleaving of two processors', () => {
  test('with the rules as they are', () => {
    const { states, lost } = sendBytes(CORRECT);
    expect(lost).toBeUndefined();
    expect(states).toBeGreaterThan(50);
  });

  test.each([
    ['the reader does not look again', { ...CORRECT, looksAgain: false }],
    ['the writer looks whether the ring is empty before it writes', { ...CORRECT, looksBeforeWriting: true }],
  ])('but it is when %s', (_, rules) => {
    expect(sendBytes(rules).lost).toBeDefined();
  });
});
