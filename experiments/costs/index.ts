import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CostModel, FREE_TRANSITIONS } from '../../hypervisor/time/cost-model';
import { UsageError } from '../errors';

/** The name of one figure of a cost model. */
export type FigureName = Exclude<keyof CostModel, 'name'>;

/** How far a figure can be trusted, best first. */
export const CONFIDENCES = ['measured', 'verified', 'quoted', 'recalled', 'derived', 'assumed'] as const;

/** One figure with everything that is known of it. */
export interface Figure {
  /** Whole, from `low` to `high`. */
  value: number;
  /** Nanoseconds, or picoseconds for what is counted by the instruction or by the byte. */
  unit: 'ns' | 'ps';
  low: number;
  high: number;
  source: string;
  /**
   * `measured` on the machine at hand; `verified`: read in the source; `quoted`: seen quoted from it; `recalled`: from memory,
   * a placeholder with a range; `derived` from others by arithmetic that the source names; `assumed`.
   */
  confidence: (typeof CONFIDENCES)[number];
}

/** A cost model as data: every figure with unit, range, source and confidence. */
export interface CostDescription {
  name: string;
  description: string;
  figures: Record<FigureName, Figure>;
}

/** What `npm start -- calibrate` writes. */
export const MEASURED = 'measured-here';
export const MEASURED_FILE = join('.cache', 'costs', `${MEASURED}.json`);
/** Charged unless told otherwise: a virtual machine on a present-day x86 processor. */
export const DEFAULT_COST = 'modern-x86';

const IN_PICOSECONDS: readonly FigureName[] = ['instruction', 'diskByte'];
/** Every figure that a model has. */
export const FIGURE_NAMES = Object.keys(FREE_TRANSITIONS).filter((name) => name !== 'name') as FigureName[];
export const unitOf = (name: FigureName): Figure['unit'] => (IN_PICOSECONDS.includes(name) ? 'ps' : 'ns');

/** Models that come with the project, and the one that a calibration makes. */
export function costModelNames(): string[] {
  const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.json'));
  return [...files.map((file) => file.slice(0, -5)).sort(), MEASURED];
}

/**
 * The model that `--cost` names: one of the project's, or a JSON file of the user's (anything with a dot or a slash).
 *
 * @throws UsageError in one line: no such model, no such file, or a figure that is missing or senseless
 */
export function readCostModel(nameOrFile: string): CostDescription {
  const isFile = /[./\\]/.test(nameOrFile);
  if (!isFile && !costModelNames().includes(nameOrFile)) {
    throw new UsageError(
      `--cost ${nameOrFile}: unknown cost model; use free, ${costModelNames().join(', ')}, or a JSON file`,
    );
  }
  const path = isFile ? nameOrFile : pathOf(nameOrFile);
  let source: string;
  try {
    source = readFileSync(path, 'utf8');
  } catch {
    const mend = nameOrFile === MEASURED ? "run 'npm start -- calibrate' first" : 'check the path';
    throw new UsageError(`--cost ${nameOrFile}: ${path} cannot be read; ${mend}`);
  }
  return parseCostModel(nameOrFile, source);
}

function pathOf(name: string): string {
  return name === MEASURED ? MEASURED_FILE : join(import.meta.dirname, `${name}.json`);
}

/** @throws UsageError naming the first thing that is wrong with the JSON text `source` */
export function parseCostModel(origin: string, source: string): CostDescription {
  const wrong = (what: string) => new UsageError(`cost model ${origin}: ${what}`);
  let data: Partial<CostDescription> | null;
  try {
    data = JSON.parse(source);
  } catch (error) {
    throw wrong(`not JSON: ${(error as Error).message.replace(/\s+/g, ' ')}`);
  }
  if (typeof data?.name !== 'string' || data.name === '') throw wrong("'name' must be a string");
  const figures = data.figures as Record<string, unknown> | undefined;
  if (typeof figures !== 'object' || figures === null) throw wrong("'figures' is missing");
  const stranger = Object.keys(figures).find((name) => !FIGURE_NAMES.includes(name as FigureName));
  if (stranger) throw wrong(`unknown figure '${stranger}'; a model has ${FIGURE_NAMES.join(', ')}`);
  for (const name of FIGURE_NAMES) {
    const problem = problemOf(name, figures[name]);
    if (problem) throw wrong(`figure '${name}' ${problem}`);
  }
  return {
    name: data.name,
    description: String(data.description ?? ''),
    figures: figures as CostDescription['figures'],
  };
}

/** Virtual time never runs backwards or in fractions, and a value outside its own range is a slip of the pen. */
function problemOf(name: FigureName, given: unknown): string | undefined {
  if (typeof given !== 'object' || given === null) return 'is missing';
  const figure = given as Partial<Figure>;
  const least = name === 'instruction' ? 1 : 0;
  for (const part of ['value', 'low', 'high'] as const) {
    if (!Number.isSafeInteger(figure[part]))
      return `needs a whole number as '${part}', not ${JSON.stringify(figure[part])}`;
    if (figure[part]! < least) return `has '${part}' ${figure[part]}; the least is ${least}`;
  }
  if (figure.low! > figure.value! || figure.value! > figure.high!) {
    return `has value ${figure.value} outside its range ${figure.low} to ${figure.high}`;
  }
  if (figure.unit !== unitOf(name)) return `is in ${unitOf(name)}, not ${JSON.stringify(figure.unit)}`;
  if (typeof figure.source !== 'string' || figure.source === '') return 'needs a source';
  if (!CONFIDENCES.includes(figure.confidence!)) return `needs a confidence: ${CONFIDENCES.join(', ')}`;
  return undefined;
}

/** What the hypervisor charges under a described model, with `changes` in place of some figures' values. */
export function toCostModel(
  { name, figures }: CostDescription,
  changes: Partial<Record<FigureName, number>> = {},
): CostModel {
  const values = FIGURE_NAMES.map((figure) => [figure, changes[figure] ?? figures[figure].value] as const);
  return { name, ...(Object.fromEntries(values) as Record<FigureName, number>) };
}

/** The cost model for a command: `--cost NAME|FILE`, or `free`, under which only instructions take time. */
export function costOption(option: string): CostModel {
  return option === FREE_TRANSITIONS.name ? FREE_TRANSITIONS : toCostModel(readCostModel(option));
}
