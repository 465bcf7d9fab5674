import type { Parameters } from 'fast-check';

/**
 * Parameters of a property that runs `programs` programs. The seed is fixed, so that CI checks the same programs each
 * time; a failure prints seed and path, and SELFIO_SEED, SELFIO_PATH and SELFIO_PROGRAMS repeat it or look further.
 */
export function programParameters(programs: number): Parameters<unknown> {
  const path = process.env.SELFIO_PATH;
  return {
    seed: Number(process.env.SELFIO_SEED ?? 20071107),
    numRuns: Number(process.env.SELFIO_PROGRAMS ?? programs),
    ...(path === undefined ? {} : { path, endOnFailure: true }),
  };
}
