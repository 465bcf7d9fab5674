export interface Explored<State> {
  /** How many states there are, or were until one was lost. */
  readonly states: number;
  readonly lost: State | undefined;
}

/**
 * Visits everything that can come of `first`, whichever processor takes the next step.
 *
 * @param steps what can come next; nothing when everybody rests
 * @param isLost whether a state in which everybody rests should not be one
 */
export function explore<State>(
  first: State,
  steps: (state: State) => Iterable<State>,
  isLost: (state: State) => boolean,
): Explored<State> {
  const open = [first];
  const known = new Set<string>();
  for (let state = open.pop(); state; state = open.pop()) {
    const key = JSON.stringify(state);
    if (known.has(key)) continue;
    known.add(key);
    const following = [...steps(state)];
    if (following.length === 0 && isLost(state)) return { states: known.size, lost: state };
    open.push(...following);
  }
  return { states: known.size, lost: undefined };
}
