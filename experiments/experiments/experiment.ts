import type { Timeline } from '../../hypervisor/trace/timeline';
import type { CostDescription } from '../costs';

/** What an experiment is given. Its result is a function of this and nothing else. */
export interface Lab {
  readonly firmware: WebAssembly.Module;
  /** Cost models to charge: the one that was asked for, or the experiment's own choice. */
  readonly models: readonly CostDescription[];
  /** Seeds everything random, 0 to 2^32 - 1. */
  readonly seed: number;
  /** What draws the machine that is named so, when a trace is wanted: for `MachineConfig.timeline`. */
  timeline(label: string): Timeline | undefined;
  /** Part of the work that is done, 0 to 1. */
  progress(part: number): void;
}

export type Cell = string | number;

/** Numbers under column names; plots are drawn from them, so that each drawn number stands in a table. */
export interface Table {
  readonly title: string;
  /** Names with their units; no dots or brackets. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** A drawing of a table: Vega-Lite without its data. Fields are the table's columns. */
export interface Plot {
  readonly title: string;
  /** Index of the table in the result. */
  readonly table: number;
  readonly spec: Record<string, unknown>;
}

export interface Findings {
  /** What came out, in sentences whose numbers were computed. */
  readonly statements: readonly string[];
  readonly tables: readonly Table[];
  readonly plots: readonly Plot[];
}

export interface Experiment {
  readonly name: string;
  readonly question: string;
  readonly method: string;
  /** Cost models when none is asked for; by default those of the project whose names are here. */
  readonly models: readonly string[];
  run(lab: Lab): Findings | Promise<Findings>;
}
