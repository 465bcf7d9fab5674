/** A part of a machine with a state of its own, beyond the guest's memory. */
interface Part {
  /** A JSON-compatible value. */
  save(): unknown;
  /** Continue from what `save` gave, here or in another process. */
  restore(state: never): void;
}

export type Parts = Readonly<Record<string, Part>>;
/** The state of each part, under its name. */
export type PartStates = Readonly<Record<string, unknown>>;

export function saveParts(parts: Parts): PartStates {
  return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part.save()]));
}

/** In the order in which the parts are named: a later one may rely on an earlier one. */
export function restoreParts(parts: Parts, states: PartStates): void {
  for (const [name, part] of Object.entries(parts)) part.restore(states[name] as never);
}
