import * as frame from '../abi/frame';
import { Exit, type Vcpu, type VmExit } from '../abi/vcpu';
import type { GuestMemory } from '../memory/guest-memory';
import { FrameView } from '../reflect/frame-view';
import { NO_CHARGES, type Payer, type VirtualClock } from '../time/clock';
import type { CostModel } from '../time/cost-model';
import { Counter, type Counters } from '../trace/counters';
import type { Charges } from './charges';
import { DEFERRED, type IoServer } from './io-server';
import { Host, type Placement, workerOf } from './placements';

// Constants of its own a module has folded into optimised code; imported ones are looked up at each use (docs/decisions.md).
const { REFLECTIONS, FORWARDS } = Counter;
const {
  ANSWER_DEFERRED,
  ANSWER_DONE,
  ANSWER_DONE_DEFERRED,
  ANSWER_FORWARD,
  ANSWER_UNCLAIMED,
  DIRECTION_READ,
  DIRECTION_WRITE,
  HOST_NOTIFY_ON_RESUME,
  REASON_ACCESS,
  REASON_BOOT,
  REASON_EVENT,
  REASON_TIMER,
  SPACE_PORT,
} = frame;

/** What a server tells the machine beyond its answers. */
export interface ServerEvents {
  /** The firmware trapped, ran out of fuel or answered nonsense: stop the domain. */
  failed(server: FirmwareServer, problem: string): void;
  /** A deferred access is done: the value of a read, or the elements of string I/O. */
  completed(value: number, done: number): void;
  /** Ports (bit mask) that the firmware wants to be sent on resume. */
  notify(ports: number, server: FirmwareServer): void;
}

/** What it costs to get into the firmware and back. */
export interface Ways {
  readonly before: Charges;
  readonly after: Charges;
}

/** In a process, whoever brings the ioreq there has charged for the way. */
export function waysOf(placement: Placement, cost: CostModel): Ways {
  if (placement.host === Host.PROCESS) return { before: NO_CHARGES, after: NO_CHARGES };
  return { before: placement.before(cost), after: placement.after(cost) };
}

const WIDTH_MASK = [0, 0xff, 0xffff, 0, 0xffffffff];

/**
 * The firmware as a server of accesses, in one of the places where it can run. It is entered through the frame of that place;
 * what the way there and back costs is the placement's.
 */
export class FirmwareServer implements IoServer {
  readonly frame: FrameView;
  /** The vCPU whose registers a reflection saves; none where nothing is reflected. */
  vcpu: Vcpu | undefined;
  /** Whom accesses go to that the firmware answers with "forward". */
  forwardTo: IoServer | undefined;
  private readonly worker: Payer;
  private readonly savedRegisters: number;
  /** An access enters the firmware inside the guest. */
  private readonly reflects: boolean;

  /** @param enterFirmware the binary's one entry point, wherever the instance is; it throws when the firmware traps */
  constructor(
    readonly placement: Placement,
    private readonly enterFirmware: (frame: number) => void,
    private readonly memory: GuestMemory,
    private readonly ways: Ways,
    private readonly clock: VirtualClock,
    private readonly counters: Counters,
    private readonly events: ServerEvents,
  ) {
    this.frame = new FrameView(memory.words, placement.frame, placement.notifiesOnResume ? HOST_NOTIFY_ON_RESUME : 0);
    this.worker = workerOf(placement);
    this.savedRegisters = placement.savedRegisters;
    this.reflects = placement.host === Host.GUEST;
  }

  /** @param devices bit mask of DEVICE_*: those that the firmware emulates, wherever */
  boot(devices: number): void {
    this.frame.pending = devices;
    this.enter(REASON_BOOT);
  }

  read(device: number, space: number, address: number, width: number): number {
    this.frame.request(device, space, DIRECTION_READ, address, width, 0);
    const answer = this.access(device);
    if (answer === ANSWER_DONE) return (this.frame.value & WIDTH_MASK[width]!) >>> 0;
    if (answer === ANSWER_FORWARD && this.forwardTo) return this.forward(device).read(device, space, address, width);
    return answer === ANSWER_DEFERRED ? DEFERRED : WIDTH_MASK[width]!;
  }

  write(device: number, space: number, address: number, width: number, value: number): boolean {
    this.frame.request(device, space, DIRECTION_WRITE, address, width, value);
    const answer = this.access(device);
    if (answer === ANSWER_FORWARD && this.forwardTo)
      return this.forward(device).write(device, space, address, width, value);
    return answer === ANSWER_DEFERRED;
  }

  string(device: number, exit: VmExit, count: number): number {
    const direction = exit.reason === Exit.PORT_READ ? DIRECTION_READ : DIRECTION_WRITE;
    this.frame.request(device, SPACE_PORT, direction, exit.address, exit.width, 0);
    this.frame.addRuns(exit, count);
    const answer = this.access(device);
    if (answer === ANSWER_FORWARD && this.forwardTo) return this.forward(device).string(device, exit, count);
    if (answer === ANSWER_DEFERRED) return DEFERRED;
    return answer === ANSWER_DONE ? this.checkedDone(count) : 0;
  }

  event(pending: number): void {
    this.upcall(REASON_EVENT, pending);
  }

  timer(due: number): void {
    this.upcall(REASON_TIMER, due);
  }

  /** The way of one access: charge the way there, save registers, enter, restore registers, charge the way back. */
  private access(device: number): number {
    if (this.reflects) this.counters.add(device, REFLECTIONS);
    this.clock.chargeWay(this.ways.before, true, this.worker);
    if (this.savedRegisters !== 0 && this.vcpu) {
      this.frame.saveRegisters(this.vcpu, this.savedRegisters);
    }
    const answer = this.enter(REASON_ACCESS);
    if (this.savedRegisters !== 0 && this.vcpu) {
      this.frame.restoreRegisters(this.vcpu, this.savedRegisters);
    }
    this.clock.chargeWay(this.ways.after, false, this.worker);
    return answer;
  }

  private forward(device: number): IoServer {
    this.counters.add(device, FORWARDS);
    return this.forwardTo!;
  }

  private upcall(reason: number, pending: number): void {
    this.clock.chargeWay(this.ways.before, true, this.worker);
    this.frame.pending = pending;
    const answer = this.enter(reason);
    this.clock.chargeWay(this.ways.after, false, this.worker);
    if (answer === ANSWER_DONE_DEFERRED) this.events.completed(this.frame.value, this.frame.done);
  }

  private enter(reason: number): number {
    this.frame.open(reason, this.clock.now);
    try {
      this.enterFirmware(this.frame.address);
    } catch (error) {
      this.events.failed(this, `the firmware trapped: ${(error as Error).message}`);
      return ANSWER_UNCLAIMED;
    }
    const answer = this.frame.answer;
    if (answer < ANSWER_DONE || answer > ANSWER_DONE_DEFERRED) {
      this.events.failed(this, `the firmware answered ${answer}, which means nothing`);
      return ANSWER_UNCLAIMED;
    }
    if (this.frame.takeMemoryWritten()) this.memory.writes++;
    if (this.frame.notify !== 0) this.events.notify(this.frame.notify, this);
    return answer;
  }

  private checkedDone(count: number): number {
    const done = this.frame.done;
    if (done <= count) return done;
    this.events.failed(this, `the firmware says that it moved ${done} elements of ${count}`);
    return 0;
  }
}
