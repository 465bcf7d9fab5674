import { Worker } from 'node:worker_threads';

/** Words of the mailbox. */
const Word = { TURN: 0, FRAME: 1, HYPERCALL: 2, ARGUMENTS: 3, RESULT: 6, MESSAGE_LENGTH: 7 } as const;
/** Whose turn it is, and why. The thread begins, by saying that it is ready. */
const Turn = { STARTING: 0, ENTER: 1, HYPERCALL: 2, RESULT: 3, DONE: 4, TRAPPED: 5 } as const;
const STAMPS_OFFSET = 64;
const MESSAGE_OFFSET = 128;
const MESSAGE_BYTES = 384;
/** Milliseconds after which a thread that says nothing is taken for dead. Fuel bounds every entry to far less. */
const PATIENCE = 30_000;

/** What a live machine measures, and with which clock: virtual time knows nothing of threads, and the machine has no other. */
export interface LiveMeter {
  /** Nanoseconds of the host's monotonic clock. */
  now(): bigint;
  /** URL of a JavaScript module that exports the same `now`, for the thread. */
  readonly clock: string;
  /** One entry: nanoseconds from the signal to the thread running, in it, and from its answer to this thread running again. */
  measured(there: number, inside: number, back: number): void;
}

/**
 * The firmware binary in another thread, as a real out-of-guest process: it shares the domain's memory and nothing else. The
 * hypervisor's thread sleeps while the other one serves, as a vCPU does that waits for an ioreq, and carries out the hypercalls
 * that it is asked for. So a run stays as deterministic as with one thread; only the wall time is real.
 */
export class FirmwareThread {
  private readonly mailbox = new SharedArrayBuffer(MESSAGE_OFFSET + MESSAGE_BYTES);
  private readonly words = new Int32Array(this.mailbox);
  private readonly stamps = new BigInt64Array(this.mailbox, STAMPS_OFFSET, 2);
  private readonly worker: Worker;
  private readonly calls: ((...words: number[]) => number)[];

  constructor(
    module: WebAssembly.Module,
    memory: WebAssembly.Memory,
    hypercalls: Record<string, (...words: number[]) => number>,
    private readonly meter: LiveMeter | undefined,
  ) {
    this.calls = Object.values(hypercalls);
    const workerData = {
      ...{ mailbox: this.mailbox, memory, module, hypercalls: Object.keys(hypercalls), Word, Turn },
      ...{
        clock: meter?.clock,
        stampsOffset: STAMPS_OFFSET,
        messageOffset: MESSAGE_OFFSET,
        messageBytes: MESSAGE_BYTES,
      },
    };
    this.worker = new Worker(new URL('./process.mjs', import.meta.url), { workerData });
    this.worker.unref();
    this.sleepWhile(Turn.STARTING);
  }

  /**
   * Enter the firmware through `frame` and sleep until it is done.
   *
   * @throws Error with the engine's words when it trapped
   */
  enter(frame: number): void {
    this.words[Word.FRAME] = frame;
    const signalled = this.meter?.now();
    this.give(Turn.ENTER);
    this.sleepWhile(Turn.ENTER);
    while (Atomics.load(this.words, Word.TURN) === Turn.HYPERCALL) {
      this.carryOut();
      this.sleepWhile(Turn.RESULT);
    }
    if (Atomics.load(this.words, Word.TURN) === Turn.TRAPPED) throw new Error(this.message());
    if (signalled !== undefined) this.measure(signalled);
  }

  private measure(signalled: bigint): void {
    const answered = this.meter!.now();
    const [woke, done] = this.stamps;
    this.meter!.measured(Number(woke! - signalled), Number(done! - woke!), Number(answered - done!));
  }

  close(): void {
    void this.worker.terminate();
  }

  private carryOut(): void {
    const given = this.words.slice(Word.ARGUMENTS, Word.ARGUMENTS + 3);
    this.words[Word.RESULT] = this.calls[this.words[Word.HYPERCALL]!]!(...given);
    this.give(Turn.RESULT);
  }

  private give(turn: number): void {
    Atomics.store(this.words, Word.TURN, turn);
    Atomics.notify(this.words, Word.TURN);
  }

  private sleepWhile(turn: number): void {
    while (Atomics.load(this.words, Word.TURN) === turn) {
      if (Atomics.wait(this.words, Word.TURN, turn, PATIENCE) === 'timed-out') {
        throw new Error('the thread that hosts the device models does not answer');
      }
    }
  }

  private message(): string {
    const length = this.words[Word.MESSAGE_LENGTH]!;
    return new TextDecoder().decode(new Uint8Array(this.mailbox, MESSAGE_OFFSET, length).slice());
  }
}
