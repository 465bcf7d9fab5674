import { bootTimeline } from './boot-timeline';
import { costOfATrap } from './cost-of-a-trap';
import { disk } from './disk';
import { dom0Bottleneck } from './dom0-bottleneck';
import type { Experiment } from './experiment';
import { kernelLoad } from './kernel-load';
import { linuxBootExperiment } from './linux-boot';
import { serial } from './serial';
import { timerTick } from './timer-tick';
import { trustedCode } from './trusted-code';

/** In the order in which they tell the story. */
export const EXPERIMENTS: readonly Experiment[] = [
  costOfATrap,
  disk,
  serial,
  timerTick,
  dom0Bottleneck,
  trustedCode,
  bootTimeline,
  kernelLoad,
  linuxBootExperiment,
];
