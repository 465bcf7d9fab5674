import { beforeAll, describe, expect, it } from 'vitest';
import { REFERENCE_EMULATOR } from '../../../experiments/emulators/reference';
import { loadProgram } from '../../../guest/programs';
import { allPlaced, placementByName } from '../../../hypervisor/config';
import { firmwareModule } from '../../helpers/firmware-device';
import { runGuest } from './guest-run';

describe('the independent reference emulator in place of the firmware', () => {
  let firmware: WebAssembly.Module;
  const tour = loadProgram('tour');

  beforeAll(async () => {
    firmware = await firmwareModule();
  });

  it.each(['ioemu', 'ioemu+posted', 'stubdom', 'forward'])(
    'gives the tour under %s the same transcript and disk',
    (name) => {
      const own = runGuest(firmware, tour, { placements: allPlaced(placementByName('reflect')!) });
      const { result, seen } = runGuest(firmware, tour, {
        placements: allPlaced(placementByName(name)!),
        emulator: REFERENCE_EMULATOR,
      });
      expect(result.outcome).toBe('halted');
      expect(seen.console).toBe(own.console);
      expect(seen.disk).toBe(own.seen.disk);
    },
  );
});
