import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { allPlaced, placementByName } from '../../../hypervisor/config';
import { PLACEABLE_DEVICES } from '../../../hypervisor/device-names';
import type { Machine } from '../../../hypervisor/machine';
import { PLACEMENTS } from '../../../hypervisor/placement/placements';
import { firmwareModule } from '../../helpers/firmware-device';
import { runGuest } from './guest-run';
import { assemble, type Operation, program } from './programs';

const VARIED = ['reflect+shadow+lazy+notify-on-resume', 'reflect+protected', 'stubdom+posted', 'forward+paged'];
const NAMES = [...PLACEMENTS.map(({ name }) => name), ...VARIED];

describe('the guest-visible trace of a generated program', () => {
  let firmware: WebAssembly.Module;
  const reflected = allPlaced(placementByName('reflect')!);

  beforeAll(async () => {
    firmware = await firmwareModule();
  });

  function seen(image: Uint8Array, typed: Uint8Array, placements = reflected, prepare = (_: Machine) => {}) {
    return runGuest(firmware, image, { placements }, (machine) => {
      machine.platform.input(0, typed);
      prepare(machine);
    }).seen;
  }

  it('is equal wherever each device is emulated, when transitions are free', () => {
    const placed = fc
      .array(fc.constantFrom(...NAMES), { minLength: PLACEABLE_DEVICES.length, maxLength: PLACEABLE_DEVICES.length })
      .map((names) => {
        const placements = [...reflected];
        names.forEach((name, index) => {
          placements[PLACEABLE_DEVICES[index]!] = placementByName(name)!;
        });
        return placements;
      });
    const everywhere = fc.constantFrom(...NAMES).map((name) => allPlaced(placementByName(name)!));
    fc.assert(
      fc.property(
        program,
        fc.uint8Array({ maxLength: 30 }),
        fc.oneof(placed, everywhere),
        (operations, typed, placements) => {
          const image = assemble(operations);
          expect(seen(image, typed, placements)).toEqual(seen(image, typed));
        },
      ),
      { numRuns: 120, seed: 2007 },
    );
  });

  it('tells a placement apart that gets one bit of one read wrong', () => {
    const operations: Operation[] = [
      { kind: 'out', port: 0x3ff, width: 1, value: 0x55 },
      { kind: 'in', port: 0x3ff, width: 1 },
    ];
    const image = assemble(operations);
    const typed = new Uint8Array(0);
    const wrong = seen(image, typed, reflected, ({ platform }) => {
      const read = platform.read.bind(platform);
      platform.read = (space, address, width) => read(space, address, width) ^ (address === 0x3ff ? 1 : 0);
    });
    const right = seen(image, typed);
    expect(wrong.memory).not.toBe(right.memory);
  });
});
