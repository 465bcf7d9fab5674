import { SHARED_INFO } from '../abi/layout';
import { EVENT_PORT_COUNT, SHARED_EVENT_MASK, SHARED_EVENT_PENDING } from '../abi/shared-info';

/**
 * Event channels between the domain and domain 0: a pending bit and a mask bit for each port, in shared info where the guest's
 * side sees them. An event carries no data; sending one that is already pending does nothing.
 */
export class EventChannels {
  private readonly pendingWord: number;
  private readonly maskWord: number;

  constructor(private readonly words: Int32Array) {
    this.pendingWord = (SHARED_INFO + SHARED_EVENT_PENDING) >> 2;
    this.maskWord = (SHARED_INFO + SHARED_EVENT_MASK) >> 2;
  }

  /** Port 0 is never valid ([Xen public] event_channel.h). */
  static valid(port: number): boolean {
    return port > 0 && port < EVENT_PORT_COUNT;
  }

  /** Domain 0 sends: true when this asks for an upcall, that is, when the bit was clear and the port is not masked. */
  raise(port: number): boolean {
    const bit = 1 << port;
    const before = Atomics.or(this.words, this.pendingWord, bit);
    return (before & bit) === 0 && (this.words[this.maskWord]! & bit) === 0;
  }

  /** Take and clear the pending, unmasked ports among `ports` (bit mask). */
  take(ports: number): number {
    const taken = this.words[this.pendingWord]! & ~this.words[this.maskWord]! & ports;
    Atomics.and(this.words, this.pendingWord, ~taken);
    return taken;
  }
}
