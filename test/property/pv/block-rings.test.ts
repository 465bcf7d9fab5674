import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { MemoryDisk } from '../../../pv-drivers/backend/memory-disk';
import { BlockModel, startIndex, steps } from '../../helpers/pv/block-model';
import { BlockWorld } from '../../helpers/pv/block-world';
import { type Frontends, loadFrontends } from '../../helpers/pv/frontends';

let frontends: Frontends;
beforeAll(async () => {
  frontends = await loadFrontends();
});

describe('front-end and back-end together, in any interleaving of submissions, events and completions', () => {
  test('every transfer is reported once, with its data; nothing else changes; no wake-up is lost', () => {
    let [submitted, reported, abandoned] = [0, 0, 0];
    fc.assert(
      fc.property(startIndex, steps, (index, program) => {
        const model = new BlockModel(frontends, index);
        for (const step of program) model.perform(step);
        model.finish();
        submitted += model.submitted;
        reported += model.reported;
        abandoned += model.abandoned;
      }),
      { numRuns: 100 },
    );
    // The generator must not have avoided the subject; it normally reaches about three times as much.
    expect(submitted).toBeGreaterThan(350);
    expect(reported).toBeGreaterThan(250);
    expect(abandoned).toBeGreaterThan(60);
  });

  test('bursts that fill the ring', () => {
    const burst = fc.record({ count: fc.integer({ min: 1, max: 40 }), picks: fc.array(fc.nat(31), { maxLength: 40 }) });
    let refused = 0;
    fc.assert(
      fc.property(startIndex, fc.array(burst, { minLength: 1, maxLength: 8 }), (index, bursts) => {
        const world = new BlockWorld(frontends, new MemoryDisk(new Uint8Array(512)), index);
        const reported: number[] = [];
        let tag = 0;
        for (const { count, picks } of bursts) {
          for (let i = 0; i < count; i++) {
            const accepted = world.flush(tag);
            expect(accepted).toBe(world.inFlight <= 32 && tag - reported.length < 32);
            if (accepted) tag++;
            else refused++;
          }
          world.deliverToBackend();
          for (const pick of picks)
            if (world.backend.pendingCount > 0) world.backend.complete(pick % world.backend.pendingCount);
          world.deliverToFrontend();
          reported.push(...world.reports.splice(0).map((report) => report.tag));
        }
        world.drain();
        reported.push(...world.reports.map((report) => report.tag));
        expect(reported.toSorted((a, b) => a - b)).toEqual(Array.from({ length: tag }, (_, i) => i));
      }),
      { numRuns: 100 },
    );
    expect(refused).toBeGreaterThan(100);
  });
});
