/**
 * Two threads wake each other by Atomics in turn. Prints the nanoseconds of one way, the median of several batches, and the
 * lowest and highest batch, as JSON. On two processors that is a thread wake-up; pinned to one, a context switch as well.
 *
 * Plain JavaScript, because a thread starts from a file that Node can run as it is.
 */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const ROUNDS = 2000;
const BATCHES = 9;

/** Words: whose turn it is, 0 or 1; 2 ends the game. */
function play(turn, mine, rounds) {
  for (let round = 0; round < rounds; round++) {
    while (Atomics.load(turn, 0) !== mine) {
      if (Atomics.load(turn, 0) === 2) return;
      Atomics.wait(turn, 0, 1 - mine);
    }
    Atomics.store(turn, 0, 1 - mine);
    Atomics.notify(turn, 0);
  }
}

if (isMainThread) {
  const turn = new Int32Array(new SharedArrayBuffer(4));
  Atomics.store(turn, 0, 1);
  const worker = new Worker(new URL(import.meta.url), { workerData: turn.buffer });
  worker.once('message', () => {
    play(turn, 0, ROUNDS);
    const ways = Array.from({ length: BATCHES }, () => {
      const start = process.hrtime.bigint();
      play(turn, 0, ROUNDS);
      return Math.round(Number(process.hrtime.bigint() - start) / ROUNDS / 2);
    }).sort((a, b) => a - b);
    Atomics.store(turn, 0, 2);
    Atomics.notify(turn, 0);
    console.log(JSON.stringify({ value: ways[BATCHES >> 1], low: ways[0], high: ways[BATCHES - 1] }));
  });
} else {
  parentPort.postMessage('ready');
  play(new Int32Array(workerData), 1, Number.POSITIVE_INFINITY);
}
