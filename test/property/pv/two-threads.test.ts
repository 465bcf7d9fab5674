import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { BlockBackend } from '../../../pv-drivers/backend/block';
import { MemoryDisk } from '../../../pv-drivers/backend/memory-disk';
import { compileFrontends } from '../../helpers/pv/frontends';
import { TestGrantTable } from '../../helpers/pv/grant-table';

const ROUNDS = 20_000;
const SECTORS = 200;
const RING_GRANT = 8;
/** Words of the memory that carries the events. */
const fields = { FOR_BACKEND: 0, FOR_FRONTEND: 1, OUTCOME: 2 };

/** Numbers below `bound` in an order that has no pattern and is the same in each run. */
function shuffler(): (bound: number) => number {
  let state = 12345;
  return (bound) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % bound;
  };
}

function outcomeOf(events: Int32Array): string {
  const length = Atomics.load(events, fields.OUTCOME);
  return String.fromCharCode(...events.subarray(fields.OUTCOME + 1, fields.OUTCOME + 1 + length));
}

/** Serve until the front-end has an outcome. Sleeps only when nothing is pending. */
function serve(backend: BlockBackend, events: Int32Array): string {
  const pick = shuffler();
  while (Atomics.load(events, fields.OUTCOME) === 0) {
    if (Atomics.wait(events, fields.FOR_BACKEND, 0, 20_000) === 'timed-out') return 'the back-end was not woken';
    Atomics.store(events, fields.FOR_BACKEND, 0);
    backend.handleEvent();
    while (backend.pendingCount > 0) backend.complete(pick(backend.pendingCount));
  }
  return outcomeOf(events);
}

test('front-end and back-end on two threads: 20,000 reads, right data, nobody sleeps over work', async () => {
  const memory = new WebAssembly.Memory({ initial: 16384, maximum: 16384, shared: true });
  const events = new Int32Array(new SharedArrayBuffer(4096));
  const bytes = new Uint8Array(memory.buffer);
  const grants = new TestGrantTable(bytes);
  const disk = new MemoryDisk(Uint8Array.from({ length: SECTORS * 512 }, (_, i) => (i >> 9) + 1));
  const notify = () => {
    Atomics.store(events, fields.FOR_FRONTEND, 1);
    Atomics.notify(events, fields.FOR_FRONTEND);
  };
  const backend = new BlockBackend({ memory: bytes, grants, ring: RING_GRANT, disk, notify });
  const module = await WebAssembly.compile(await compileFrontends());
  const worker = new Worker(new URL('../../helpers/pv/frontend-thread.mjs', import.meta.url), {
    workerData: { module, memory, events, rounds: ROUNDS, sectors: SECTORS, fields },
  });
  await once(worker, 'online');
  const outcome = serve(backend, events);
  await worker.terminate();
  expect(outcome).toBe('done');
});
