/**
 * The thread of an out-of-guest process: hosts the firmware binary over the domain's memory, sleeps until the hypervisor asks for
 * an entry, and asks the hypervisor for its hypercalls. Plain JavaScript, because a thread starts from a file that Node can run
 * as it is; the words and turns of the mailbox come with the data.
 */
import { workerData } from 'node:worker_threads';

const { mailbox, memory, module, hypercalls, Word, Turn, clock, stampsOffset, messageOffset, messageBytes } =
  workerData;
const words = new Int32Array(mailbox);
/** When this thread woke up, and when it answered, by the clock of whoever meters the machine, if anybody does. */
const stamps = new BigInt64Array(mailbox, stampsOffset);
const now = clock === undefined ? undefined : (await import(clock)).now;

function give(turn) {
  Atomics.store(words, Word.TURN, turn);
  Atomics.notify(words, Word.TURN);
}

/** Sleep until the hypervisor has answered `turn`. */
function sleepWhile(turn) {
  while (Atomics.load(words, Word.TURN) === turn) Atomics.wait(words, Word.TURN, turn);
}

function hypercall(number, argumentsGiven) {
  words[Word.HYPERCALL] = number;
  for (let index = 0; index < 3; index++) words[Word.ARGUMENTS + index] = argumentsGiven[index] ?? 0;
  give(Turn.HYPERCALL);
  sleepWhile(Turn.HYPERCALL);
  return words[Word.RESULT];
}

const imports = hypercalls.map((name, number) => [name, (...given) => hypercall(number, given)]);
const { enter } = new WebAssembly.Instance(module, {
  env: { memory },
  hypercall: Object.fromEntries(imports),
}).exports;

function stamp(index) {
  if (now) stamps[index] = now();
}

function serve() {
  stamp(0);
  try {
    enter(words[Word.FRAME]);
    stamp(1);
    return Turn.DONE;
  } catch (error) {
    const text = new TextEncoder().encode(String(error.message)).subarray(0, messageBytes);
    words[Word.MESSAGE_LENGTH] = text.length;
    new Uint8Array(mailbox, messageOffset).set(text);
    return Turn.TRAPPED;
  }
}

let finished = Turn.DONE;
for (;;) {
  give(finished);
  sleepWhile(finished);
  finished = serve();
}
