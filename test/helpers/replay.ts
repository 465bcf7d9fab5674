import type { Parameters, RunDetails } from 'fast-check';

/** The seed of ordinary runs: fixed, so that each checks the same programs and none fails by chance. */
const SEED = 20071107;

/**
 * Parameters of a property that runs `programs` programs. A failure prints what repeats it: SELFIO_SEED and SELFIO_PATH.
 * SELFIO_PROGRAMS runs another number of programs, and SELFIO_SEED alone others.
 */
export function programParameters<T>(programs: number): Parameters<T> {
  const { SELFIO_SEED: seed, SELFIO_PATH: path, SELFIO_PROGRAMS: wanted } = process.env;
  return {
    seed: Number(seed ?? SEED),
    numRuns: Number(wanted ?? programs),
    ...(path === undefined ? {} : { path, endOnFailure: true }),
    reporter,
  };
}

/** Says how the failure is repeated, and what the property has to say of its smallest program. */
function reporter<T>(details: RunDetails<T>): void {
  if (!details.failed) return;
  const { seed, counterexamplePath, numRuns, numShrinks, errorInstance } = details;
  const replay = `SELFIO_SEED=${seed} SELFIO_PATH=${counterexamplePath}`;
  const summary = `program ${numRuns} failed; after ${numShrinks} shrinks it is this one. To repeat it: ${replay}`;
  throw new Error(`${summary}\n${errorInstance instanceof Error ? errorInstance.message : errorInstance}`);
}
