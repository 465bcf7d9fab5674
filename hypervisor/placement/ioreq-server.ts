import { SPACE_PORT } from '../abi/frame';
import {
  IOREQ_DATA_IS_PTR,
  IOREQ_DF,
  IOREQ_DIR_READ,
  IOREQ_TYPE_COPY,
  IOREQ_TYPE_PIO,
  STATE_IOREQ_INPROCESS,
  STATE_IORESP_READY,
} from '../abi/ioreq';
import { Exit, type VmExit } from '../abi/vcpu';
import type { Payer, VirtualClock } from '../time/clock';
import type { CostModel } from '../time/cost-model';
import { Counter, type Counters } from '../trace/counters';
import type { Charges } from './charges';
import type { DeviceProcess } from './device-process';
import { DEFERRED, type IoServer } from './io-server';
import type { IoreqPage, PostedRing } from './ioreq-page';
import { type Placement, shortcut, workerOf } from './placements';

const WIDTH_MASK = [0, 0xff, 0xffff, 0, 0xffffffff];

/**
 * Ports whose 8-bit writes nobody waits for: they raise no interrupt and start nothing, they only set what a later access uses or
 * print what nobody reads back. Debug ports, the clock's index, and Features to LBA High of both IDE channels.
 */
const POSTABLE: readonly (readonly [first: number, count: number])[] = [
  [0x70, 1],
  [0x80, 1],
  [0x171, 5],
  [0x1f1, 5],
  [0x402, 1],
  [0x404, 1],
];

/** What the hypervisor's half needs of the machine. */
export interface IoreqMachine {
  readonly clock: VirtualClock;
  readonly counters: Counters;
  /** An interrupt can be delivered to the guest now: string I/O stops. */
  interruptible(): boolean;
  /** The string I/O under way has moved so many elements, and goes on with a new request. */
  elementsMoved(count: number): void;
  /** Posted writes wait: `Servers.servePosted` is to be called soon in any case. */
  wakeSoon(): void;
}

export interface IoreqServerState {
  readonly moved: number;
  /** A deferred access of this server is in the process. */
  readonly waiting: boolean;
}

/** The hypervisor's half of an out-of-guest emulator: ioreqs out, events there and back, and the vCPU waits meanwhile. */
export class IoreqServer implements IoServer {
  private readonly worker: Payer;
  private readonly before: Charges;
  private readonly after: Charges;
  private readonly wakeUp: Charges;
  private readonly shortcut: Charges;
  private readonly postable = new Uint8Array(0x10000);
  /** Elements of the deferred string instruction that earlier ioreqs moved. */
  private moved = 0;

  constructor(
    readonly placement: Placement,
    private readonly process: DeviceProcess,
    private readonly ioreq: IoreqPage,
    private readonly ring: PostedRing,
    private readonly machine: IoreqMachine,
    /** Tells the machine that a deferred access is done. */
    private readonly finished: (value: number, done: number) => void,
    cost: CostModel,
  ) {
    this.worker = workerOf(placement);
    this.before = placement.before(cost);
    this.after = placement.after(cost);
    this.wakeUp = placement.wakeUp(cost);
    this.shortcut = shortcut(cost);
    if (placement.posted) for (const [first, count] of POSTABLE) this.postable.fill(1, first, first + count);
  }

  read(device: number, space: number, address: number, width: number): number {
    this.moved = 0;
    this.ioreq.request(typeOf(space), IOREQ_DIR_READ, address, width, 0, 1);
    if (!this.roundTrip(device)) return DEFERRED;
    const value = this.ioreq.data & WIDTH_MASK[width]!;
    this.ioreq.clear();
    return value >>> 0;
  }

  write(device: number, space: number, address: number, width: number, value: number): boolean {
    if (space === SPACE_PORT && width === 1 && this.postable[address] === 1 && this.post(device, address, value)) {
      return false;
    }
    this.moved = 0;
    this.ioreq.request(typeOf(space), 0, address, width, value, 1);
    if (!this.roundTrip(device)) return true;
    this.ioreq.clear();
    return false;
  }

  /** One ioreq for each run, since an ioreq names one piece of memory. */
  string(device: number, exit: VmExit, count: number): number {
    this.moved = 0;
    for (let run = 0; run < exit.runCount && this.moved < count; run++) {
      const elements = Math.min(exit.runs[run * 2 + 1]! / exit.width, count - this.moved);
      this.requestRun(exit, run, elements);
      if (run > 0) this.machine.elementsMoved(this.moved);
      if (!this.roundTrip(device)) return DEFERRED;
      const done = Math.min(this.ioreq.count, elements);
      this.ioreq.clear();
      this.moved += done;
      if (done < elements || this.machine.interruptible()) break;
    }
    return this.moved;
  }

  event(pending: number): void {
    this.beside(() => this.process.event(pending));
  }

  timer(due: number): void {
    this.beside(() => this.process.timer(due));
  }

  save(): IoreqServerState {
    const waiting = this.process.onCompleted === this.completed && this.ioreq.state === STATE_IOREQ_INPROCESS;
    return { moved: this.moved, waiting };
  }

  restore({ moved, waiting }: IoreqServerState): void {
    this.moved = moved;
    if (waiting) this.process.onCompleted = this.completed;
  }

  /** Nobody made the process run for too long. */
  servePosted(): void {
    if (this.ring.pending === 0) return;
    this.beside(() => this.process.drainPosted());
  }

  /** The vCPU stops, the process runs, the vCPU goes on. False: the answer comes later, and only then does the vCPU go on. */
  private roundTrip(device: number): boolean {
    const { clock, counters } = this.machine;
    counters.add(device, Counter.IOREQS);
    clock.chargeWay(this.before, true, this.worker);
    this.process.onCompleted = this.completed;
    this.process.serve();
    if (this.ioreq.state !== STATE_IORESP_READY) return false;
    clock.chargeWay(this.after, false, this.worker);
    return true;
  }

  private requestRun(exit: VmExit, run: number, elements: number): void {
    const start = exit.runs[run * 2]!;
    const first = exit.descending ? start + exit.runs[run * 2 + 1]! - exit.width : start;
    const direction = exit.reason === Exit.PORT_READ ? IOREQ_DIR_READ : 0;
    const flags = direction | IOREQ_DATA_IS_PTR | (exit.descending ? IOREQ_DF : 0);
    this.ioreq.request(IOREQ_TYPE_PIO, flags, exit.address, exit.width, first, elements);
  }

  private post(device: number, address: number, value: number): boolean {
    if (!this.ring.push(IOREQ_TYPE_PIO, address, 1, value)) return false;
    this.machine.counters.add(device, Counter.POSTED_WRITES);
    this.machine.clock.chargeAll(this.shortcut);
    this.machine.wakeSoon();
    return true;
  }

  /** The answer to a deferred ioreq has come. */
  private readonly completed = () => {
    const { data, count } = this.ioreq;
    this.ioreq.clear();
    this.machine.clock.chargeWay(this.after, false, this.worker);
    this.finished(data, this.moved + count);
  };

  /** The process runs while the guest does, on another processor: it is charged, but the guest's time does not pass for it. */
  private beside(run: () => void): void {
    const { clock } = this.machine;
    const before = clock.beside;
    clock.beside = true;
    clock.chargeWay(this.wakeUp, true, this.worker);
    run();
    clock.beside = before;
  }
}

function typeOf(space: number): number {
  return space === SPACE_PORT ? IOREQ_TYPE_PIO : IOREQ_TYPE_COPY;
}
