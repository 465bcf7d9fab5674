import {
  XENCONS_IN,
  XENCONS_IN_CONS,
  XENCONS_IN_PROD,
  XENCONS_IN_SIZE,
  XENCONS_OUT,
  XENCONS_OUT_CONS,
  XENCONS_OUT_PROD,
  XENCONS_OUT_SIZE,
} from '../protocol/console';
import { RING_CORRUPT, RING_FULL, ringFree, ringState } from '../ring/ring';
import type { GrantMapper } from './grant-mapper';

const NOT_MAPPED = -1;

export interface ConsoleBackendOptions {
  /** The whole memory of the guest's domain, on its SharedArrayBuffer from byte 0. */
  readonly memory: Uint8Array;
  readonly grants: GrantMapper;
  /** Grant reference of the console's page. */
  readonly ring: number;
  /** Takes each byte that the guest writes, 0-255. */
  readonly sink: (byte: number) => void;
  /** Send the event that tells the front-end of input, or of room for output. */
  readonly notify: () => void;
}

/** See ConsoleBackend.save. */
export interface ConsoleBackendState {
  readonly connected: boolean;
  readonly disconnectReason: string | null;
  readonly outConsumed: number;
  readonly inProduced: number;
}

/** Domain 0's half of a console. It connects at the first event, like the block back-end. */
export class ConsoleBackend {
  /** Why the front-end was cut off, if it was; until `reset` nothing moves. */
  disconnectReason: string | undefined;

  private readonly words: Uint32Array;
  private page = NOT_MAPPED;
  private outConsumed = 0;
  private inProduced = 0;

  constructor(private readonly options: ConsoleBackendOptions) {
    this.words = new Uint32Array(options.memory.buffer);
  }

  /**
   * Pass the guest's output to the sink. Call at an event from the front-end, which also comes when the guest has made room in
   * a full input ring. The front-end is told only if it had filled the output ring: otherwise it waits for nothing.
   *
   * @returns true if the front-end wrote meanwhile, behind bytes that it saw waiting, hence without an event: call again. A loop
   *   here instead would let a front-end that never stops keep domain 0
   */
  handleEvent(): boolean {
    if (!this.connect()) return false;
    const produced = this.load(XENCONS_OUT_PROD);
    if (ringState(produced, this.outConsumed, XENCONS_OUT_SIZE) === RING_CORRUPT) {
      this.disconnect(`output index ${produced} is beyond the ring: ${this.outConsumed} bytes were taken before`);
      return false;
    }
    if (produced === this.outConsumed) return false;
    const before = this.outConsumed;
    while (this.outConsumed !== produced) this.takeByte();
    this.store(XENCONS_OUT_CONS, produced);
    const now = this.load(XENCONS_OUT_PROD);
    if (ringState(now, before, XENCONS_OUT_SIZE) === RING_FULL) this.options.notify();
    return now !== produced;
  }

  /**
   * Give the guest input. The front-end is told if the ring was empty; one that has not emptied it will look again by itself.
   *
   * @returns how many of the bytes from `start` on there was room for; the caller keeps the others and tries again after
   *   the next event
   */
  input(bytes: Uint8Array, start = 0): number {
    let given = start;
    for (let count = -1; count !== 0; given += count) count = this.giveInput(bytes, given);
    return given - start;
  }

  /** Forget the front-end, as at a reset of its machine. The next event connects afresh. */
  reset(): void {
    if (this.page !== NOT_MAPPED) this.options.grants.unmap(this.options.ring, true);
    this.page = NOT_MAPPED;
    this.outConsumed = 0;
    this.inProduced = 0;
    this.disconnectReason = undefined;
  }

  /** What the back-end knows beyond the guest's memory, as a JSON-compatible value. */
  save(): ConsoleBackendState {
    return {
      connected: this.page !== NOT_MAPPED,
      disconnectReason: this.disconnectReason ?? null,
      outConsumed: this.outConsumed,
      inProduced: this.inProduced,
    };
  }

  /** Continue from a saved state; the guest's memory must have been restored before. */
  restore(state: ConsoleBackendState): void {
    this.reset();
    this.disconnectReason = state.disconnectReason ?? undefined;
    this.outConsumed = state.outConsumed;
    this.inProduced = state.inProduced;
    if (state.connected && !this.connect()) this.disconnect('the saved memory does not grant the console page');
  }

  /** As many bytes as there is room for now. One has to look again after that: room in a ring that is not full comes without an event. */
  private giveInput(bytes: Uint8Array, start: number): number {
    if (!this.connect()) return 0;
    const consumed = this.load(XENCONS_IN_CONS);
    if (ringState(this.inProduced, consumed, XENCONS_IN_SIZE) === RING_CORRUPT) {
      this.disconnect(`input index ${consumed} is ahead of the ${this.inProduced} bytes that were given`);
      return 0;
    }
    const count = Math.min(bytes.length - start, ringFree(this.inProduced, consumed, XENCONS_IN_SIZE));
    if (count === 0) return 0;
    const before = this.inProduced;
    for (let i = 0; i < count; i++) this.giveByte(bytes[start + i]!);
    this.store(XENCONS_IN_PROD, this.inProduced);
    if (this.load(XENCONS_IN_CONS) === before) this.options.notify();
    return count;
  }

  private takeByte(): void {
    this.options.sink(this.options.memory[this.page + XENCONS_OUT + (this.outConsumed & (XENCONS_OUT_SIZE - 1))]!);
    this.outConsumed = (this.outConsumed + 1) >>> 0;
  }

  private giveByte(byte: number): void {
    this.options.memory[this.page + XENCONS_IN + (this.inProduced & (XENCONS_IN_SIZE - 1))] = byte;
    this.inProduced = (this.inProduced + 1) >>> 0;
  }

  private connect(): boolean {
    if (this.disconnectReason !== undefined) return false;
    if (this.page === NOT_MAPPED) this.page = this.options.grants.map(this.options.ring, true);
    return this.page !== NOT_MAPPED;
  }

  private disconnect(reason: string): void {
    this.reset();
    this.disconnectReason = reason;
  }

  private load(field: number): number {
    return Atomics.load(this.words, (this.page + field) / 4);
  }

  private store(field: number, value: number): void {
    Atomics.store(this.words, (this.page + field) / 4, value);
  }
}
