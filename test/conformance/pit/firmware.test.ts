import { beforeAll, describe, it } from 'vitest';
import { pitFirmware } from '../../helpers/device-program/firmware-benches';
import { firmwareModule } from '../../helpers/firmware-device';
import { playTimeline, TIMELINES } from './timelines';

describe('firmware 8254: the waveforms of the data sheet', () => {
  let module: WebAssembly.Module;

  beforeAll(async () => {
    module = await firmwareModule();
  });

  it.each(TIMELINES)('$name', (timeline) => {
    playTimeline(pitFirmware(module), timeline);
  });
});
