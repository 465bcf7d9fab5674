import type fc from 'fast-check';

/** The seed of ordinary runs: fixed, so that a run of the suite is reproducible and CI does not fail by chance. */
const FIXED_SEED = 20071119;

/**
 * Parameters for `fc.assert`. `SELFIO_PROGRAMS` multiplies nothing but the number of programs and starts from a random
 * seed, for long runs while developing; `SELFIO_REPLAY=seed:path` repeats one counterexample as a failure has printed
 * it.
 */
export function runParameters(programs: number): fc.Parameters<unknown> {
  const [seed, path] = (process.env.SELFIO_REPLAY ?? '').split(/:(.*)/s);
  if (path !== undefined && path !== '') return { seed: Number(seed), path, endOnFailure: true };
  const wanted = Number(process.env.SELFIO_PROGRAMS ?? 0);
  const start = wanted > 0 ? {} : { seed: FIXED_SEED };
  return { ...start, numRuns: Math.max(programs, wanted), reporter };
}

/** Prints what is needed to repeat the failure, and the program one operation a line (the error has it). */
function reporter<T>(details: fc.RunDetails<T>): void {
  if (!details.failed) return;
  const { seed, counterexamplePath, numRuns, numShrinks, errorInstance } = details;
  const replay = `SELFIO_REPLAY='${seed}:${counterexamplePath}'`;
  const summary = `program ${numRuns} failed; after ${numShrinks} shrinks it is this one. To repeat it: ${replay}`;
  throw new Error(`${summary}\n${errorInstance instanceof Error ? errorInstance.message : errorInstance}`);
}
