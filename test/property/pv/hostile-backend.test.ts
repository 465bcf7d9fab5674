import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { MemoryDisk } from '../../../pv-drivers/backend/memory-disk';
import { BlockWorld } from '../../helpers/pv/block-world';
import { type Frontends, loadFrontends } from '../../helpers/pv/frontends';

const BUFFER = 0x0020_0000;
const BUFFER_BYTES = 0x20000;

let frontends: Frontends;
beforeAll(async () => {
  frontends = await loadFrontends();
});

type Act = (world: BlockWorld) => void;
const word = fc.oneof(fc.nat(40), fc.nat(0xffff_ffff));

/** A response that is right in most parts: the id of some entry on the ring, perhaps with one bit wrong. */
const forge: fc.Arbitrary<Act> = fc
  .record({
    entry: fc.nat(31),
    operation: fc.nat(3),
    status: fc.constantFrom(0, 0, 0, -1, -2, -3, 1, 0x7fff),
    flip: fc.constantFrom(0, 0, 0, 1, 32, 0x8000_0000),
    flipHigh: fc.constantFrom(0, 0, 0, 1),
  })
  .map(({ entry, operation, status, flip, flipHigh }) => (world) => {
    const [low, high] = [world.word(world.entry(entry) + 4), world.word(world.entry(entry) + 8)];
    const produced = world.word(world.header(8));
    world.setWord(world.entry(produced), low ^ flip);
    world.setWord(world.entry(produced) + 4, high ^ flipHigh);
    world.setWord(world.entry(produced) + 8, operation | (status << 16));
    world.setWord(world.header(8), produced + 1);
  });
const scribble: fc.Arbitrary<Act> = fc.tuple(fc.nat(1023), word).map(
  ([at, value]) =>
    (world) =>
      world.setWord(world.header(at * 4), value),
);
/** Map a data page that may be granted at this moment and never let go of it. */
const hold: fc.Arbitrary<Act> = fc
  .tuple(fc.integer({ min: 64, max: 100 }), fc.boolean())
  .map((fields) => (world) => void world.grants.map(...fields));
const honest: fc.Arbitrary<Act> = fc.constant((world) => {
  world.eventForBackend = true;
  world.deliverToBackend();
  world.backend.complete();
});

type Step = { readonly submit: number } | { readonly act: Act } | 'poll' | 'abandon';
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ submit: fc.nat(220) }) },
  { weight: 5, arbitrary: fc.record({ act: honest }) },
  { weight: 1, arbitrary: fc.record({ act: fc.oneof(forge, scribble, hold) }) },
  { weight: 4, arbitrary: fc.constant<Step>('poll') },
  { weight: 1, arbitrary: fc.constant<Step>('abandon') },
);

test('whatever a back-end writes, every transfer is reported at most once, and once if the front-end finds out', () => {
  let [broken, reported, errors] = [0, 0, 0];
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
      const world = new BlockWorld(frontends, new MemoryDisk(new Uint8Array(256 * 512)));
      frontends.memory.fill(0xee, BUFFER, BUFFER + 2 * BUFFER_BYTES);
      const outstanding = new Set<number>();
      let tag = 0;
      const poll = () => {
        for (let report = world.poll(); report; report = world.poll()) {
          if (!outstanding.delete(report.tag)) throw new Error(`tag ${report.tag} was reported but is not in flight`);
          expect([0, -1, -2]).toContain(report.status);
          reported++;
          if (report.status !== 0) errors++;
        }
      };
      for (const each of steps) {
        if (each === 'poll') poll();
        else if (each === 'abandon') {
          world.abandon();
          outstanding.clear();
        } else if ('act' in each) each.act(world);
        else if (each.submit === 0 ? world.flush(tag) : world.transfer(0, 0, BUFFER, each.submit, tag))
          outstanding.add(tag++);
        expect(world.inFlight).toBe(outstanding.size);
      }
      poll();
      if (world.broken) {
        broken++;
        expect(outstanding.size).toBe(0);
        expect(world.transfer(0, 0, BUFFER, 1, tag)).toBe(false);
      }
      // The front-end itself writes to no guest memory, and to no other front-end's page.
      const beyond = frontends.memory.subarray(BUFFER + BUFFER_BYTES, BUFFER + 2 * BUFFER_BYTES);
      expect(beyond.every((byte) => byte === 0xee)).toBe(true);
      expect(frontends.memory.subarray(0x3ff31000, 0x3ff32000).every((byte) => byte === 0)).toBe(true);
      expect(frontends.memory.subarray(0x3ff41000, 0x3ff42000).every((byte) => byte === 0)).toBe(true);
    }),
    { numRuns: 300 },
  );
  expect(Math.min(broken, reported, errors)).toBeGreaterThan(40);
});
