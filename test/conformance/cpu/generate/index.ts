/** All groups of cases: each has a name, a seed of its own and a recording. */
import type { TestCase } from '../case';
import { Random } from '../random';
import { arithmetic } from './arithmetic';
import { decimal, multiply } from './multiply';
import { bits, shifts } from './shifts';

export interface Group {
  readonly name: string;
  readonly generate: (random: Random) => TestCase[];
}

export const GROUPS: readonly Group[] = [
  { name: 'arithmetic', generate: arithmetic },
  { name: 'shifts', generate: shifts },
  { name: 'bits', generate: bits },
  { name: 'multiply', generate: multiply },
  { name: 'decimal', generate: decimal },
];

/** The cases of a group; the same on every machine. */
export function casesOf(group: Group): TestCase[] {
  let seed = 17;
  for (const character of group.name) seed = Math.imul(seed, 31) + character.charCodeAt(0);
  return group.generate(new Random(seed));
}
