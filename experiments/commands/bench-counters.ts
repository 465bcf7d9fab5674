import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const CHILD = join(import.meta.dirname, 'bench-counters-run.ts');

/**
 * Percent of the time of reflected accesses that counting them takes. Each side is measured in processes of its own, in turns: V8 would
 * otherwise have seen both and optimise neither as well.
 *
 * @param rounds pairs of processes; the median of their quotients counts
 * @returns median, lowest and highest
 */
export function counterCost(rounds: number): { median: number; lowest: number; highest: number } {
  const costs = Array.from(
    { length: rounds },
    () => 100 * (1 - readsPerSecond('counted') / readsPerSecond('uncounted')),
  );
  costs.sort((a, b) => a - b);
  return { median: costs[rounds >> 1]!, lowest: costs[0]!, highest: costs.at(-1)! };
}

/** Million reflected reads in a second of processor time, with the counters as they are or with none. */
export function readsPerSecond(counters: 'counted' | 'uncounted'): number {
  // The loader that runs TypeScript here is among Node's own arguments.
  const { status, stdout } = spawnSync(process.execPath, [...process.execArgv, CHILD, counters], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${CHILD} ${counters} ended with ${status}`);
  return Number(stdout);
}
