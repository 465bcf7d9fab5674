import { beforeAll, describe, expect, it } from 'vitest';
import { loadProgram } from '../../../guest/programs';
import { allPlaced, placementByName } from '../../../hypervisor/config';
import { firmwareModule } from '../../helpers/firmware-device';
import { patternDisk, runGuest } from './guest-run';
import { referenceEmulator } from './reference-emulator';

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
      const sent: number[] = [];
      const disk = patternDisk(512);
      const { result } = runGuest(firmware, tour, {
        placements: allPlaced(placementByName(name)!),
        emulator: referenceEmulator(disk, (value) => sent.push(value)),
      });
      expect(result.outcome).toBe('halted');
      expect(String.fromCharCode(...sent)).toBe(own.console);
      const sectors = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
      const [drive] = own.machine.config.drives;
      const firmwareDisk = new Uint8Array(512 * 512);
      drive!.disk!.read(0, firmwareDisk, 0, firmwareDisk.length);
      expect(sectors(disk) === sectors(firmwareDisk)).toBe(true);
    },
  );
});
