/**
 * The thread that watches an emulator while the vCPU's thread sleeps in a read that has no time limit of its own: an answer that does
 * not come ends the process, and that ends the read. Plain JavaScript, because a thread starts from a file that Node can run as it is.
 *
 * A wait is noticed after once to twice the limit, because the watcher counts in whole limits; it costs the vCPU one addition.
 */
import { workerData } from 'node:worker_threads';

const { shared, Word, pid, limit } = workerData;
const words = new Int32Array(shared);

for (;;) {
  // Odd while somebody waits.
  const turn = Atomics.load(words, Word.TURN);
  Atomics.wait(words, Word.EXPIRED, 0, limit);
  if (turn % 2 !== 0 && Atomics.load(words, Word.TURN) === turn) break;
}
Atomics.store(words, Word.EXPIRED, 1);
process.kill(pid, 'SIGKILL');
