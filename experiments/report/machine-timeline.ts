import { DEVICE_NONE } from '../../hypervisor/abi/devices';
import { SPACE_PORT } from '../../hypervisor/abi/frame';
import { DEVICE_NAMES } from '../../hypervisor/device-names';
import { DEVICE_OF_PORT } from '../../hypervisor/domain0/wiring';
import type { Charges } from '../../hypervisor/placement/charges';
import { PAYER_COUNT, Payer } from '../../hypervisor/time/clock';
import { type Timeline, Upcall } from '../../hypervisor/trace/timeline';
import { type Slice, type TraceBudget, Tracks } from './timeline-tracks';

/** Tracks beside those of the payers: one for each disk of domain 0. */
export const FIRST_DISK_TRACK = PAYER_COUNT;
const GSI_COUNT = 16;
/** A guest that reads the same register over and over polls; so many reads are drawn, the rest is one slice. */
export const POLLS_DRAWN = 16;

/**
 * Draws one machine: what the guest, its firmware, the hypervisor and domain 0 do when, and an arrow for each access, from the
 * guest's instruction by way of everything that it set in motion to the instruction or interrupt with which it is complete.
 */
export class MachineTimeline implements Timeline {
  readonly tracks: Tracks;
  /** The access or upcall under way. */
  private flow: number | undefined;
  /** The flow goes on in domain 0 or with a timer, rather than back to the guest's next instruction. */
  private carried = false;
  private what = '';
  private device = 0;
  /** The guest waits in this slice. */
  private waiting: Slice | undefined;
  private hypervisorSeen = false;
  /** The last access of the guest, and how many like it came one after another. */
  private lastRead = '';
  private repeats = 0;
  /** The slice for polls that are not drawn one by one, while the guest polls. */
  private polls: Slice | undefined;
  /** The access under way is one of them. */
  private muted = false;
  /** The device model's slice, and how many entries into device models lie within each other. */
  private working: Slice | undefined;
  private depth = 0;
  private lastHypercall: Slice | undefined;
  private lastRun: Slice | undefined;
  /** Flows that end where the guest goes on. */
  private toGuest: number[] = [];
  private readonly sentAt: (number | undefined)[] = [];
  private readonly flowOfPort: (number | undefined)[] = [];
  private readonly flowOfTimer: (number | undefined)[] = [];
  private readonly flowOfLine: (number | undefined)[] = [];

  constructor(budget: TraceBudget) {
    this.tracks = new Tracks(budget);
  }

  ran(start: number, end: number): void {
    if (start === end || this.tracks.full) return;
    if (this.polls && this.toGuest.length === 0) return;
    this.polls = undefined;
    if (this.lastRun?.end === start && this.toGuest.length === 0) {
      this.tracks.close(this.lastRun, end);
      return;
    }
    this.lastRun = this.tracks.slice(Payer.GUEST, 'guest', 'guest code', start, end);
    for (const flow of this.toGuest) this.tracks.touch(flow, this.lastRun);
    this.toGuest = [];
  }

  trapped(time: number, device: number, space: number, address: number, width: number, write: boolean): void {
    if (this.tracks.full) return;
    const verbs = space === SPACE_PORT ? ['in', 'out'] : ['read', 'write'];
    const name = `${verbs[write ? 1 : 0]} ${hexadecimal(address)}, ${width * 8} bits`;
    if (this.isPoll(device, name, write, time)) return;
    this.begin(device, name, this.tracks.newFlow());
    this.waiting = this.tracks.open(Payer.GUEST, DEVICE_NAMES[device]!, name, time);
    this.hypervisorSeen = false;
    this.tracks.touch(this.flow, this.waiting);
  }

  resumed(time: number): void {
    if (this.muted) this.tracks.close(this.polls!, time);
    this.muted = false;
    if (!this.waiting) return;
    if (!this.hypervisorSeen) this.draw(Payer.HYPERVISOR, 'answered here', this.waiting.start, time);
    this.tracks.close(this.waiting, time);
    if (this.flow !== undefined && !this.carried) this.toGuest.push(this.flow);
    this.waiting = undefined;
    this.flow = undefined;
  }

  upcall(_time: number, device: number, kind: Upcall, number: number): void {
    if (this.tracks.full) return;
    const flows = kind === Upcall.TIMER ? this.flowOfTimer : this.flowOfPort;
    const what = kind === Upcall.TIMER ? `timer ${number} due` : `event on port ${number}`;
    this.begin(device, what, flows[number] ?? this.tracks.newFlow());
    flows[number] = undefined;
    this.lastHypercall = undefined;
  }

  returned(time: number): void {
    if (this.working && this.depth === 0) this.finishWork(time);
    this.flow = undefined;
  }

  way(time: number, charges: Charges, outward: boolean, worker: Payer, beside: boolean): void {
    if (this.tracks.full || this.muted) return;
    const passed = charges.reduce((sum, nanoseconds) => sum + nanoseconds);
    const start = beside ? time : time - passed;
    if (outward) this.wayOut(start, charges[Payer.HYPERVISOR]!, worker, beside);
    else this.wayBack(time, charges[Payer.HYPERVISOR]!, worker);
  }

  hypercall(time: number, charges: Charges): void {
    this.lastHypercall = undefined;
    if (this.tracks.full || this.muted || this.working?.track === Payer.HYPERVISOR) return;
    if (!this.working && !this.waiting) this.device = DEVICE_NONE;
    this.lastHypercall = this.draw(Payer.HYPERVISOR, 'hypercall', time - charges[Payer.HYPERVISOR]!, time);
  }

  sent(time: number, port: number): void {
    this.nameHypercall(`event to domain 0, port ${port}`);
    if (this.flow === undefined && this.lastHypercall) {
      // A guest that speaks the ring itself: its story begins here.
      this.flow = this.tracks.newFlow();
      this.tracks.touch(this.flow, this.lastHypercall);
    }
    this.flowOfPort[port] = this.flow;
    this.carried = true;
    this.sentAt[port] ??= time;
    if (!this.waiting && this.depth === 0) this.flow = undefined;
  }

  received(time: number, port: number): void {
    if (this.tracks.full) return;
    const device = DEVICE_NAMES[DEVICE_OF_PORT[port]!]!;
    const slice = this.tracks.slice(
      ...([Payer.DOMAIN0, device] as const),
      ...([`back-end wakes for port ${port}`, this.sentAt[port] ?? time, time] as const),
    );
    this.tracks.touch(this.flowOfPort[port], slice);
    this.sentAt[port] = undefined;
  }

  served(start: number, end: number, ring: number): void {
    if (this.tracks.full) return;
    const slice = this.tracks.slice(FIRST_DISK_TRACK + ring, 'disk', 'request', start, end);
    // Block rings have the first event-channel ports, from 1.
    this.tracks.touch(this.flowOfPort[ring + 1], slice);
  }

  timerSet(_time: number, timer: number): void {
    this.nameHypercall(`set timer ${timer}`);
    // A timer that a device model arms by itself, a periodic one, begins a new story each time.
    this.flowOfTimer[timer] = this.waiting ? this.flow : undefined;
    this.carried ||= this.waiting !== undefined;
  }

  line(_time: number, gsi: number, level: number): void {
    this.nameHypercall(`line ${gsi} ${level === 1 ? 'up' : 'down'}`);
    if (level === 1) this.flowOfLine[gsi] = this.flow;
  }

  injected(time: number, vector: number, cost: number): void {
    if (this.tracks.full) return;
    const slice = this.tracks.slice(
      ...([Payer.HYPERVISOR, 'interrupt', `inject vector ${hexadecimal(vector)}`] as const),
      ...([time - cost, time] as const),
    );
    const flow = this.takeFlowOfVector(vector);
    if (flow === undefined) return;
    this.tracks.touch(flow, slice);
    this.toGuest.push(flow);
  }

  /** Is this one of many reads alike, too many to draw? */
  private isPoll(device: number, name: string, write: boolean, time: number): boolean {
    this.repeats = name === this.lastRead ? this.repeats + 1 : 0;
    this.lastRead = write ? '' : name;
    if (this.repeats < POLLS_DRAWN) {
      this.polls = undefined;
      return false;
    }
    this.polls ??= this.tracks.open(Payer.GUEST, DEVICE_NAMES[device]!, '', time);
    this.polls.reads = (this.polls.reads ?? 0) + 1;
    this.polls.name = `${name}: ${this.polls.reads} polls`;
    this.muted = true;
    this.flow = undefined;
    return true;
  }

  private begin(device: number, what: string, flow: number): void {
    this.flow = flow;
    this.carried = false;
    this.what = what;
    this.device = device;
  }

  /** The hypervisor's leg, then the device model, which works until `wayBack` or `returned`. */
  private wayOut(start: number, exit: number, worker: Payer, beside: boolean): void {
    if (!beside) this.depth++;
    if (this.depth > 1 || this.working) return;
    const name = `${DEVICE_NAMES[this.device]}: ${this.what}`;
    if (worker !== Payer.HYPERVISOR) this.draw(Payer.HYPERVISOR, `to ${WORKERS[worker]}`, start, start + exit);
    this.working = this.tracks.open(
      worker,
      DEVICE_NAMES[this.device]!,
      name,
      worker === Payer.HYPERVISOR ? start : start + exit,
    );
    if (worker === Payer.HYPERVISOR) this.hypervisorSeen = true;
    this.tracks.touch(this.flow, this.working);
  }

  private wayBack(time: number, resume: number, worker: Payer): void {
    this.depth = Math.max(0, this.depth - 1);
    if (this.depth > 0 || !this.working) return;
    this.finishWork(worker === Payer.HYPERVISOR ? time : time - resume);
    if (worker !== Payer.HYPERVISOR) this.draw(Payer.HYPERVISOR, 'resume', time - resume, time);
  }

  private finishWork(time: number): void {
    this.tracks.close(this.working!, time);
    this.working = undefined;
  }

  private draw(track: number, name: string, start: number, end: number): Slice {
    this.hypervisorSeen ||= track === Payer.HYPERVISOR;
    const slice = this.tracks.slice(track, DEVICE_NAMES[this.device]!, name, start, end);
    if (!this.carried) this.tracks.touch(this.flow, slice);
    return slice;
  }

  private nameHypercall(name: string): void {
    if (this.lastHypercall) this.lastHypercall.name = `hypercall: ${name}`;
  }

  /** A vector's low three bits are the input of its chip ([8259A] "ICW2"); which chip, the flow that waits there says. */
  private takeFlowOfVector(vector: number): number | undefined {
    for (let gsi = vector & 7; gsi < GSI_COUNT; gsi += 8) {
      const flow = this.flowOfLine[gsi];
      this.flowOfLine[gsi] = undefined;
      if (flow !== undefined) return flow;
    }
    return undefined;
  }
}

const WORKERS = ['the guest', 'the firmware', 'the hypervisor', 'domain 0', 'the stub domain'];

function hexadecimal(value: number): string {
  const digits = (value >>> 0).toString(16).toUpperCase();
  return `${/^[A-F]/.test(digits) ? '0' : ''}${digits}h`;
}
