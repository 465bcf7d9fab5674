import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MemoryDisk } from '../../../pv-drivers/backend/memory-disk';
import { RawBlockRing } from '../../helpers/pv/raw-block-ring';

const PAGE = 4096;
const SECTORS = 64;
/** Pages that are granted for writing and for reading; all others, and the latter, must never change. */
const WRITABLE: ReadonlyMap<number, number> = new Map([
  [7, 2],
  [8, 3],
]); // prettier-ignore
const READABLE: ReadonlyMap<number, number> = new Map([
  [9, 4],
  [50, 5],
  [51, 6],
]); // prettier-ignore

const reference = fc.oneof(
  fc.constantFrom(7, 8, 9, 50, 51),
  fc.constantFrom(0, 1000, 0x8000_0000),
  fc.nat(0xffff_ffff),
);
/** Mostly right in itself: a request of many segments is refused for a single wrong one. */
const segment = fc.oneof(
  {
    weight: 9,
    arbitrary: fc
      .tuple(fc.constantFrom(7, 8), fc.nat(7), fc.nat(7))
      .map(([granted, one, two]) => ({ reference: granted, first: Math.min(one, two), last: Math.max(one, two) })),
  },
  { weight: 1, arbitrary: fc.record({ reference, first: fc.nat(8), last: fc.nat(8) }) },
);
const sector = fc.oneof(
  { weight: 6, arbitrary: fc.bigInt(0n, 8n) },
  { weight: 2, arbitrary: fc.bigInt(0n, BigInt(SECTORS)) },
  { weight: 1, arbitrary: fc.constantFrom(2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n) },
);
/** Number of segments that a request claims, if not the true one. */
const claim = fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.nat(255) });
const id = fc.bigInt(0n, 2n ** 64n - 1n);

type Push = (ring: RawBlockRing) => void;
const direct: fc.Arbitrary<Push> = fc.tuple(fc.nat(4), id, sector, fc.array(segment, { maxLength: 11 }), claim).map(
  ([operation, ...rest]) =>
    (ring) =>
      ring.request(operation, rest[0], rest[1], rest[2], rest[3] ?? rest[2].length),
);
const indirect: fc.Arbitrary<Push> = fc
  .tuple(fc.nat(7), id, sector, fc.oneof(fc.nat(12), fc.nat(65535)), fc.oneof(fc.constantFrom(50, 51), reference))
  .map((fields) => (ring) => ring.indirect(...fields));
const discard: fc.Arbitrary<Push> = fc
  .tuple(id, sector, sector, fc.nat(1))
  .map((fields) => (ring) => ring.discard(...fields));
const garbage: fc.Arbitrary<Push> = fc.tuple(fc.nat(255), id, fc.uint8Array({ minLength: 96, maxLength: 96 })).map(
  ([operation, ...rest]) =>
    (ring) =>
      ring.push(operation, rest[0], (_, at) => ring.memory.set(rest[1], at + 12)),
);
const header: fc.Arbitrary<Push> = fc
  .tuple(fc.constantFrom(0, 4, 8, 12), fc.oneof(fc.nat(40), fc.nat(0xffff_ffff)))
  .map((fields) => (ring) => ring.setHeader(...fields));
const event: fc.Arbitrary<Push> = fc.constant((ring) => ring.backend.handleEvent());
const complete: fc.Arbitrary<Push> = fc.nat(31).map((pick) => ({ backend }) => {
  if (backend.pendingCount > 0) backend.complete(pick % backend.completableCount);
});
/** The front-end rewrites a page that the back-end may be about to read. */
const rewrite: fc.Arbitrary<Push> = fc
  .tuple(fc.constantFrom(5, 6), fc.array(segment, { minLength: 1, maxLength: 12 }))
  .map(([page, segments]) => (ring) => {
    segments.forEach((each, i) => {
      ring.writeSegment(page * PAGE + i * 8, each);
    });
  });
const action = fc.oneof(
  { weight: 8, arbitrary: direct },
  { weight: 6, arbitrary: indirect },
  { weight: 1, arbitrary: discard },
  { weight: 2, arbitrary: garbage },
  { weight: 2, arbitrary: header },
  { weight: 3, arbitrary: rewrite },
  { weight: 10, arbitrary: event },
  { weight: 12, arbitrary: complete },
);

test('whatever a front-end writes, the back-end neither throws nor touches a page that was not granted for it', () => {
  let [executed, refused, cutOff] = [0, 0, 0];
  fc.assert(
    fc.property(fc.array(action, { maxLength: 80, size: 'max' }), (actions) => {
      const ring = new RawBlockRing(new MemoryDisk(new Uint8Array(SECTORS * 512).fill(0xd1)));
      for (const [granted, page] of WRITABLE) ring.grant(granted, page, true);
      for (const [granted, page] of READABLE) ring.grant(granted, page, false);
      ring.memory.fill(0xee, 7 * PAGE);
      ring.memory.fill(0xee, PAGE, 2 * PAGE);
      ring.memory.fill(0x44, 4 * PAGE, 5 * PAGE);
      for (const act of actions) {
        act(ring);
        expect(ring.dataMappings).toBe(0);
        expect(ring.backend.pendingCount).toBeLessThanOrEqual(32);
      }
      if (ring.backend.disconnectReason !== undefined) cutOff++;
      else {
        for (const { status } of ring.serve()) {
          if (status === 0) executed++;
          else refused++;
        }
      }
      expect(ring.memory.subarray(PAGE, 2 * PAGE).every((byte) => byte === 0xee)).toBe(true);
      expect(ring.memory.subarray(4 * PAGE, 5 * PAGE).every((byte) => byte === 0x44)).toBe(true);
      expect(ring.memory.subarray(7 * PAGE).every((byte) => byte === 0xee)).toBe(true);
    }),
    { numRuns: 300 },
  );
  // The generator must reach all three outcomes; it normally reaches each several times as often.
  expect(executed).toBeGreaterThan(150);
  expect(refused).toBeGreaterThan(1000);
  expect(cutOff).toBeGreaterThan(5);
});
