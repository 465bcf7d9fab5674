import { describe, it } from 'vitest';
import { pitReference } from '../../helpers/device-program/benches';
import { playTimeline, TIMELINES } from './timelines';

describe('reference 8254: the waveforms of the data sheet', () => {
  it.each(TIMELINES)('$name', (timeline) => {
    playTimeline(pitReference(), timeline);
  });
});
