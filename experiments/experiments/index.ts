import { costOfATrap } from './cost-of-a-trap';
import type { Experiment } from './experiment';

/** In the order in which they tell the story. */
export const EXPERIMENTS: readonly Experiment[] = [costOfATrap];
