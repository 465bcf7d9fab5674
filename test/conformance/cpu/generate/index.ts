/** All groups of cases: each has a name, a seed of its own and a recording. */
import type { TestCase } from '../case';
import { Random } from '../random';
import { arithmetic } from './arithmetic';
import { branches } from './branches';
import { alignment, pageFaults } from './faults';
import { decimal, multiply } from './multiply';
import { limits, segments } from './segments';
import { sequences } from './sequences';
import { bits, shifts } from './shifts';
import { stack } from './stack';
import { stepping } from './stepping';
import { strings } from './strings';
import { system } from './system';
import { transcendental, x87 } from './x87';

export interface Group {
  readonly name: string;
  readonly generate: (random: Random) => TestCase[];
  /** Replayed with paging enabled. */
  readonly paging: boolean;
}

export const GROUPS: readonly Group[] = [
  { name: 'arithmetic', generate: arithmetic, paging: false },
  { name: 'shifts', generate: shifts, paging: false },
  { name: 'bits', generate: bits, paging: false },
  { name: 'multiply', generate: multiply, paging: false },
  { name: 'decimal', generate: decimal, paging: false },
  { name: 'strings', generate: strings, paging: false },
  { name: 'stack', generate: stack, paging: false },
  { name: 'branches', generate: branches, paging: false },
  { name: 'segments', generate: segments, paging: false },
  { name: 'limits', generate: limits, paging: false },
  { name: 'system', generate: system, paging: false },
  { name: 'sequences', generate: sequences, paging: true },
  { name: 'single-step', generate: stepping, paging: false },
  { name: 'x87', generate: x87, paging: false },
  { name: 'transcendental', generate: transcendental, paging: false },
  { name: 'page-faults', generate: pageFaults, paging: true },
  { name: 'alignment', generate: alignment, paging: true },
];

/** The cases of a group; the same on every machine. */
export function casesOf(group: Group): TestCase[] {
  let seed = 17;
  for (const character of group.name) seed = Math.imul(seed, 31) + character.charCodeAt(0);
  return group.generate(new Random(seed));
}
