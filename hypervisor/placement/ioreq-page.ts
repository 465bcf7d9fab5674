import * as ioreq from '../abi/ioreq';
import { IOREQ_PAGES, PAGE_SIZE } from '../abi/layout';

// Constants of its own a module has folded into optimised code; imported ones are looked up at each use (docs/decisions.md).
const {
  BUF_IOREQ_ADDR_LIMIT,
  BUF_IOREQ_ADDR_SHIFT,
  BUF_IOREQ_DATA,
  BUF_IOREQ_SIZE,
  BUF_IOREQ_SIZE_SHIFT,
  BUFIOREQ_READ_POINTER,
  BUFIOREQ_SLOTS,
  BUFIOREQ_WRITE_POINTER,
  IOREQ_ADDR,
  IOREQ_BUFFER_SLOT_NUM,
  IOREQ_COUNT,
  IOREQ_DATA,
  IOREQ_DATA_IS_PTR,
  IOREQ_DF,
  IOREQ_DIR_READ,
  IOREQ_ELEMENT_SIZE,
  IOREQ_STATE,
  IOREQ_STATE_MASK,
  IOREQ_TYPE,
  STATE_IOREQ_NONE,
  STATE_IOREQ_READY,
} = ioreq;

/** The vCPU's ioreq in the page that a process shares with the hypervisor. Both halves use this view. */
export class IoreqPage {
  private readonly base: number;

  /** @param process 0-2 */
  constructor(
    private readonly words: Int32Array,
    private readonly bytes: Uint8Array,
    process: number,
  ) {
    this.base = IOREQ_PAGES + process * 2 * PAGE_SIZE;
  }

  get type(): number {
    return this.bytes[this.base + IOREQ_TYPE]!;
  }

  /** STATE_IO*. */
  get state(): number {
    return this.bytes[this.base + IOREQ_STATE]! & IOREQ_STATE_MASK;
  }

  set state(state: number) {
    const flags = this.bytes[this.base + IOREQ_STATE]! & ~IOREQ_STATE_MASK;
    this.bytes[this.base + IOREQ_STATE] = flags | state;
  }

  get reads(): boolean {
    return (this.bytes[this.base + IOREQ_STATE]! & IOREQ_DIR_READ) !== 0;
  }

  /** The data are in memory, at `data`. */
  get indirect(): boolean {
    return (this.bytes[this.base + IOREQ_STATE]! & IOREQ_DATA_IS_PTR) !== 0;
  }

  get descending(): boolean {
    return (this.bytes[this.base + IOREQ_STATE]! & IOREQ_DF) !== 0;
  }

  get address(): number {
    return this.word(IOREQ_ADDR);
  }

  get width(): number {
    return this.word(IOREQ_ELEMENT_SIZE);
  }

  get data(): number {
    return this.word(IOREQ_DATA);
  }

  get count(): number {
    return this.word(IOREQ_COUNT);
  }

  /** A request of `count` elements; `flags` are IOREQ_DATA_IS_PTR, IOREQ_DIR_READ, IOREQ_DF. */
  request(type: number, flags: number, address: number, width: number, data: number, count: number): void {
    this.setWide(IOREQ_ADDR, address);
    this.setWide(IOREQ_DATA, data);
    this.words[(this.base + IOREQ_COUNT) >> 2] = count;
    this.words[(this.base + IOREQ_ELEMENT_SIZE) >> 2] = width;
    this.bytes[this.base + IOREQ_TYPE] = type;
    this.bytes[this.base + IOREQ_STATE] = flags | STATE_IOREQ_READY;
  }

  /** @param count elements moved, which may be fewer than were asked for */
  respond(data: number, count: number): void {
    if (!this.indirect) this.setWide(IOREQ_DATA, data);
    this.words[(this.base + IOREQ_COUNT) >> 2] = count;
  }

  clear(): void {
    this.state = STATE_IOREQ_NONE;
  }

  private word(offset: number): number {
    return this.words[(this.base + offset) >> 2]! >>> 0;
  }

  private setWide(offset: number, value: number): void {
    this.words[(this.base + offset) >> 2] = value;
    this.words[((this.base + offset) >> 2) + 1] = 0;
  }
}

/**
 * The ring of posted writes: 511 slots of eight bytes with 20 bits of address, behind two free-running pointers. Requests in it
 * carry no response, so only writes go there, and only while there is room.
 */
export class PostedRing {
  private readonly base: number;

  constructor(
    private readonly words: Int32Array,
    process: number,
  ) {
    this.base = IOREQ_PAGES + (process * 2 + 1) * PAGE_SIZE;
  }

  /** False: it does not fit, or the ring is full. */
  push(type: number, address: number, width: number, value: number): boolean {
    if (address >= BUF_IOREQ_ADDR_LIMIT || this.pending >= IOREQ_BUFFER_SLOT_NUM) return false;
    const slot = this.slot(this.produced);
    const size = 31 - Math.clz32(width);
    // Bit 9, the direction, stays zero: a write.
    this.words[slot] = type | (size << BUF_IOREQ_SIZE_SHIFT) | (address << BUF_IOREQ_ADDR_SHIFT);
    this.words[slot + (BUF_IOREQ_DATA >> 2)] = value;
    this.produced = this.produced + 1;
    return true;
  }

  /** Hand the requests over in order until the ring is empty; at most one lap, whatever the pointers say. */
  drain(serve: (type: number, address: number, width: number, value: number) => void): void {
    for (let left = Math.min(this.pending, IOREQ_BUFFER_SLOT_NUM); left > 0; left--) {
      const slot = this.slot(this.consumed);
      const head = this.words[slot]!;
      const value = this.words[slot + (BUF_IOREQ_DATA >> 2)]! >>> 0;
      this.consumed = this.consumed + 1;
      serve(head & 0xff, head >>> BUF_IOREQ_ADDR_SHIFT, 1 << ((head >> BUF_IOREQ_SIZE_SHIFT) & 3), value);
    }
  }

  /** Requests that wait. */
  get pending(): number {
    return (this.produced - this.consumed) >>> 0;
  }

  private get produced(): number {
    return this.words[(this.base + BUFIOREQ_WRITE_POINTER) >> 2]! >>> 0;
  }

  private set produced(pointer: number) {
    this.words[(this.base + BUFIOREQ_WRITE_POINTER) >> 2] = pointer;
  }

  private get consumed(): number {
    return this.words[(this.base + BUFIOREQ_READ_POINTER) >> 2]! >>> 0;
  }

  private set consumed(pointer: number) {
    this.words[(this.base + BUFIOREQ_READ_POINTER) >> 2] = pointer;
  }

  /** Index in `words` of the slot of a free-running pointer. */
  private slot(pointer: number): number {
    return (this.base + BUFIOREQ_SLOTS + (pointer % IOREQ_BUFFER_SLOT_NUM) * BUF_IOREQ_SIZE) >> 2;
  }
}
