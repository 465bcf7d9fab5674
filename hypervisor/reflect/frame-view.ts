import {
  ANSWER_NONE,
  FLAG_DESCENDING,
  FRAME_ADDRESS,
  FRAME_ANSWER,
  FRAME_COUNT,
  FRAME_DEVICE,
  FRAME_DIRECTION,
  FRAME_DONE,
  FRAME_FLAGS,
  FRAME_HOST,
  FRAME_INTERRUPT,
  FRAME_NOTIFY,
  FRAME_PENDING,
  FRAME_REASON,
  FRAME_REGISTERS,
  FRAME_RUN_COUNT,
  FRAME_RUNS,
  FRAME_SPACE,
  FRAME_TIME,
  FRAME_VALUE,
  FRAME_WIDTH,
  RUN_LIMIT,
} from '../abi/frame';
import { MEMORY_WRITTEN } from '../abi/layout';
import type { Vcpu, VmExit } from '../abi/vcpu';

// Constants of its own a module has folded into optimised code; imported ones are looked up at each use (docs/decisions.md).
const ADDRESS = FRAME_ADDRESS >> 2;
const ANSWER = FRAME_ANSWER >> 2;
const COUNT = FRAME_COUNT >> 2;
const DEVICE = FRAME_DEVICE >> 2;
const DIRECTION = FRAME_DIRECTION >> 2;
const DONE = FRAME_DONE >> 2;
const FLAGS = FRAME_FLAGS >> 2;
const HOST = FRAME_HOST >> 2;
const INTERRUPT = FRAME_INTERRUPT >> 2;
const NOTIFY = FRAME_NOTIFY >> 2;
const PENDING = FRAME_PENDING >> 2;
const REASON = FRAME_REASON >> 2;
const REGISTERS = FRAME_REGISTERS >> 2;
const RUNS = FRAME_RUNS >> 2;
const RUN_COUNT = FRAME_RUN_COUNT >> 2;
const SPACE = FRAME_SPACE >> 2;
const TIME = FRAME_TIME >> 2;
const VALUE = FRAME_VALUE >> 2;
const WIDTH = FRAME_WIDTH >> 2;

/** The hypervisor's side of a frame: writes requests, reads answers, saves and restores registers. */
export class FrameView {
  private readonly base: number;

  /** @param host HOST_* bits that every entry tells the firmware */
  constructor(
    private readonly words: Int32Array,
    readonly address: number,
    private readonly host: number,
  ) {
    this.base = address >> 2;
  }

  get answer(): number {
    return this.words[this.base + ANSWER]!;
  }

  get value(): number {
    return this.words[this.base + VALUE]! >>> 0;
  }

  get done(): number {
    return this.words[this.base + DONE]! >>> 0;
  }

  get notify(): number {
    return this.words[this.base + NOTIFY]!;
  }

  /** The firmware has written guest memory by DMA since this was asked last. */
  takeMemoryWritten(): boolean {
    if (this.words[MEMORY_WRITTEN >> 2] === 0) return false;
    this.words[MEMORY_WRITTEN >> 2] = 0;
    return true;
  }

  set interrupt(value: number) {
    this.words[this.base + INTERRUPT] = value;
  }

  set pending(value: number) {
    this.words[this.base + PENDING] = value;
  }

  /** Every entry: reason, time, and an answer that only the firmware can make good. */
  open(reason: number, now: number): void {
    const { words, base } = this;
    words[base + REASON] = reason;
    words[base + ANSWER] = ANSWER_NONE;
    words[base + TIME] = now;
    words[base + TIME + 1] = now / 2 ** 32;
    words[base + INTERRUPT] = 0;
    words[base + NOTIFY] = 0;
    words[base + HOST] = this.host;
  }

  request(device: number, space: number, direction: number, address: number, width: number, value: number): void {
    const { words, base } = this;
    words[base + DEVICE] = device;
    words[base + SPACE] = space;
    words[base + DIRECTION] = direction;
    words[base + ADDRESS] = address;
    words[base + WIDTH] = width;
    words[base + VALUE] = value;
    words[base + COUNT] = 1;
    words[base + DONE] = 0;
    words[base + RUN_COUNT] = 0;
  }

  /** After `request`: the list of runs of string I/O, of which `count` elements may be served. */
  addRuns(exit: VmExit, count: number): void {
    const { words, base } = this;
    const runs = Math.min(exit.runCount, RUN_LIMIT);
    for (let word = 0; word < runs * 2; word++) words[base + RUNS + word] = exit.runs[word]!;
    words[base + RUN_COUNT] = runs;
    words[base + COUNT] = count;
    words[base + FLAGS] = exit.descending ? FLAG_DESCENDING : 0;
  }

  /** @param count the first so many registers */
  saveRegisters(vcpu: Vcpu, count: number): void {
    vcpu.saveRegisters(this.words, this.base + REGISTERS, count);
  }

  restoreRegisters(vcpu: Vcpu, count: number): void {
    vcpu.restoreRegisters(this.words, this.base + REGISTERS, count);
  }

  /** The request and the answer in words, for the report of a failed firmware. */
  describe(): string[] {
    const word = (offset: number) => `${(this.words[this.base + (offset >> 2)]! >>> 0).toString(16)}h`;
    return [
      `frame at ${this.address.toString(16)}h: reason ${word(FRAME_REASON)}, answer ${word(FRAME_ANSWER)}`,
      `device ${word(FRAME_DEVICE)}, space ${word(FRAME_SPACE)}, direction ${word(FRAME_DIRECTION)}, address ${word(FRAME_ADDRESS)}`,
      `width ${word(FRAME_WIDTH)}, count ${word(FRAME_COUNT)}, done ${word(FRAME_DONE)}, value ${word(FRAME_VALUE)}`,
      `runs ${word(FRAME_RUN_COUNT)}, pending ${word(FRAME_PENDING)}`,
    ];
  }
}
