/**
 * The front-end as the guest's processor runs it, on a thread of its own: reads single sectors, up to a full ring at a
 * time, checks each when it is reported, and sleeps only when the front-end has nothing to report.
 *
 * Plain JavaScript because a worker thread has no TypeScript loader.
 */
import { workerData } from 'node:worker_threads';

const { module, memory, events, rounds, sectors } = workerData;
const { FOR_BACKEND, FOR_FRONTEND, OUTCOME } = workerData.fields;
const BUFFERS = 0x100000;
const READ = 0;

const send = () => {
  Atomics.store(events, FOR_BACKEND, 1);
  Atomics.notify(events, FOR_BACKEND);
  return 0;
};
const { exports: call } = new WebAssembly.Instance(module, { env: { memory }, hypercall: { event_send: send } });
const bytes = new Uint8Array(memory.buffer);
const freePages = Array.from({ length: 32 }, (_, page) => page);
const pages = new Map();

function submit(tag) {
  const page = freePages.pop();
  if (page === undefined) return false;
  bytes.fill(0, BUFFERS + page * 4096, BUFFERS + page * 4096 + 512);
  if (!call.blockTransfer(0, READ, tag % sectors, BUFFERS + page * 4096, 1, tag)) {
    freePages.push(page);
    return false;
  }
  pages.set(tag, page);
  return true;
}

function check(tag, status) {
  const page = pages.get(tag);
  if (page === undefined || status !== 0) throw new Error(`tag ${tag} with status ${status}`);
  const start = BUFFERS + page * 4096;
  const expected = (tag % sectors) + 1;
  for (let i = 0; i < 512; i++) if (bytes[start + i] !== expected) throw new Error(`tag ${tag}: wrong data`);
  pages.delete(tag);
  freePages.push(page);
}

function run() {
  call.blockConnect(0, 5);
  for (let submitted = 0, reported = 0; reported < rounds; ) {
    while (submitted < rounds && submit(submitted)) submitted++;
    const before = reported;
    for (; call.blockPoll(0); reported++) check(call.blockTag(0), call.blockStatus(0));
    if (reported !== before) continue;
    if (Atomics.wait(events, FOR_FRONTEND, 0, 20_000) === 'timed-out') return 'the front-end was not woken';
    Atomics.store(events, FOR_FRONTEND, 0);
  }
  return 'done';
}

let outcome;
try {
  outcome = run();
} catch (error) {
  outcome = error.message;
}
for (let i = 0; i < outcome.length; i++) events[OUTCOME + 1 + i] = outcome.charCodeAt(i);
Atomics.store(events, OUTCOME, outcome.length);
send();
