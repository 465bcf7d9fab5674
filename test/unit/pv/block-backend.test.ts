import { beforeEach, describe, expect, test } from 'vitest';
import { type Disk, DiskResult } from '../../../pv-drivers/backend/disk';
import { MemoryDisk } from '../../../pv-drivers/backend/memory-disk';
import { RawBlockRing, type Segment } from '../../helpers/pv/raw-block-ring';

// Re-declared from [Xen] public/io/blkif.h and ring.h.
const READ = 0;
const WRITE = 1;
const WRITE_BARRIER = 2;
const FLUSH = 3;
const RESERVED = 4;
const DISCARD = 5;
const INDIRECT = 6;
const OKAY = 0;
const ERROR = -1;
const EOPNOTSUPP = -2;
const REQ_PROD = 0;
const REQ_EVENT = 4;
const RSP_EVENT = 12;
const PAGE = 4096;

/** Remembers what it was asked, and fails when told to. */
class RecordingDisk implements Disk {
  readonly sectors = 256;
  readonly readOnly = false;
  readonly log: string[] = [];
  result: DiskResult = DiskResult.OK;

  read(sector: number, _target: Uint8Array, offset: number, bytes: number): DiskResult {
    return this.record(`read ${sector} ${offset} ${bytes}`);
  }

  write(sector: number, _source: Uint8Array, offset: number, bytes: number): DiskResult {
    return this.record(`write ${sector} ${offset} ${bytes}`);
  }

  flush(): DiskResult {
    return this.record('flush');
  }

  private record(entry: string): DiskResult {
    this.log.push(entry);
    return this.result;
  }
}

let disk: MemoryDisk;
let ring: RawBlockRing;

beforeEach(() => {
  disk = new MemoryDisk(Uint8Array.from({ length: 256 * 512 }, (_, i) => (i >> 9) + 1));
  ring = new RawBlockRing(disk);
  ring.grant(7, 2, true);
  ring.grant(8, 3, true);
  ring.grant(9, 4, false);
});

const whole = (reference: number): Segment => ({ reference, first: 0, last: 7 });
const status = () => ring.serve().map((response) => response.status);

describe('operations', () => {
  test('read', () => {
    ring.request(READ, 1n, 10n, [{ reference: 7, first: 2, last: 3 }, whole(8)]);
    expect(ring.serve()).toEqual([{ id: 1n, operation: READ, status: OKAY }]);
    const page = ring.memory.subarray(2 * PAGE, 3 * PAGE);
    expect([page[1023], page[1024], page[1536], page[2048]]).toEqual([0, 11, 12, 0]);
    expect(ring.memory[3 * PAGE]).toBe(13);
    expect(ring.memory[4 * PAGE - 1]).toBe(20);
  });

  test('write from a page that is granted read-only', () => {
    ring.memory.fill(0xaa, 4 * PAGE, 5 * PAGE);
    ring.request(WRITE, 2n, 20n, [{ reference: 9, first: 7, last: 7 }]);
    expect(status()).toEqual([OKAY]);
    expect([disk.bytes[20 * 512 - 1], disk.bytes[20 * 512], disk.bytes[21 * 512]]).toEqual([20, 0xaa, 22]);
  });

  test('the id comes back with all its 64 bits', () => {
    ring.push(FLUSH, 0xfedc_ba98_7654_3210n, () => {});
    expect(ring.serve()).toEqual([{ id: 0xfedc_ba98_7654_3210n, operation: FLUSH, status: OKAY }]);
  });

  test('indirect read: the response names the operation proper', () => {
    ring.writeSegment(5 * PAGE, whole(8));
    ring.writeSegment(5 * PAGE + 8, whole(7));
    ring.grant(50, 5, false);
    ring.indirect(READ, 3n, 100n, 2, 50);
    expect(ring.serve()).toEqual([{ id: 3n, operation: READ, status: OKAY }]);
    expect([ring.memory[3 * PAGE], ring.memory[2 * PAGE]]).toEqual([101, 109]);
  });

  test('256 indirect segments', () => {
    const recording = new RecordingDisk();
    ring = new RawBlockRing(recording);
    ring.grant(7, 2, true);
    ring.grant(50, 5, false);
    for (let i = 0; i < 256; i++) ring.writeSegment(5 * PAGE + i * 8, { reference: 7, first: 0, last: 0 });
    ring.indirect(READ, 3n, 0n, 256, 50);
    expect(status()).toEqual([OKAY]);
    expect(recording.log).toHaveLength(256);
  });

  test('discarded sectors read as zeroes', () => {
    ring.discard(4n, 30n, 200n);
    expect(ring.serve()).toEqual([{ id: 4n, operation: DISCARD, status: OKAY }]);
    const all = Array.from({ length: 256 }, (_, sector) => disk.bytes[sector * 512]);
    expect(
      all.map((first, sector) => first === (sector < 30 || sector >= 230 ? (sector + 1) & 0xff : 0)),
    ).not.toContain(false);
  });

  test('secure discard and unknown operations are not supported', () => {
    ring.discard(1n, 0n, 1n, 1);
    ring.push(RESERVED, 2n, () => {});
    ring.push(0xff, 3n, () => {});
    expect(ring.serve()).toEqual([
      { id: 1n, operation: DISCARD, status: EOPNOTSUPP },
      { id: 2n, operation: RESERVED, status: EOPNOTSUPP },
      { id: 3n, operation: 0xff, status: EOPNOTSUPP },
    ]);
    expect(disk.bytes[0]).toBe(1);
  });
});

describe('what reaches the disk', () => {
  let recording: RecordingDisk;

  beforeEach(() => {
    recording = new RecordingDisk();
    ring = new RawBlockRing(recording);
    for (let page = 2; page < 20; page++) ring.grant(page, page, true);
  });

  test('segments that follow each other in memory go as one', () => {
    ring.request(READ, 1n, 10n, [{ reference: 2, first: 4, last: 7 }, whole(3), whole(4), whole(6), whole(5)]);
    ring.serve();
    expect(recording.log).toEqual(['read 10 10240 10240', 'read 30 24576 4096', 'read 38 20480 4096']);
  });

  test('a barrier is flushed before and after', () => {
    ring.request(WRITE_BARRIER, 1n, 0n, [whole(2)]);
    ring.serve();
    expect(recording.log).toEqual(['flush', 'write 0 8192 4096', 'flush']);
  });

  test('flush', () => {
    ring.push(FLUSH, 1n, () => {});
    ring.serve();
    expect(recording.log).toEqual(['flush']);
  });

  test.each([
    ['read', () => ring.request(READ, 1n, 0n, [whole(2)]), ERROR],
    ['write', () => ring.request(WRITE, 1n, 0n, [whole(2)]), ERROR],
    ['barrier', () => ring.request(WRITE_BARRIER, 1n, 0n, [whole(2)]), ERROR],
    ['flush', () => ring.push(FLUSH, 1n, () => {}), ERROR],
    ['discard', () => ring.discard(1n, 0n, 1n), ERROR],
  ])('a failing %s is answered as an error', (_, push, expected) => {
    recording.result = DiskResult.IO_ERROR;
    push();
    expect(status()).toEqual([expected]);
    expect(recording.log).toHaveLength(1);
    expect(ring.dataMappings).toBe(0);
  });
});

describe('a request that cannot be served moves nothing', () => {
  const segments = (count: number) => Array.from({ length: count }, () => whole(7));
  const sectors = 256n;
  /** Only mapping the pages shows these; all others are refused when they are taken. */
  const GRANTS_DECIDE = [
    'reference that is not granted',
    'reference far out of range',
    'read into a page that is granted read-only',
  ];

  test.each<[string, () => void, number?]>([
    ['reference that is not granted', () => ring.request(READ, 1n, 0n, [whole(7), whole(666)])],
    ['reference far out of range', () => ring.request(READ, 1n, 0n, [whole(0xffff_ffff)])],
    ['read into a page that is granted read-only', () => ring.request(READ, 1n, 0n, [whole(7), whole(9)])],
    ['no segments', () => ring.request(READ, 1n, 0n, [])],
    ['twelve segments', () => ring.request(WRITE, 1n, 0n, segments(11), 12)],
    ['255 segments', () => ring.request(READ, 1n, 0n, segments(11), 255)],
    ['segment that ends beyond its page', () => ring.request(READ, 1n, 0n, [{ reference: 7, first: 0, last: 8 }])],
    ['segment far beyond its page', () => ring.request(READ, 1n, 0n, [{ reference: 7, first: 255, last: 255 }])],
    ['segment that ends before it begins', () => ring.request(READ, 1n, 0n, [{ reference: 7, first: 3, last: 2 }])],
    ['last sector beyond the disk', () => ring.request(READ, 1n, sectors - 7n, [whole(7)])],
    ['second of two runs beyond the disk by one', () => ring.request(READ, 1n, sectors - 15n, [whole(8), whole(7)])],
    ['first sector beyond the disk', () => ring.request(WRITE, 1n, sectors, [whole(7)])],
    ['sector 2^64 - 1', () => ring.request(WRITE, 1n, 2n ** 64n - 1n, [whole(7)])],
    ['sector 2^32', () => ring.request(WRITE, 1n, 2n ** 32n, [whole(7)])],
    ['flush with segments', () => ring.request(FLUSH, 1n, 0n, [whole(7)])],
    ['discard beyond the disk', () => ring.discard(1n, 200n, 57n)],
    ['discard whose sum overflows', () => ring.discard(1n, 1n, 2n ** 64n - 1n)],
    ['indirect page that is not granted', () => ring.indirect(READ, 1n, 0n, 1, 667)],
    ['indirect request without segments', () => ring.indirect(READ, 1n, 0n, 0, 50)],
    ['257 indirect segments', () => ring.indirect(READ, 1n, 0n, 257, 50)],
    ['65535 indirect segments', () => ring.indirect(READ, 1n, 0n, 65535, 50)],
    ['indirect garbage', () => ring.indirect(READ, 1n, 0n, 256, 51)],
    ['indirect within indirect', () => ring.indirect(INDIRECT, 1n, 0n, 1, 50)],
    ['indirect flush', () => ring.indirect(FLUSH, 1n, 0n, 1, 50)],
    ['indirect barrier', () => ring.indirect(WRITE_BARRIER, 1n, 0n, 1, 50)],
  ])('%s', (name, push) => {
    for (let i = 0; i < 256; i++) ring.writeSegment(5 * PAGE + i * 8, { reference: 7, first: 0, last: 0 });
    ring.memory.fill(0xc7, 6 * PAGE, 7 * PAGE);
    ring.grant(50, 5, false);
    ring.grant(51, 6, false);
    ring.grant(0, 2, true); // what lies beyond a request reads as zero, and must not pass for a segment
    const [memory, image] = [ring.memory.slice(PAGE), disk.bytes.slice()];
    push();
    ring.backend.handleEvent();
    const announced = ring.backend.pendingBytes(0);
    expect(status()).toEqual([ERROR]);
    if (!GRANTS_DECIDE.includes(name)) expect(announced).toBe(0);
    expect(Buffer.compare(ring.memory.slice(PAGE), memory)).toBe(0);
    expect(Buffer.compare(disk.bytes, image)).toBe(0);
    expect(ring.dataMappings).toBe(0);
    expect(ring.backend.disconnectReason).toBeUndefined();
  });

  test.each([257, 512, 513, 65535])('%i indirect segments, though each is right and the disk is large', (count) => {
    ring = new RawBlockRing(new MemoryDisk(new Uint8Array(65536 * 512)));
    ring.grant(7, 2, true);
    ring.grant(50, 5, false);
    for (let i = 0; i < 512; i++) ring.writeSegment(5 * PAGE + i * 8, { reference: 7, first: 0, last: 0 });
    ring.indirect(READ, 1n, 0n, count, 50);
    ring.backend.handleEvent();
    expect(ring.backend.pendingBytes(0)).toBe(0);
    expect(status()).toEqual([ERROR]);
  });

  test('write to a read-only disk', () => {
    const image = Uint8Array.from({ length: 8 * 512 }, () => 1);
    ring = new RawBlockRing(new MemoryDisk(image, true));
    ring.grant(7, 2, true);
    ring.request(WRITE, 1n, 0n, [whole(7)]);
    ring.discard(2n, 0n, 1n);
    expect(status()).toEqual([ERROR, ERROR]);
    expect(image.every((byte) => byte === 1)).toBe(true);
  });
});

describe('a private copy is what was checked', () => {
  test('the ring entry changes after it was taken', () => {
    ring.request(READ, 1n, 10n, [{ reference: 7, first: 0, last: 0 }]);
    ring.backend.handleEvent();
    ring.memory.fill(0xff, 64, 64 + 108);
    expect(ring.serve()).toEqual([{ id: 1n, operation: READ, status: OKAY }]);
    expect(ring.memory[2 * PAGE]).toBe(11);
  });

  test('the indirect page changes after it was taken', () => {
    ring.writeSegment(5 * PAGE, { reference: 7, first: 0, last: 0 });
    ring.grant(50, 5, false);
    ring.indirect(READ, 1n, 10n, 1, 50);
    ring.backend.handleEvent();
    ring.writeSegment(5 * PAGE, { reference: 8, first: 0, last: 255 });
    expect(status()).toEqual([OKAY]);
    expect([ring.memory[2 * PAGE], ring.memory[3 * PAGE]]).toEqual([11, 0]);
  });
});

describe('order of completion', () => {
  beforeEach(() => {
    for (let i = 0; i < 4; i++) ring.request(READ, BigInt(i), BigInt(i), [{ reference: 7, first: i, last: i }]);
    ring.backend.handleEvent();
  });

  test('is the scheduler’s choice', () => {
    for (const index of [2, 0, 1, 0]) ring.backend.complete(index);
    expect(ring.responses().map((response) => response.id)).toEqual([2n, 0n, 3n, 1n]);
    expect([0, 1, 2, 3].map((i) => ring.memory[2 * PAGE + i * 512])).toEqual([1, 2, 3, 4]);
  });

  test('requests that were answered out of order do not overwrite those on the ring', () => {
    ring.backend.complete(3);
    for (let i = 4; i < 32; i++) ring.request(READ, BigInt(i), 0n, [{ reference: 7, first: 0, last: 0 }]);
    ring.backend.handleEvent();
    expect(ring.backend.pendingCount).toBe(31);
    while (ring.backend.pendingCount > 0) ring.backend.complete(ring.backend.pendingCount - 1);
    expect(new Set(ring.responses().map((response) => response.id)).size).toBe(32);
  });

  test('no request passes a barrier, in either direction', () => {
    ring.request(WRITE_BARRIER, 4n, 0n, [whole(7)]);
    ring.request(READ, 5n, 0n, [whole(7)]);
    ring.backend.handleEvent();
    expect([ring.backend.pendingCount, ring.backend.completableCount]).toEqual([6, 4]);
    expect(() => ring.backend.complete(4)).toThrow(RangeError);
    for (let i = 0; i < 4; i++) ring.backend.complete();
    expect(ring.backend.completableCount).toBe(1);
    ring.backend.complete();
    expect(ring.backend.completableCount).toBe(1);
    ring.backend.complete();
    expect(ring.responses().map((response) => response.id)).toEqual([0n, 1n, 2n, 3n, 4n, 5n]);
  });

  test('a scheduler is told what each request moves', () => {
    ring.request(WRITE, 4n, 0n, [whole(7), whole(8)]);
    ring.push(FLUSH, 5n, () => {});
    ring.discard(6n, 0n, 8n);
    ring.request(READ, 7n, 999n, [whole(7)]);
    ring.backend.handleEvent();
    const pending = Array.from({ length: 8 }, (_, i) => [
      ring.backend.pendingOperation(i),
      ring.backend.pendingBytes(i),
    ]);
    expect(pending.slice(3)).toEqual([
      [READ, 512],
      [WRITE, 8192],
      [FLUSH, 0],
      [DISCARD, 0],
      [READ, 0],
    ]); // prettier-ignore
    expect(() => ring.backend.pendingBytes(8)).toThrow(RangeError);
  });
});

describe('events', () => {
  test('the front-end is notified when rsp_event is passed, and not again before it asks', () => {
    for (let i = 0; i < 3; i++) ring.push(FLUSH, BigInt(i), () => {});
    ring.serve();
    expect(ring.notifications).toBe(1);
    ring.push(FLUSH, 3n, () => {});
    ring.serve();
    expect(ring.notifications).toBe(1);
    ring.setHeader(RSP_EVENT, 6);
    for (let i = 4; i < 7; i++) ring.push(FLUSH, BigInt(i), () => {});
    ring.backend.handleEvent();
    ring.backend.complete();
    expect(ring.notifications).toBe(1);
    ring.backend.complete();
    expect(ring.notifications).toBe(2);
  });

  test('the back-end asks for an event at the next request', () => {
    for (let i = 0; i < 3; i++) ring.push(FLUSH, BigInt(i), () => {});
    ring.backend.handleEvent();
    expect(ring.header(REQ_EVENT)).toBe(4);
  });

  test('a request pushed while others are being taken is not slept over', () => {
    ring.grant(50, 5, false);
    ring.writeSegment(5 * PAGE, { reference: 7, first: 0, last: 0 });
    const map = ring.map.bind(ring);
    ring.map = (reference, write) => {
      // The producer reads req_event before the back-end asks again, so it sends no event.
      if (reference === 50) ring.push(FLUSH, 2n, () => {});
      return map(reference, write);
    };
    ring.indirect(READ, 1n, 0n, 1, 50);
    ring.backend.handleEvent();
    expect([ring.backend.pendingCount, ring.header(REQ_EVENT)]).toEqual([2, 3]);
  });

  test('a spurious event does nothing', () => {
    ring.backend.handleEvent();
    ring.backend.complete();
    expect([ring.backend.pendingCount, ring.notifications]).toEqual([0, 0]);
  });
});

describe('a front-end whose indices cannot be is cut off', () => {
  test.each([
    ['beyond the ring', 33],
    ['far beyond', 0x8000_0000],
    ['backwards', 0xffff_ffff],
  ])('%s', (_, produced) => {
    ring.setHeader(REQ_PROD, produced);
    ring.backend.handleEvent();
    expect(ring.backend.disconnectReason).toContain('beyond the ring');
    expect(ring.backend.pendingCount).toBe(0);
    expect(ring.ringMapped).toBe(false);
  });

  test('behind what was taken, while requests are pending', () => {
    ring.push(FLUSH, 1n, () => {});
    ring.push(FLUSH, 2n, () => {});
    ring.backend.handleEvent();
    ring.setHeader(REQ_PROD, 1);
    ring.backend.handleEvent();
    expect(ring.backend.disconnectReason).toBeDefined();
    ring.backend.complete();
    expect(ring.responses()).toEqual([]);
  });

  test('more than a ring of unanswered requests', () => {
    for (let i = 0; i < 32; i++) ring.push(FLUSH, BigInt(i), () => {});
    ring.backend.handleEvent();
    expect(ring.backend.pendingCount).toBe(32);
    ring.push(FLUSH, 99n, () => {});
    ring.backend.handleEvent();
    expect(ring.backend.disconnectReason).toBeDefined();
  });

  test('until reset', () => {
    ring.setHeader(REQ_PROD, 99);
    ring.backend.handleEvent();
    ring.setHeader(REQ_PROD, 0);
    ring.push(FLUSH, 1n, () => {});
    ring.backend.handleEvent();
    expect(ring.backend.pendingCount).toBe(0);
    ring.backend.reset();
    expect(status()).toEqual([OKAY]);
  });
});

test('an event before the ring is granted is harmless', () => {
  ring.map = () => -1;
  ring.backend.handleEvent();
  expect([ring.backend.pendingCount, ring.backend.disconnectReason]).toEqual([0, undefined]);
});

test('a saved back-end continues with requests that are no longer on the ring', () => {
  for (let i = 0; i < 3; i++) ring.request(READ, BigInt(i), BigInt(i), [{ reference: 7, first: i, last: i }]);
  ring.backend.handleEvent();
  ring.backend.complete(2); // its response lies where request 0 was
  const state = JSON.parse(JSON.stringify(ring.backend.save()));
  ring.backend.reset();
  ring.backend.restore(state);
  ring.request(READ, 3n, 3n, [{ reference: 7, first: 3, last: 3 }]);
  expect(ring.serve().map((response) => response.id)).toEqual([2n, 0n, 1n, 3n]);
  expect([0, 1, 2, 3].map((i) => ring.memory[2 * PAGE + i * 512])).toEqual([1, 2, 3, 4]);
});

test('flush reports the disk’s failure', () => {
  const recording = new RecordingDisk();
  ring = new RawBlockRing(recording);
  expect(ring.backend.flush()).toBe(true);
  recording.result = DiskResult.IO_ERROR;
  expect(ring.backend.flush()).toBe(false);
});
