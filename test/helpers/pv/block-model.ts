import fc from 'fast-check';
import { expect } from 'vitest';
import { MemoryDisk } from '../../../pv-drivers/backend/memory-disk';
import { BlockWorld } from './block-world';
import { FaultyDisk } from './faulty-disk';
import type { Frontends } from './frontends';

const READ = 0;
const WRITE = 1;
const WRAP = 2 ** 32;

/**
 * A lane is a stretch of guest memory and one of the disk that belong together. At most one transfer at a time uses a
 * lane, so what it must read or leave behind is known whatever the order of completion.
 */
const LANES = 10;
const LANE_SECTORS = 320;
const LANE_BYTES = LANE_SECTORS * 512;
const BUFFERS = 0x0100_0000;
/** The first lanes have one bad sector each, at this offset. */
const FAULTY_LANES = 2;
const BAD_SECTOR = 20;
const UNTOUCHED = 0xe5;
const IMAGE = Uint8Array.from({ length: LANES * LANE_SECTORS * 512 }, (_, i) => i * 31 + (i >>> 9));

interface Transfer {
  readonly kind: 'transfer';
  readonly lane: number;
  readonly write: boolean;
  /** First sector within the lane, of the disk and of the buffer. */
  readonly first: number;
  /** Lengths of the pieces in sectors; one piece is a contiguous transfer. */
  readonly pieces: readonly number[];
}
export type Step =
  | Transfer
  | { readonly kind: 'flush' | 'toBackend' | 'toFrontend' | 'abandon' | 'migrate' }
  | { readonly kind: 'complete'; readonly pick: number };

const transfer: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('transfer' as const),
  lane: fc.nat(LANES - 1),
  write: fc.boolean(),
  first: fc.nat(15),
  pieces: fc.oneof(
    fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 14 }),
    fc.tuple(fc.integer({ min: 1, max: 200 })),
    // More segments than an indirect request may have.
    fc.integer({ min: 257, max: 300 }).map((count) => Array.from({ length: count }, () => 1)),
  ),
});
const complete: fc.Arbitrary<Step> = fc.record({ kind: fc.constant('complete' as const), pick: fc.nat(31) });
const simple = (kind: 'flush' | 'toBackend' | 'toFrontend' | 'abandon' | 'migrate') => fc.constant<Step>({ kind });
export const steps = fc.array(
  fc.oneof(
    { weight: 16, arbitrary: transfer },
    { weight: 4, arbitrary: simple('flush') },
    { weight: 12, arbitrary: simple('toBackend') },
    { weight: 16, arbitrary: complete },
    { weight: 8, arbitrary: simple('toFrontend') },
    { weight: 1, arbitrary: simple('abandon') },
    { weight: 1, arbitrary: simple('migrate') },
  ),
  { maxLength: 120, size: 'max' },
);
/** Where the ring's indices begin: at 0, or so near the wrap that they pass it. */
export const startIndex = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 1, max: 40 }).map((n) => WRAP - n),
);

interface InFlight {
  readonly lane: number;
  /** Expected contents of the lane's buffer and of its disk sectors when the transfer is done; undefined if it fails. */
  readonly buffer: Uint8Array | undefined;
  readonly sectors: Uint8Array | undefined;
}

/** Both ends of a ring, and beside them what memory and disk must come to hold. */
export class BlockModel {
  readonly image = new MemoryDisk(IMAGE.slice());
  readonly world: BlockWorld;
  private readonly inFlight = new Map<number, InFlight>();
  private readonly busy = new Set<number>();
  /** Lanes whose transfer was abandoned, with what their buffer and sectors must be for ever. */
  private readonly frozen = new Map<number, { buffer: Uint8Array; sectors: Uint8Array }>();
  private nextTag = 1;
  submitted = 0;
  reported = 0;
  abandoned = 0;

  constructor(
    private readonly frontends: Frontends,
    index: number,
  ) {
    frontends.memory.fill(UNTOUCHED, BUFFERS, BUFFERS + LANES * LANE_BYTES);
    const bad = Array.from({ length: FAULTY_LANES }, (_, lane) => lane * LANE_SECTORS + BAD_SECTOR);
    this.world = new BlockWorld(frontends, new FaultyDisk(this.image, new Set(bad)), index);
  }

  perform(step: Step): void {
    switch (step.kind) {
      case 'transfer':
        this.submit(step);
        break;
      case 'flush':
        if (this.world.flush(this.nextTag)) this.expectReport({ lane: -1, buffer: undefined, sectors: undefined });
        break;
      case 'toBackend':
        this.world.deliverToBackend();
        break;
      case 'toFrontend':
        this.world.deliverToFrontend();
        this.checkReports();
        break;
      case 'complete':
        if (this.world.backend.pendingCount > 0)
          this.world.backend.complete(step.pick % this.world.backend.completableCount);
        break;
      case 'abandon':
        this.abandon();
        break;
      case 'migrate':
        this.migrate();
        break;
    }
    this.checkRing();
  }

  finish(): void {
    this.world.drain();
    this.checkReports();
    expect(this.inFlight.size).toBe(0);
    expect(this.world.inFlight).toBe(0);
    expect(this.world.broken).toBe(false);
    expect(this.reported + this.abandoned).toBe(this.submitted);
    for (const [lane, { buffer, sectors }] of this.frozen) this.checkLane(lane, buffer, sectors);
    expect(this.world.grants.granted()).toHaveLength(1 + 8);
    this.checkRoom();
    expect(this.world.grants.mappedCount).toBe(this.world.backend.save().connected ? 1 : 0);
  }

  /** Everything that requests took has come back: an idle ring takes 1 MiB in the two requests that it needs. */
  private checkRoom(): void {
    const before = this.world.word(this.world.header(0));
    expect(this.world.transfer(READ, 0, BUFFERS + 512, 2048, this.nextTag)).toBe(true);
    expect((this.world.word(this.world.header(0)) - before) >>> 0).toBe(2);
    this.world.drain();
    expect(this.world.reports).toEqual([{ tag: this.nextTag, status: -1 }]); // because of the bad sectors
  }

  private submit({ lane, write, first, pieces }: Transfer): void {
    const sectors = pieces.reduce((sum, piece) => sum + piece, 0);
    if (this.busy.has(lane) || first + sectors > LANE_SECTORS) return;
    const before = this.buffer(lane).slice();
    if (write) this.fillBuffer(lane);
    const places = layOut(pieces, lane, first);
    if (!this.world.scatter(write ? WRITE : READ, lane * LANE_SECTORS + first, places, this.nextTag)) {
      this.buffer(lane).set(before);
      return;
    }
    this.expectReport({ lane, ...this.outcome(lane, write, first, sectors, places) });
  }

  private expectReport(transfer: InFlight): void {
    this.inFlight.set(this.nextTag++, transfer);
    this.busy.add(transfer.lane);
    if (transfer.lane < 0) this.busy.delete(transfer.lane);
    this.submitted++;
  }

  /** What buffer and disk must hold afterwards. */
  private outcome(lane: number, write: boolean, first: number, sectors: number, places: readonly [number, number][]) {
    const failing = lane < FAULTY_LANES && first <= BAD_SECTOR && BAD_SECTOR < first + sectors;
    if (failing) return { buffer: undefined, sectors: undefined };
    const buffer = this.buffer(lane).slice();
    const disk = this.sectors(lane).slice();
    let at = first * 512;
    for (const [address, bytes] of places) {
      const start = address - BUFFERS - lane * LANE_BYTES;
      if (write) disk.set(buffer.subarray(start, start + bytes), at);
      else buffer.set(disk.subarray(at, at + bytes), start);
      at += bytes;
    }
    return { buffer, sectors: disk };
  }

  private checkReports(): void {
    for (const { tag, status } of this.world.reports.splice(0)) {
      const transfer = this.inFlight.get(tag);
      if (!transfer) throw new Error(`tag ${tag} was reported, but is not in flight`);
      this.inFlight.delete(tag);
      this.reported++;
      if (transfer.lane < 0) {
        expect(status).toBe(0);
        continue;
      }
      expect(status).toBe(transfer.buffer ? 0 : -1);
      if (transfer.buffer) {
        this.checkLane(transfer.lane, transfer.buffer, transfer.sectors!);
        this.busy.delete(transfer.lane);
      }
    }
  }

  private abandon(): void {
    this.world.abandon();
    this.abandoned += this.inFlight.size;
    for (const { lane } of this.inFlight.values()) {
      if (lane >= 0) this.frozen.set(lane, { buffer: this.buffer(lane).slice(), sectors: this.sectors(lane).slice() });
    }
    this.inFlight.clear();
    expect(this.world.inFlight).toBe(0);
  }

  private migrate(): void {
    const state = JSON.parse(JSON.stringify(this.world.backend.save()));
    this.world.backend.reset();
    this.world.backend = this.world.newBackend();
    this.world.backend.restore(state);
  }

  /** The ring is never overrun, and never behind itself. */
  private checkRing(): void {
    const requests = this.world.word(this.world.header(0));
    const responses = this.world.word(this.world.header(8));
    expect((requests - responses) >>> 0).toBeLessThanOrEqual(32);
    expect(this.world.backend.pendingCount).toBeLessThanOrEqual((requests - responses) >>> 0);
    expect(this.world.inFlight).toBe(this.inFlight.size);
  }

  private checkLane(lane: number, buffer: Uint8Array, sectors: Uint8Array): void {
    if (Buffer.compare(this.buffer(lane), buffer) !== 0) throw new Error(`lane ${lane}: memory is not as expected`);
    if (Buffer.compare(this.sectors(lane), sectors) !== 0) throw new Error(`lane ${lane}: disk is not as expected`);
  }

  private buffer(lane: number): Uint8Array {
    return this.frontends.memory.subarray(BUFFERS + lane * LANE_BYTES, BUFFERS + (lane + 1) * LANE_BYTES);
  }

  private sectors(lane: number): Uint8Array {
    return this.image.bytes.subarray(lane * LANE_SECTORS * 512, (lane + 1) * LANE_SECTORS * 512);
  }

  private fillBuffer(lane: number): void {
    const words = new Uint32Array(this.frontends.memory.buffer, BUFFERS + lane * LANE_BYTES, LANE_BYTES / 4);
    for (let i = 0; i < words.length; i++) words[i] = Math.imul(this.nextTag * 65537 + i, 0x9e3779b1);
  }
}

/** Places of the pieces in the lane's buffer: every other one swapped with its neighbour, so memory order is not disk order. */
function layOut(pieces: readonly number[], lane: number, first: number): [number, number][] {
  const places: [number, number][] = [];
  let at = BUFFERS + lane * LANE_BYTES + first * 512;
  for (let i = 0; i < pieces.length; i += 2) {
    const [one, two] = [pieces[i]! * 512, (pieces[i + 1] ?? 0) * 512];
    places.push([at + two, one]);
    if (two > 0) places.push([at, two]);
    at += one + two;
  }
  return places;
}
