/** All groups of cases: each has a name, a seed of its own and a recording. */
import type { TestCase } from '../case';
import { Random } from '../random';
import { arithmetic } from './arithmetic';
import { branches } from './branches';
import { decimal, multiply } from './multiply';
import { limits, segments } from './segments';
import { bits, shifts } from './shifts';
import { stack } from './stack';
import { strings } from './strings';

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
  { name: 'strings', generate: strings },
  { name: 'stack', generate: stack },
  { name: 'branches', generate: branches },
  { name: 'segments', generate: segments },
  { name: 'limits', generate: limits },
];

/** The cases of a group; the same on every machine. */
export function casesOf(group: Group): TestCase[] {
  let seed = 17;
  for (const character of group.name) seed = Math.imul(seed, 31) + character.charCodeAt(0);
  return group.generate(new Random(seed));
}
