import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { MemoryDisk } from '../../../pv-drivers/backend/memory-disk';
import { BlockWorld } from '../../helpers/pv/block-world';
import { type Frontends, loadFrontends } from '../../helpers/pv/frontends';

// Re-declared from [Xen] public/io/blkif.h, ring.h and grant_table.h.
const READ = 0;
const WRITE = 1;
const FLUSH = 3;
const INDIRECT = 6;
const REQ_PROD = 0;
const REQ_EVENT = 4;
const RSP_PROD = 8;
const RSP_EVENT = 12;
const PERMIT = 1;
const READ_ONLY = 4;
const WRITING = 16;

const BUFFER = 0x0010_0000;
const INDIRECT_PAGE = 0x3ff50000;
/** Re-declared from hypervisor/abi/layout.ts. */
const EVENT_BATCH = 0x3ff07000;
const RING_GRANTS = 1 + 8; // the ring and its indirect pages, granted for good

let frontends: Frontends;
let world: BlockWorld;
const PATTERN = Uint8Array.from({ length: 2 << 20 }, (_, i) => (i >>> 9) * 7 + i);
const disk = new MemoryDisk(new Uint8Array(PATTERN.length));

beforeAll(async () => {
  frontends = await loadFrontends();
});

beforeEach(() => {
  disk.bytes.set(PATTERN);
  world = new BlockWorld(frontends, disk);
});

const bytes = (start: number, count: number) => Array.from(frontends.memory.subarray(start, start + count));
const memory = (start: number, count: number) => Buffer.from(frontends.memory.slice(start, start + count));
const image = (sector: number, count: number) => Buffer.from(disk.bytes.slice(sector * 512, (sector + count) * 512));

/** Answer as a back-end would, but with anything. */
function answer(id: readonly [number, number], operation: number, status: number, produced = 1): void {
  const at = world.entry(world.word(world.header(RSP_PROD)));
  world.setWord(at, id[0]);
  world.setWord(at + 4, id[1]);
  world.setWord(at + 8, operation | (status << 16));
  world.setWord(world.header(RSP_PROD), world.word(world.header(RSP_PROD)) + produced);
}

const idOf = (entry: number): [number, number] => [
  world.word(world.entry(entry) + 4),
  world.word(world.entry(entry) + 8),
];

describe('connect', () => {
  test('initialises the ring as SHARED_RING_INIT does and grants it', () => {
    expect(bytes(world.header(0), 16)).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]);
    expect(world.grants.flags(8)).toBe(PERMIT);
    expect(world.grants.frame(8)).toBe(0x3ff40000 / 4096);
  });

  test('grants the indirect pages for reading and nothing else', () => {
    expect(world.grants.granted()).toEqual([8, 2000, 2001, 2002, 2003, 2004, 2005, 2006, 2007]);
    expect(world.grants.flags(2000)).toBe(PERMIT | READ_ONLY);
    expect(world.grants.frame(2000)).toBe(INDIRECT_PAGE / 4096);
  });

  test('ends whatever was granted before', () => {
    world.transfer(READ, 0, BUFFER, 20, 1);
    world.call.blockConnect(0, 5);
    expect(world.grants.granted()).toHaveLength(RING_GRANTS);
    expect(world.inFlight).toBe(0);
  });
});

describe('a request on the ring, byte for byte', () => {
  test('read of three sectors that cross a page', () => {
    expect(world.transfer(READ, 0x1_23, BUFFER + 4096 - 512, 3, 77)).toBe(true);
    const [reference, next] = [64, 65];
    expect(bytes(world.entry(0), 36)).toEqual([
      ...[READ, 2, 0, 0], // operation, nr_segments, handle
      ...[0, 0, 0, 0, 1, 0, 0, 0], // id: slot 0, first request
      ...[0x23, 0x01, 0, 0, 0, 0, 0, 0], // sector
      ...[reference, 0, 0, 0, 7, 7, 0, 0], // last sector of the first page
      ...[next, 0, 0, 0, 0, 1, 0, 0], // first two of the second
    ]);
    expect(world.word(world.header(REQ_PROD))).toBe(1);
    expect([world.grants.frame(reference), world.grants.frame(next)]).toEqual([BUFFER >> 12, (BUFFER >> 12) + 1]);
  });

  test('sectors above 2^32 keep all their bits', () => {
    world.call.blockBegin(0, READ, 0x89abcdef, 0x1234);
    world.call.blockAddSegment(0, BUFFER, 512);
    world.call.blockSubmit(0, 1);
    expect(world.word(world.entry(0) + 12)).toBe(0x89abcdef);
    expect(world.word(world.entry(0) + 16)).toBe(0x1234);
  });

  test('pages are granted writable for a read, read-only for a write', () => {
    world.transfer(READ, 0, BUFFER, 1, 1);
    world.transfer(WRITE, 0, BUFFER, 1, 2);
    expect([world.grants.flags(64), world.grants.flags(65)]).toEqual([PERMIT, PERMIT | READ_ONLY]);
  });

  test('eleven segments still fit the request, twelve go to an indirect page', () => {
    world.transfer(WRITE, 0, BUFFER, 88, 1);
    world.transfer(WRITE, 88, BUFFER, 96, 2);
    expect(bytes(world.entry(0), 2)).toEqual([WRITE, 11]);
    expect(bytes(world.entry(1), 4)).toEqual([INDIRECT, WRITE, 12, 0]);
    const page = (world.word(world.entry(1) + 24) - 2000) * 4096 + INDIRECT_PAGE;
    const segments = Array.from({ length: 12 }, (_, i) => [world.word(page + i * 8), world.word(page + i * 8 + 4)]);
    expect(segments).toEqual(Array.from({ length: 12 }, (_, i) => [64 + 11 + i, 0x700]));
  });

  test('flush has no segments', () => {
    world.flush(9);
    expect(bytes(world.entry(0), 4)).toEqual([FLUSH, 0, 0, 0]);
  });
});

describe('transfers', () => {
  test('read', () => {
    world.transfer(READ, 5, BUFFER + 1024, 9, 0xdeadbeef);
    world.drain();
    expect(world.reports).toEqual([{ tag: 0xdeadbeef, status: 0 }]);
    expect(memory(BUFFER + 1024, 9 * 512)).toEqual(image(5, 9));
  });

  test('write', () => {
    frontends.memory.fill(0x5a, BUFFER, BUFFER + 2048);
    world.transfer(WRITE, 100, BUFFER, 4, 1);
    world.drain();
    expect(image(100, 4).every((byte) => byte === 0x5a)).toBe(true);
    expect(image(104, 1)[0]).not.toBe(0x5a);
  });

  test('pieces of a scatter list follow each other on the disk', () => {
    world.scatter(
      READ,
      8,
      [
        [BUFFER + 512, 512],
        [BUFFER + 0x5000, 8192],
        [BUFFER, 512],
      ],
      3,
    ); // prettier-ignore
    world.drain();
    expect(memory(BUFFER + 512, 512)).toEqual(image(8, 1));
    expect(memory(BUFFER + 0x5000, 8192)).toEqual(image(9, 16));
    expect(memory(BUFFER, 512)).toEqual(image(25, 1));
  });

  test('1 MiB that begins in the middle of a page takes two requests and one report', () => {
    expect(world.transfer(READ, 0, BUFFER + 512, 2048, 4)).toBe(true);
    expect(world.word(world.header(REQ_PROD))).toBe(2);
    world.drain();
    expect(world.reports).toEqual([{ tag: 4, status: 0 }]);
    expect(memory(BUFFER + 512, 1 << 20).equals(image(0, 2048))).toBe(true);
  });

  test('without indirect pages large transfers fall back to many requests', () => {
    for (let i = 0; i < 8; i++) world.transfer(READ, 0, BUFFER + 0x10_0000, 96, i);
    world.transfer(READ, 64, BUFFER, 8 * 23, 100);
    expect(world.word(world.header(REQ_PROD))).toBe(8 + 3);
    world.drain();
    expect(world.reports).toHaveLength(9);
    expect(memory(BUFFER, 8 * 23 * 512).equals(image(64, 8 * 23))).toBe(true);
  });

  test('report the worst status of their requests', () => {
    world.transfer(READ, disk.sectors - 2040, BUFFER + 512, 2048, 1); // the second request is beyond the end
    world.drain();
    expect(world.reports).toEqual([{ tag: 1, status: -1 }]);
  });

  test('all grants end with the responses', () => {
    for (let i = 0; i < 6; i++) world.transfer(i & 1, i * 300, BUFFER + i * 0x20000, 200, i);
    expect(world.grants.granted()).toHaveLength(RING_GRANTS + 6 * 25);
    world.drain();
    expect(world.reports).toHaveLength(6);
    expect(world.grants.granted()).toHaveLength(RING_GRANTS);
  });
});

describe('room', () => {
  test('there is none for a 33rd request until a response was taken', () => {
    for (let i = 0; i < 32; i++) expect(world.transfer(READ, i, BUFFER, 1, i)).toBe(true);
    expect(world.transfer(READ, 0, BUFFER, 1, 99)).toBe(false);
    expect(world.inFlight).toBe(32);
    world.drain();
    expect(world.transfer(READ, 0, BUFFER, 1, 99)).toBe(true);
  });

  test('a transfer that does not fit leaves nothing behind', () => {
    for (let i = 0; i < 31; i++) world.flush(i);
    const granted = world.grants.granted();
    expect(world.transfer(READ, 0, BUFFER + 512, 2048, 99)).toBe(false);
    expect(world.grants.granted()).toEqual(granted);
    expect(world.flush(100)).toBe(true);
    expect(world.word(world.header(REQ_PROD))).toBe(32);
  });

  test('a piece that does not fit can be left for later', () => {
    world.call.blockBegin(0, READ, 0, 0);
    expect(world.call.blockAddSegment(0, BUFFER, 316 * 4096)).toBe(1);
    expect(world.call.blockAddSegment(0, BUFFER, 7 * 4096)).toBe(0);
    expect(world.call.blockAddSegment(0, BUFFER, 6 * 4096)).toBe(1);
    world.call.blockSubmit(0, 1);
    world.drain();
    expect(world.reports).toEqual([{ tag: 1, status: 0 }]);
  });

  test.each([
    ['address not a multiple of 512', BUFFER + 256, 512],
    ['length not a multiple of 512', BUFFER, 100],
    ['length 0', BUFFER, 0],
    ['length beyond all grants', BUFFER, 0x4000_0000],
    ['length that overflows 32 bits when rounded up', BUFFER + 512, 0xffff_fe00],
  ])('refuses a piece with %s', (_, address, length) => {
    world.call.blockBegin(0, READ, 0, 0);
    expect(world.call.blockAddSegment(0, address, length)).toBe(0);
    expect(world.grants.granted()).toHaveLength(RING_GRANTS);
  });

  test('refuses a transfer whose bytes overflow 32 bits', () => {
    expect(world.transfer(READ, 0, BUFFER, 0x80_0001, 1)).toBe(false);
  });

  test('beginning again forgets what was begun before', () => {
    for (let i = 0; i < 40; i++) {
      expect(world.call.blockBegin(0, READ, 0, 0)).toBe(1);
      expect(world.call.blockAddSegment(0, BUFFER, 300 * 4096)).toBe(1);
    }
    world.call.blockBegin(0, READ, 9, 0);
    world.call.blockAddSegment(0, BUFFER, 512);
    world.call.blockSubmit(0, 1);
    expect(world.word(world.header(REQ_PROD))).toBe(1);
    expect(world.grants.granted()).toHaveLength(RING_GRANTS + 1);
    world.drain();
    expect(memory(BUFFER, 512)).toEqual(image(9, 1));
  });

  test('pieces and submission need a beginning', () => {
    expect(world.call.blockAddSegment(0, BUFFER, 512)).toBe(0);
    expect(world.call.blockSubmit(0, 1)).toBe(0);
    expect(world.word(world.header(REQ_PROD))).toBe(0);
  });
});

describe('events', () => {
  test('only the first request of a burst is announced', () => {
    for (let i = 0; i < 5; i++) world.transfer(READ, i, BUFFER, 1, i);
    expect(world.eventsSent).toBe(1);
  });

  test('after its final check the back-end is woken again', () => {
    world.flush(1);
    world.deliverToBackend();
    expect(world.word(world.header(REQ_EVENT))).toBe(2);
    world.flush(2);
    expect(world.eventsSent).toBe(2);
  });

  test('are collected for the resume instead, when the firmware says where', () => {
    const notify = 0x3ff0203c;
    world.setWord(EVENT_BATCH, notify);
    world.setWord(notify, 1 << 9);
    world.flush(1);
    expect([world.eventsSent, world.word(notify)]).toEqual([0, (1 << 9) | (1 << 5)]);
    world.setWord(EVENT_BATCH, 0);
    world.setWord(notify, 0);
    world.deliverToBackend();
    world.backend.handleEvent();
    world.flush(2);
    expect([world.eventsSent, world.word(notify)]).toEqual([1, 0]);
  });

  test('poll asks to be woken by the next response', () => {
    expect(world.poll()).toBeUndefined();
    expect(world.word(world.header(RSP_EVENT))).toBe(1);
    world.flush(1);
    world.drain();
    expect(world.word(world.header(RSP_EVENT))).toBe(2);
  });
});

describe('the final check', () => {
  const HOOK = 31;
  const request = 'atomic.store<u32>(this.ring + RING_RSP_EVENT, ringNextEvent(this.responsesTaken));';

  test('finds a response that came between the look at the ring and the request for an event', async () => {
    // Compiled with a call in that very place, because two threads meet there too seldom to rely on.
    const file = 'pv-drivers/frontend/block.ts';
    const hooked = await loadFrontends({ file, from: request, to: `eventSend(${HOOK}); ${request}` });
    world = new BlockWorld(hooked, disk);
    const onEvent = hooked.onEvent;
    let interleave = () => {};
    hooked.onEvent = (port) => (port === HOOK ? interleave() : onEvent(port));
    world.flush(1);
    world.flush(2);
    world.deliverToBackend();
    world.backend.complete();
    expect(world.poll()).toEqual({ tag: 1, status: 0 });
    world.eventForFrontend = false;
    interleave = () => {
      interleave = () => {};
      world.backend.complete();
    };
    expect(world.poll()).toEqual({ tag: 2, status: 0 });
    expect(world.eventForFrontend).toBe(false); // no event announced it, so nothing else would have found it
  });
});

describe('abandon', () => {
  test('late responses are swallowed', () => {
    world.transfer(READ, 0, BUFFER, 1, 1);
    world.abandon();
    expect(world.inFlight).toBe(0);
    world.transfer(READ, 1, BUFFER, 1, 2);
    world.drain();
    expect(world.reports).toEqual([{ tag: 2, status: 0 }]);
    expect(world.broken).toBe(false);
  });

  test('a read that had not begun never reaches memory, nor does it reach the pages of the next one', () => {
    frontends.memory.fill(0xee, BUFFER, BUFFER + 8192);
    world.transfer(READ, 0, BUFFER, 8, 1);
    world.deliverToBackend();
    world.abandon();
    world.transfer(WRITE, 50, BUFFER + 4096, 8, 2);
    world.drain();
    expect(memory(BUFFER, 8192).every((byte) => byte === 0xee)).toBe(true);
    expect(world.reports).toEqual([{ tag: 2, status: 0 }]);
  });

  test('takes along a transfer that was only begun', () => {
    world.call.blockBegin(0, READ, 0, 0);
    world.call.blockAddSegment(0, BUFFER, 4096);
    world.abandon();
    expect(world.grants.granted()).toHaveLength(RING_GRANTS);
    expect(world.call.blockSubmit(0, 1)).toBe(0);
  });

  test('all room comes back in the end', () => {
    for (let i = 0; i < 12; i++) world.transfer(READ, 0, BUFFER, 200, i);
    world.abandon();
    world.drain();
    expect(world.transfer(READ, 0, BUFFER, 2048, 1)).toBe(true);
    world.drain();
    expect(world.reports).toEqual([{ tag: 1, status: 0 }]);
    expect(world.grants.granted()).toHaveLength(RING_GRANTS);
  });
});

test('the firmware region alone carries the front-end through save and restore', () => {
  const region = frontends.memory.subarray(0x3ff00000, 0x40000000);
  for (let i = 0; i < 6; i++) world.transfer(READ, i * 100, BUFFER + i * 0x20000, 100, i);
  world.deliverToBackend();
  world.backend.complete(3);
  const saved = { region: region.slice(), backend: JSON.parse(JSON.stringify(world.backend.save())) };
  const finish = () => {
    world.eventForFrontend = true;
    world.drain();
    return world.reports.splice(0);
  };
  const first = finish();
  expect(first).toHaveLength(6);

  world.backend.reset();
  region.set(saved.region);
  frontends.memory.fill(0, BUFFER, BUFFER + 0xc0000);
  world.backend = world.newBackend();
  world.backend.restore(saved.backend);
  expect(world.inFlight).toBe(6);
  expect(finish()).toEqual(first);
  expect(memory(BUFFER + 5 * 0x20000, 51200).equals(image(500, 100))).toBe(true);
});

describe('a hostile back-end breaks the front-end and nothing else', () => {
  beforeEach(() => {
    world.transfer(READ, 0, BUFFER, 1, 41);
    world.flush(42);
  });

  function expectBroken(): void {
    const reports = [world.poll(), world.poll(), world.poll()];
    expect(reports).toEqual([{ tag: 41, status: -1 }, { tag: 42, status: -1 }, undefined]); // prettier-ignore
    expect(world.broken).toBe(true);
    expect(world.inFlight).toBe(0);
    expect(world.flush(1)).toBe(false);
    expect(world.transfer(READ, 0, BUFFER, 1, 1)).toBe(false);
    expect(world.grants.granted()).toHaveLength(RING_GRANTS);
  }

  test('more responses than requests', () => {
    world.setWord(world.header(RSP_PROD), 3);
    expectBroken();
  });

  test('more responses than requests condemn those before them, however right they look', () => {
    const ids = [idOf(0), idOf(1)] as const;
    answer(ids[0], READ, 0);
    answer(ids[1], FLUSH, 0, 2);
    expectBroken();
  });

  test('response index that runs backwards', () => {
    world.setWord(world.header(RSP_PROD), 0xffff_ffff);
    expectBroken();
  });

  test('id of no slot', () => {
    answer([32, 1], READ, 0);
    expectBroken();
  });

  test('id of a slot in its next life', () => {
    const [slot, generation] = idOf(0);
    answer([slot, generation + 1], READ, 0);
    expectBroken();
  });

  test('wrong operation', () => {
    answer(idOf(0), WRITE, 0);
    expectBroken();
  });

  test.each([1, -3, 0x7fff])('status %i', (status) => {
    answer(idOf(0), READ, status);
    expectBroken();
  });

  test('answer while the page is still mapped for writing', () => {
    const reference = world.word(world.entry(0) + 20);
    world.grants.map(reference, true);
    answer(idOf(0), READ, 0);
    expect([world.poll(), world.poll()]).toEqual([
      { tag: 41, status: -1 },
      { tag: 42, status: -1 },
    ]); // prettier-ignore
    expect(world.broken).toBe(true);
    expect(world.grants.flags(reference)).toBe(PERMIT | WRITING);
  });

  test('the same response twice: what was reported stays reported', () => {
    const id = idOf(0);
    answer(id, READ, 0);
    answer(id, READ, 0);
    const reports = [world.poll(), world.poll(), world.poll()];
    expect(reports).toEqual([{ tag: 41, status: 0 }, { tag: 42, status: -1 }, undefined]); // prettier-ignore
    expect(world.broken).toBe(true);
  });

  test('connect mends it', () => {
    world.setWord(world.header(RSP_PROD), 1000);
    while (world.poll());
    world.backend.reset();
    world.call.blockConnect(0, 5);
    expect(world.broken).toBe(false);
    world.transfer(READ, 3, BUFFER, 1, 50);
    world.drain();
    expect(world.reports).toEqual([{ tag: 50, status: 0 }]);
  });
});
