import { DEVICE_NONE, DEVICE_UART } from '../abi/devices';
import type { VmExit } from '../abi/vcpu';
import { DEVICE_OF_PORT } from '../domain0/wiring';
import type { GuestMemory } from '../memory/guest-memory';
import type { VirtualClock } from '../time/clock';
import { Counter, Counters } from './counters';
import { GuestTrace } from './guest-trace';
import { Happening, RecentTrace } from './recent';
import { Upcall } from './timeline';

// Constants of its own a module has folded into optimised code; imported ones are looked up at each use (docs/decisions.md).
const { ACCESSES, VM_EXITS, UPCALLS, HYPERCALLS, EVENTS, RING_REQUESTS, INTERRUPTS } = Counter;
const { ACCESS } = Happening;

/**
 * Writes down what happens at a platform's seams, each thing once and wherever it is kept: counters, the guest-visible trace, the last
 * happenings for reports, and the timeline if there is one. Nothing here changes what the machine does.
 */
export class Recorder {
  readonly counters = new Counters();
  readonly trace = new GuestTrace();
  readonly recent = new RecentTrace();

  constructor(
    private readonly clock: VirtualClock,
    private readonly memory: GuestMemory,
  ) {}

  /** The guest trapped at an access to `device`; `accesses` of it are counted now. */
  trapped(device: number, accesses: number, space: number, address: number, width: number, write: boolean): void {
    this.counters.add(device, ACCESSES, accesses);
    this.counters.add(device, VM_EXITS);
    this.clock.timeline?.trapped(this.clock.now, device, space, address, width, write);
  }

  /** The access for which the guest trapped is done, and the guest goes on. */
  resumed(): void {
    this.clock.timeline?.resumed(this.clock.now);
  }

  /** @param value what was read or written, or the sign that it is deferred */
  accessed(address: number, width: number, write: boolean, value: number): void {
    this.recent.record(this.clock.now, ACCESS, address, write ? width | 0x80 : width, value);
  }

  /** String I/O has moved `done` elements. */
  moved(device: number, exit: VmExit, done: number): void {
    this.counters.add(device, ACCESSES, done);
    let rest = done * exit.width;
    for (let run = 0; run < exit.runCount && rest > 0; run++) {
      const length = Math.min(rest, exit.runs[run * 2 + 1]!);
      const start = exit.runs[run * 2]! + (exit.descending ? exit.runs[run * 2 + 1]! - length : 0);
      this.trace.memory(device, this.memory.bytes, this.memory.words, start, length);
      rest -= length;
    }
  }

  /** The device models are about to be entered for timer or event-channel port `number`; until `returned`. */
  upcall(device: number, kind: Upcall, number: number): void {
    const happening = kind === Upcall.TIMER ? Happening.TIMER : Happening.EVENT;
    this.recent.record(this.clock.now, happening, number, device, 0);
    this.counters.add(device, UPCALLS);
    this.clock.timeline?.upcall(this.clock.now, device, kind, number);
  }

  /** The guest's own handler is about to hear of event-channel port `port`; until `returned`. */
  guestUpcall(port: number): void {
    this.clock.timeline?.upcall(this.clock.now, DEVICE_OF_PORT[port]!, Upcall.EVENT, port);
  }

  returned(): void {
    this.clock.timeline?.returned(this.clock.now);
  }

  /** A hypercall of the device models, on behalf of `device`, was charged. */
  hypercall(device: number, charges: Float64Array): void {
    this.counters.add(device, HYPERCALLS);
    this.clock.timeline?.hypercall(this.clock.now, charges);
  }

  /** The guest made a hypercall of its own. */
  guestHypercall(charges: Float64Array): void {
    this.counters.add(DEVICE_NONE, VM_EXITS);
    this.hypercall(DEVICE_NONE, charges);
  }

  timerSet(timer: number): void {
    this.clock.timeline?.timerSet(this.clock.now, timer);
  }

  /** The guest's end of `port` was used. */
  sent(port: number): void {
    this.counters.add(DEVICE_OF_PORT[port]!, EVENTS);
    this.clock.timeline?.sent(this.clock.now, port);
  }

  /** Domain 0 used its end of `port`. */
  raised(port: number): void {
    this.counters.add(DEVICE_OF_PORT[port]!, EVENTS);
  }

  /** Domain 0 took `count` requests from the ring of `port`. */
  requestsTaken(port: number, count: number): void {
    this.counters.add(DEVICE_OF_PORT[port]!, RING_REQUESTS, count);
  }

  /** `device` drives its interrupt line `gsi`. */
  line(device: number, gsi: number, level: number): void {
    this.counters.add(device, INTERRUPTS, level);
    this.trace.interrupt(device, gsi, level);
    this.recent.record(this.clock.now, Happening.INTERRUPT_LINE, gsi, level, 0);
    this.clock.timeline?.line(this.clock.now, gsi, level);
  }

  /** The hypervisor gives the guest a pulse on `gsi`: an event for drivers of its own. */
  pulse(gsi: number): void {
    this.counters.add(DEVICE_NONE, INTERRUPTS);
    this.clock.timeline?.line(this.clock.now, gsi, 1);
  }

  /** The vCPU takes the interrupt with this vector; injecting it cost `cost` ns up to now. */
  injected(vector: number, cost: number): void {
    this.recent.record(this.clock.now, Happening.INJECTION, vector, 0, 0);
    this.clock.timeline?.injected(this.clock.now, vector, cost);
  }

  halted(): void {
    this.recent.record(this.clock.now, Happening.HALT, 0, 0, 0);
  }

  consoleByte(byte: number): void {
    this.trace.console(DEVICE_UART, byte);
  }
}
