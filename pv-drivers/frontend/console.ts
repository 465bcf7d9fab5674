import { BLOCK_RING_COUNT, CONSOLE_RINGS, FRONTEND_STATE, PAGE_SHIFT, PAGE_SIZE } from '../../hypervisor/abi/layout';
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
import { consoleRingGrant } from '../protocol/grant-references';
import { RING_CORRUPT, ringFree, ringState, ringUnconsumed } from '../ring/ring';
import { grantAccess } from './grants';
import { eventSend } from './hypercalls';

const CONNECTED: u32 = 1;
const BROKEN: u32 = 2;

/** Front-end of one console. Its own indices stand in its page; the peer's are read from the ring and checked each time. */
@unmanaged
export class ConsoleFrontend {
  private state: u32;
  private index: u32;
  private port: u32;
  private outProduced: u32;
  private inConsumed: u32;
  /** Since the last `notify` bytes came into an empty output ring, or room into a full input ring: the back-end may sleep. */
  private mayWait: bool;

  /** The back-end's indices cannot be; nothing goes in or out any more until `connect`. */
  get broken(): bool {
    return this.state == BROKEN;
  }

  /**
   * Initialise ring `index` and grant it to domain 0.
   *
   * @param port event channel to the back-end
   */
  connect(index: u32, port: u32): void {
    this.state = CONNECTED;
    this.index = index;
    this.port = port;
    this.outProduced = 0;
    this.inConsumed = 0;
    this.mayWait = false;
    memory.fill(this.ring, 0, PAGE_SIZE);
    grantAccess(consoleRingGrant(index), <u32>(this.ring >> PAGE_SHIFT), false);
  }

  /** Bytes that `write` takes now. */
  get outputSpace(): u32 {
    if (this.state != CONNECTED) return 0;
    const consumed: u32 = atomic.load<u32>(this.ring + XENCONS_OUT_CONS);
    if (ringState(this.outProduced, consumed, XENCONS_OUT_SIZE) == RING_CORRUPT) return this.fail();
    return ringFree(this.outProduced, consumed, XENCONS_OUT_SIZE);
  }

  /** Bytes that `read` gives now. */
  get inputAvailable(): u32 {
    if (this.state != CONNECTED) return 0;
    const produced: u32 = atomic.load<u32>(this.ring + XENCONS_IN_PROD);
    if (ringState(produced, this.inConsumed, XENCONS_IN_SIZE) == RING_CORRUPT) return this.fail();
    return ringUnconsumed(produced, this.inConsumed);
  }

  /** Append a byte to the output. False: the ring is full, or broken. `notify` tells the back-end. */
  write(byte: u32): bool {
    if (this.outputSpace == 0) return false;
    store<u8>(this.ring + XENCONS_OUT + (this.outProduced & (XENCONS_OUT_SIZE - 1)), <u8>byte);
    const before: u32 = this.outProduced++;
    atomic.store<u32>(this.ring + XENCONS_OUT_PROD, this.outProduced);
    if (atomic.load<u32>(this.ring + XENCONS_OUT_CONS) == before) this.mayWait = true;
    return true;
  }

  /** The next byte of input, 0-255, or -1 if there is none. `notify` tells the back-end that there is room again. */
  read(): i32 {
    if (this.inputAvailable == 0) return -1;
    const byte: i32 = load<u8>(this.ring + XENCONS_IN + (this.inConsumed & (XENCONS_IN_SIZE - 1)));
    const before: u32 = this.inConsumed++;
    atomic.store<u32>(this.ring + XENCONS_IN_CONS, this.inConsumed);
    if (ringFree(atomic.load<u32>(this.ring + XENCONS_IN_PROD), before, XENCONS_IN_SIZE) == 0) this.mayWait = true;
    return byte;
  }

  /**
   * Send an event if the back-end may wait for what was written or read since the last call. It cannot say so, since the
   * protocol has no event indices; but it sleeps only when it has emptied the output ring or found the input ring full, and
   * looks again after it has moved its index. So bytes behind others that it has not taken yet need no event of their own: one
   * event for each byte is what a guest that prints would pay otherwise.
   */
  notify(): void {
    if (!this.mayWait) return;
    this.mayWait = false;
    eventSend(this.port);
  }

  private fail(): u32 {
    this.state = BROKEN;
    return 0;
  }

  private get ring(): usize {
    return CONSOLE_RINGS + this.index * PAGE_SIZE;
  }
}

/** The front-end of console ring `index`, 0 to CONSOLE_RING_COUNT - 1. */
export function consoleFrontend(index: u32): ConsoleFrontend {
  return changetype<ConsoleFrontend>(FRONTEND_STATE + (BLOCK_RING_COUNT + index) * PAGE_SIZE);
}
