import { readFileSync } from 'node:fs';
import type { Experiment, Findings, Lab } from '../experiments/experiment';
import { renderTable } from '../table';

/** The project's, from package.json. */
export const VERSION: string = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;

/** Everything of one experiment that is kept. Without wall-clock times: the same seed gives the same bytes. */
export interface Result extends Findings {
  experiment: string;
  question: string;
  method: string;
  discussion: string;
  configuration: { costModels: { name: string; figures: Record<string, number> }[]; seed: number };
  versions: { selfio: string; node: string };
}

export function makeResult(experiment: Experiment, { models, seed }: Lab, findings: Findings): Result {
  const costModels = models.map(({ name, figures }) => ({
    name,
    figures: Object.fromEntries(Object.entries(figures).map(([figure, { value }]) => [figure, value])),
  }));
  return {
    experiment: experiment.name,
    question: experiment.question,
    method: experiment.method,
    discussion: `docs/experiments/${experiment.name}.md`,
    configuration: { costModels, seed },
    versions: { selfio: VERSION, node: process.version },
    ...findings,
  };
}

export function renderResult(result: Result): string {
  const tables = result.tables.map(({ title, columns, rows }) => `${title}\n\n${renderTable(columns, rows)}\n`);
  return [
    `== ${result.experiment}: ${result.question}`,
    '',
    ...tables,
    ...result.statements.map((statement) => `- ${statement}`),
    '',
    `Seed ${result.configuration.seed}; discussed in ${result.discussion}.`,
    '',
  ].join('\n');
}
