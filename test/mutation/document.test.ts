import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sourceOf } from './compile';
import { MUTANTS } from './mutants';

const PAGE = join(import.meta.dirname, '..', '..', 'docs', 'mutation.md');
/** The score of the project must not be less. */
const GOAL = 0.95;

/** Rows of the page's table: device, faults planted, faults found. */
function rows(): (readonly [device: string, planted: number, found: number])[] {
  const lines = readFileSync(PAGE, 'utf8').matchAll(/^\| `([\w-]+)` \| (\d+) \| (\d+) \|/gm);
  return [...lines].map(([, device, planted, found]) => [device!, Number(planted), Number(found)]);
}

it('the page tells of every fault that is planted', () => {
  const planted = Object.fromEntries(rows().map(([device, count]) => [device, count]));
  expect(planted).toEqual(Object.fromEntries(Object.entries(MUTANTS).map(([device, list]) => [device, list.length])));
});

it('no device falls short of the goal', () => {
  for (const [device, planted, found] of rows()) expect(found / planted, device).toBeGreaterThanOrEqual(GOAL);
});

it('every fault has a name of its own, and its text is there exactly once', () => {
  for (const [device, list] of Object.entries(MUTANTS)) {
    expect(new Set(list.map(({ name }) => name)).size, device).toBe(list.length);
    for (const mutant of list) expect(sourceOf(mutant.file, mutant)).not.toBe(sourceOf(mutant.file, undefined));
  }
});
