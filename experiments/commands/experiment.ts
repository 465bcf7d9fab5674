import { type CostDescription, readCostModel } from '../costs';
import { UsageError } from '../errors';
import { EXPERIMENTS } from '../experiments';
import type { Experiment } from '../experiments/experiment';
import { loadFirmware } from '../firmware';
import { parseOptions } from '../options';
import { checkOutputs } from '../output-files';
import { ChromeTrace, writeTrace } from '../report/chrome-trace';
import { renderHtml } from '../report/html';
import { ProgressBar } from '../report/progress';
import { makeResult, type Result, renderResult } from '../report/result';
import { toJson, writeOutput } from '../write-output';

const HELP = `npm start -- experiment NAME [options]: run one experiment and print its tables; 'all' runs every one.

  --list         the experiments and their questions
  --cost MODEL   charge this cost model, or a JSON file, in place of the experiment's own choice
  --seed N       seed of what is random, 0 to 4294967295 (default 1); the same seed gives the same JSON, byte for byte
  --json FILE    also write the result as JSON: an object, for 'all' a list of them
  --trace FILE   also write what every machine did when, for Perfetto or Chrome's tracing page
  --html FILE    also write a page with plots, tables, configuration and JSON, which needs no network
  --help         this text
`;

const SPEC = {
  '--list': Boolean,
  '--cost': String,
  '--seed': String,
  '--json': String,
  '--html': String,
  '--trace': String,
  '--help': Boolean,
  '-h': '--help',
} as const;

const LARGEST_SEED = 2 ** 32 - 1;

export async function experiment(words: string[]): Promise<number> {
  const options = parseOptions(SPEC, words, Number.POSITIVE_INFINITY);
  if (options['--help'] || options['--list']) {
    process.stdout.write(options['--help'] ? HELP : `${listExperiments()}\n`);
    return 0;
  }
  const chosen = chooseExperiments(options._);
  const seed = readSeed(options['--seed'] ?? '1');
  const cost = options['--cost'] === undefined ? undefined : readCostModel(options['--cost']);
  const { '--json': json, '--html': html, '--trace': traceFile } = options;
  checkOutputs([
    ['--json', json],
    ['--html', html],
    ['--trace', traceFile],
  ]);
  const trace = traceFile === undefined ? undefined : new ChromeTrace();
  const results = await runAll(chosen, cost, seed, trace);
  if (json) writeOutput(json, toJson(options._[0] === 'all' ? results : results[0]));
  if (html) writeOutput(html, await renderHtml(results));
  if (traceFile) writeTrace(traceFile, trace!, { experiments: chosen.map(({ name }) => name), seed });
  return 0;
}

function listExperiments(): string {
  const width = Math.max(...EXPERIMENTS.map(({ name }) => name.length));
  return EXPERIMENTS.map(({ name, question }) => `${name.padEnd(width)}  ${question}`).join('\n');
}

function chooseExperiments(names: string[]): readonly Experiment[] {
  const known = [...EXPERIMENTS.map(({ name }) => name), 'all'].join(', ');
  if (names.length === 0) throw new UsageError(`experiment: name one of ${known}`);
  if (names.length > 1) throw new UsageError(`experiment: ${names.join(' ')}: name one at a time, or 'all'`);
  if (names[0] === 'all') return EXPERIMENTS;
  const found = EXPERIMENTS.filter(({ name }) => name === names[0]);
  if (found.length === 0) throw new UsageError(`experiment: unknown experiment '${names[0]}'; use one of ${known}`);
  return found;
}

function readSeed(text: string): number {
  const seed = Number(text);
  if (!/^\d+$/.test(text) || seed > LARGEST_SEED) {
    throw new UsageError(`--seed ${text}: give a whole number from 0 to ${LARGEST_SEED}`);
  }
  return seed;
}

async function runAll(
  chosen: readonly Experiment[],
  cost: CostDescription | undefined,
  seed: number,
  trace: ChromeTrace | undefined,
): Promise<Result[]> {
  const firmware = await loadFirmware();
  const results: Result[] = [];
  for (const experiment of chosen) {
    const bar = new ProgressBar(experiment.name);
    const models = cost ? [cost] : experiment.models.map(readCostModel);
    const lab = {
      ...{ firmware, models, seed, progress: (part: number) => bar.show(part) },
      timeline: (label: string) => trace?.machine(`${experiment.name}: ${label}`),
    };
    const result = makeResult(experiment, lab, await experiment.run(lab));
    bar.clear();
    process.stdout.write(renderResult(result));
    results.push(result);
  }
  return results;
}
