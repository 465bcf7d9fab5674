import { DEVICE_NONE, DEVICE_ROM_CARD } from './abi/devices';
import { SPACE_PORT } from './abi/frame';
import { PORT_GUEST_TIMER } from './abi/guest-hypercalls';
import { BATTERY_BACKED, BIOS_IMAGE, PAGE_SIZE, REGION_BASE, SHADOW_PAGE } from './abi/layout';
import { EVENT_PORT_COUNT } from './abi/shared-info';
import { Exit, PageKind, type VmExit } from './abi/vcpu';
import type { BootImage, MachineConfig } from './config';
import { PLACEABLE_DEVICES } from './device-names';
import { Domain0 } from './domain0/domain0';
import { DEVICE_OF_PORT, DEVICE_OF_TIMER, Slot } from './domain0/wiring';
import { EventChannels } from './events/event-channels';
import { firmwareHypercalls, TIMER_SLOP } from './firmware-hypercalls';
import { GuestInterface } from './guest-interface';
import { InterruptLines } from './interrupt/interrupt-lines';
import { MissedTicks, TickKeeper } from './interrupt/missed-ticks';
import { PicPair } from './interrupt/pic-pair';
import { GrantTable } from './memory/grant-table';
import { GuestMemory } from './memory/guest-memory';
import { writePlacements, writeStartInfo } from './memory/start-info';
import { TEXT_MEMORY, TEXT_MEMORY_SIZE } from './memory/text-memory';
import type { Charges } from './placement/charges';
import type { FirmwareServer, ServerEvents } from './placement/firmware-server';
import { DEFERRED, type IoServer } from './placement/io-server';
import { type Placement, placementNamed } from './placement/placements';
import { reachOfGuest } from './placement/reach';
import { Servers } from './placement/servers';
import { type PartStates, type Parts, restoreParts, saveParts } from './snapshot/parts';
import { VirtualClock } from './time/clock';
import { Deadlines, NEVER } from './time/deadlines';
import type { Counters } from './trace/counters';
import type { GuestTrace } from './trace/guest-trace';
import type { RecentTrace } from './trace/recent';
import { Recorder } from './trace/recorder';
import { Upcall } from './trace/timeline';
import { InterceptMap } from './trap/intercept-map';
import { StringProgress } from './trap/string-progress';

/** Why a domain cannot go on. */
export interface Stop {
  kind: 'reset' | 'power-off' | 'failed';
  /** One line. */
  problem: string;
  /** What was reflected, the frame, the last happenings; empty unless `kind` is `failed`. */
  report: string[];
}

/** See Platform.save. */
export interface PlatformState {
  readonly parts: PartStates;
  readonly map: readonly (readonly number[])[];
  readonly stop: Stop | null;
  readonly postedDue: number | null;
  readonly waitedFor: number;
}

/** What the platform needs of the processor; a platform without one takes no interrupts. */
export interface Processor {
  readonly interruptible: boolean;
  setAddressLine20(open: boolean): void;
}

const NO_PROCESSOR: Processor = { interruptible: false, setAddressLine20() {} };
const REPORTED_HAPPENINGS = 32;
/** Events and completions that a drain waits for at most. */
const DRAINED_EVENTS = 10_000;
/** Nanoseconds that posted writes wait for their process to run at most. */
const POSTED_DELAY = 1_000_000;

/**
 * Everything of a machine but its processor: memory, devices wherever they are emulated, interrupt controller, domain 0, and
 * virtual time. The run loop feeds it the processor's exits; a test can feed it accesses of its own.
 */
export class Platform {
  readonly memory: GuestMemory;
  readonly clock: VirtualClock;
  readonly deadlines = new Deadlines(Slot.COUNT);
  readonly pic: PicPair;
  readonly intercepts: InterceptMap;
  readonly recorder: Recorder;
  readonly lines: InterruptLines;
  readonly strings: StringProgress;
  /** Set when the domain cannot go on as it was. */
  stop: Stop | undefined;
  /** Called when an access that was deferred is done: the value read, or the elements moved. */
  onCompleted: (value: number, done: number) => void = () => {};
  processor: Processor = NO_PROCESSOR;
  /** The device on whose behalf device models run now. */
  current: number = DEVICE_NONE;
  /** The device that has deferred an access of the guest's, or DEVICE_NONE. */
  waitedFor: number = DEVICE_NONE;

  private readonly events: EventChannels;
  private readonly placed: Servers;
  /** By DEVICE_*. */
  private readonly servers: readonly IoServer[];
  private readonly domain0: Domain0;
  private readonly guestHypercall: Charges;
  private readonly guest = new GuestInterface({
    clock: () => this.clock.now,
    sendEvent: (port) => this.sendEvent(port),
    setTimer: (deadline) => this.deadlines.set(Slot.GUEST_TIMER, Math.max(deadline, this.clock.now + TIMER_SLOP)),
    pulse: (gsi) => {
      this.recorder.pulse(gsi);
      this.pic.pulse(gsi);
    },
  });
  /**
   * When posted writes have waited long enough. Not one of the deadlines, because those cut string I/O into pieces, and a guest
   * must not tell from where the cuts are that a write was posted.
   */
  private postedDue = NEVER;

  /** @param reuse a platform that is not used any more, whose memory this one takes over */
  constructor(
    readonly config: MachineConfig,
    reuse?: Platform,
  ) {
    this.memory = new GuestMemory(config.ramBytes, reuse?.memory);
    if (config.textMemory) this.memory.mapPages(TEXT_MEMORY, TEXT_MEMORY_SIZE, PageKind.RAM);
    this.clock = new VirtualClock(config.cost.instruction);
    this.clock.timeline = config.timeline;
    this.recorder = new Recorder(this.clock, this.memory);
    this.strings = new StringProgress(this.clock);
    const { missedTicks } = config;
    this.pic = missedTicks === MissedTicks.ONE_PENDING ? new PicPair() : new TickKeeper(missedTicks, this.clock);
    this.lines = new InterruptLines(this.pic, this.recorder);
    this.intercepts = new InterceptMap(this.memory);
    this.events = new EventChannels(this.memory.words);
    this.guestHypercall = placementNamed('pv')!.hypercall(config.cost);
    this.placed = this.placeDevices();
    this.servers = this.placed.byDevice;
    this.domain0 = this.connectDomain0();
    this.boot();
  }

  /** Where `device` is emulated: the name of a placement, or `hypervisor` for what is always there. */
  placementOf(device: number): string {
    const chosen = PLACEABLE_DEVICES.includes(device) && this.config.devices & (1 << device);
    return chosen ? this.placed.placements[device]!.name : 'hypervisor';
  }

  get counters(): Counters {
    return this.recorder.counters;
  }

  get trace(): GuestTrace {
    return this.recorder.trace;
  }

  get recent(): RecentTrace {
    return this.recorder.recent;
  }

  get firmwareServers(): Iterable<FirmwareServer> {
    return this.placed.firmwares;
  }

  /** One read by the guest: the value, unsigned, or DEFERRED. */
  read(space: number, address: number, width: number): number {
    const { recorder } = this;
    const device = this.deviceAt(space, address);
    this.enterFor(device);
    recorder.trapped(device, 1, space, address, width, false);
    const value = this.servers[device]!.read(device, space, address, width);
    recorder.accessed(address, width, false, value);
    if (value === DEFERRED) {
      this.waitedFor = device;
      return value;
    }
    recorder.resumed();
    recorder.trace.read(device, address, width, value);
    return value;
  }

  /** One write by the guest. True: it is deferred. */
  write(space: number, address: number, width: number, value: number): boolean {
    const { recorder } = this;
    const device = this.deviceAt(space, address);
    this.enterFor(device);
    recorder.trace.write(device, address, width, value);
    recorder.trapped(device, 1, space, address, width, true);
    const deferred = this.servers[device]!.write(device, space, address, width, value);
    if (deferred) this.waitedFor = device;
    else recorder.resumed();
    recorder.accessed(address, width, true, value);
    return deferred;
  }

  /** String I/O with runs: at most `count` elements; those moved, or DEFERRED. The time of `strings.charged` of them has passed. */
  string(exit: VmExit, count: number): number {
    const { recorder } = this;
    const device = this.intercepts.ports[exit.address]!;
    this.enterFor(device);
    recorder.trapped(device, 0, SPACE_PORT, exit.address, exit.width, exit.reason === Exit.PORT_WRITE);
    this.strings.begin();
    const done = this.servers[device]!.string(device, exit, count);
    this.strings.end();
    if (done === DEFERRED) {
      this.waitedFor = device;
      return done;
    }
    recorder.resumed();
    recorder.moved(device, exit, done);
    return done;
  }

  /** The access behind `exit` was deferred and is done now. */
  completeDeferred(exit: VmExit, value: number, done: number): void {
    const device = this.deviceAt(SPACE_PORT, exit.address);
    this.recorder.resumed();
    if (exit.runCount > 0) this.recorder.moved(device, exit, done);
    else if (exit.reason === Exit.PORT_READ) this.trace.read(device, exit.address, exit.width, value);
  }

  /** Carry out everything whose virtual time has come. */
  runDue(): void {
    if (this.clock.now >= this.postedDue) this.servePosted();
    while (this.deadlines.earliest <= this.clock.now && !this.stop) {
      const slot = this.deadlines.takeDue(this.clock.now);
      this.lines.beginEntry();
      if (slot < Slot.EMULATOR) this.fireTimer(slot);
      else if (slot === Slot.EMULATOR) this.placed.wakeEmulator();
      else if (slot === Slot.GUEST_TIMER) this.fireGuestTimer();
      else if (slot < Slot.EVENTS_TO_GUEST) this.domain0.receive(slot - Slot.EVENTS_TO_DOMAIN0);
      else if (slot < Slot.DISK_COMPLETIONS) this.deliverEvent(slot - Slot.EVENTS_TO_GUEST);
      else this.domain0.finish(slot - Slot.DISK_COMPLETIONS);
    }
  }

  /** Let out-of-guest processes serve the writes that were posted to them. */
  servePosted(): void {
    this.postedDue = NEVER;
    this.placed.servePosted();
  }

  /** Let virtual time pass with nobody running, carrying out what falls due on the way. */
  advance(nanoseconds: number): void {
    const end = this.clock.now + nanoseconds;
    while (this.deadlines.earliest <= end && !this.stop) {
      this.clock.idleUntil(this.deadlines.earliest);
      this.runDue();
    }
    this.clock.idleUntil(end);
    if (end >= this.postedDue) this.servePosted();
  }

  /** The guest has ended: let domain 0 finish what is on its way to it, console output above all. */
  drain(): void {
    this.servePosted();
    for (let patience = DRAINED_EVENTS; patience > 0 && !this.stop; patience--) {
      let next = NEVER;
      for (let slot: number = Slot.EVENTS_TO_DOMAIN0; slot < Slot.COUNT; slot++) {
        next = Math.min(next, this.deadlines.at(slot));
      }
      if (next === NEVER) return;
      this.advance(Math.max(0, next - this.clock.now));
    }
  }

  /** Offer bytes to console `index`; the number taken. */
  input(index: number, bytes: Uint8Array): number {
    return this.placed.input(index, bytes) ?? this.domain0.input(index, bytes);
  }

  /** Bring all disks to stable storage; problems, one line each. */
  flush(): string[] {
    return [...this.placed.flush(), ...this.domain0.flush()];
  }

  /**
   * RESET: devices and interrupt controller as after power-on, BIOS as delivered. RAM and virtual time are as they were, and so is
   * what a battery keeps.
   */
  reset(): void {
    this.stop = undefined;
    this.postedDue = NEVER;
    this.waitedFor = DEVICE_NONE;
    this.guest.reset();
    for (let slot = 0; slot < Slot.COUNT; slot++) this.deadlines.set(slot, NEVER);
    this.domain0.reset();
    this.memory.clear(REGION_BASE, BATTERY_BACKED);
    this.memory.clear(BATTERY_BACKED + PAGE_SIZE, BIOS_IMAGE);
    this.lines.reset();
    this.pic.reset();
    this.boot();
  }

  /**
   * Move `device` to `placement` while the guest runs, in a pause between its instructions. The guest cannot tell: all places work
   * on one state.
   *
   * @returns why that cannot be, in one line, or undefined when it is done
   */
  move(device: number, placement: Placement): string | undefined {
    if (!PLACEABLE_DEVICES.includes(device) || !(this.config.devices & (1 << device))) {
      return 'the machine has no such device, or it cannot be moved';
    }
    if (this.waitedFor === device) return 'the guest waits for an answer of this device; try again a little later';
    const obstacle = this.placed.obstacle(device, placement);
    if (obstacle) return obstacle;
    this.servePosted();
    this.placed.move(device, placement);
    this.announcePlacements();
    return undefined;
  }

  /** Shadowed registers were published for other placements: until the firmware publishes them afresh, none is valid. */
  private announcePlacements(): void {
    writePlacements(this.memory.buffer, this.config.devices, this.placed.placements);
    this.memory.clear(SHADOW_PAGE, SHADOW_PAGE + PAGE_SIZE);
    const { exposed, hidden } = reachOfGuest(this.config.devices, this.placed.placements);
    this.memory.exposeRegion(exposed, hidden);
  }

  /** Everything but the guest's memory and the disks' contents, as a JSON-compatible value. */
  save(): PlatformState {
    return {
      parts: saveParts(this.parts),
      map: this.memory.saveMap(),
      stop: this.stop ?? null,
      postedDue: this.postedDue === NEVER ? null : this.postedDue,
      waitedFor: this.waitedFor,
    };
  }

  /** Continue from a saved state; `restoreMemory` puts back the guest's memory as it was then. */
  restore(state: PlatformState, restoreMemory: (memory: GuestMemory) => void): void {
    this.domain0.reset();
    restoreMemory(this.memory);
    this.memory.restoreMap(state.map);
    this.stop = state.stop ?? undefined;
    this.postedDue = state.postedDue ?? NEVER;
    this.waitedFor = state.waitedFor;
    restoreParts(this.parts, state.parts);
  }

  /** Everything that has a state of its own. */
  private get parts(): Parts {
    const { clock, deadlines, pic, intercepts, counters, trace, recent, guest, placed, domain0 } = this;
    return { clock, deadlines, pic, intercepts, counters, trace, recent, guest, placed, domain0 };
  }

  /** End what runs beside this thread; the machine runs no more. */
  close(): void {
    this.placed.close();
  }

  private boot(): void {
    this.intercepts.reset(this.config.devices);
    this.memory.loadBios(this.config.bios);
    if (this.config.expansionRom) this.memory.loadExpansionRom(this.config.expansionRom);
    for (const image of this.config.images) this.loadImage(image);
    writeStartInfo(this.memory.buffer, this.config);
    this.announcePlacements();
    this.placed.boot();
  }

  /** Nothing that can run is left when an image has become unreadable since the machine was configured. */
  private loadImage(image: BootImage): void {
    if (image.read(this.memory.bytes, image.address)) return;
    this.fail(`the ${image.bytes} bytes that belong at ${image.address.toString(16)}h can no longer be read`, []);
  }

  private deviceAt(space: number, address: number): number {
    return space === SPACE_PORT ? this.intercepts.ports[address]! : this.intercepts.deviceAt(address);
  }

  private enterFor(device: number): void {
    this.current = device;
    this.lines.beginEntry();
  }

  private fireTimer(timer: number): void {
    const device = DEVICE_OF_TIMER[timer]!;
    this.current = device;
    this.recorder.upcall(device, Upcall.TIMER, timer);
    this.servers[device]!.timer(1 << timer);
    this.recorder.returned();
  }

  private deliverEvent(port: number): void {
    const device = DEVICE_OF_PORT[port]!;
    if (this.placed.isParavirtual(device)) {
      this.recorder.guestUpcall(port);
      this.guest.upcall();
    } else {
      const pending = this.events.take(1 << port);
      if (pending === 0) return;
      this.current = device;
      this.recorder.upcall(device, Upcall.EVENT, port);
      this.servers[device]!.event(pending);
    }
    this.recorder.returned();
  }

  private fireGuestTimer(): void {
    if (this.events.raise(PORT_GUEST_TIMER)) this.guest.upcall();
  }

  /** VMCALL: the guest has PV drivers of its own. */
  hypercall(registers: Int32Array): void {
    this.clock.chargeAll(this.guestHypercall);
    this.recorder.guestHypercall(this.guestHypercall);
    this.guest.hypercall(registers);
  }

  private connectDomain0(): Domain0 {
    const { config } = this;
    const romCardDisk = config.devices & (1 << DEVICE_ROM_CARD) ? config.blobDisk : undefined;
    const disks = [...[0, 1, 2, 3].map((index) => config.drives[index]?.disk), config.blobDisk, romCardDisk];
    const consoles = [0, 1, 2, 3].map((index) => this.tracedSink(config.uarts[index]?.sink));
    return new Domain0(
      this.memory,
      new GrantTable(this.memory),
      { disks, consoles },
      config.cost,
      this.clock,
      this.deadlines,
      {
        raise: (port) => this.raise(port),
        requestTaken: (port, count) => this.recorder.requestsTaken(port, count),
      },
    );
  }

  private tracedSink(sink: ((byte: number) => void) | undefined): ((byte: number) => void) | undefined {
    return (
      sink &&
      ((byte) => {
        this.recorder.consoleByte(byte);
        sink(byte);
      })
    );
  }

  /** Domain 0 sends an event to the guest's end of `port`. */
  private raise(port: number): void {
    this.recorder.raised(port);
    if (this.events.raise(port)) this.deadlines.set(Slot.EVENTS_TO_GUEST + port, this.clock.now);
  }

  private placeDevices(): Servers {
    const { config, memory, intercepts, pic, clock, counters, deadlines } = this;
    return new Servers({
      ...{ config, memory, intercepts, pic, clock, counters },
      serverEvents: this.serverEvents(),
      interruptible: () => pic.asserted && this.processor.interruptible,
      hypercalls: (placement, server) => firmwareHypercalls(this, placement, server),
      setIrq: (gsi, level) => this.lines.set(gsi, level),
      setEmulatorDeadline: (deadline) => deadlines.set(Slot.EMULATOR, deadline ?? NEVER),
      elementsMoved: (count) => this.strings.requestDone(count),
      wakeSoon: () => {
        this.postedDue = Math.min(this.postedDue, clock.now + POSTED_DELAY);
      },
    });
  }

  private serverEvents(): ServerEvents {
    return {
      failed: (server, problem) => this.fail(problem, server.frame.describe()),
      completed: (value, done) => {
        this.waitedFor = DEVICE_NONE;
        this.onCompleted(value, done);
      },
      notify: (ports, server) => {
        this.strings.happening(Math.max(0, server.frame.done - 1));
        for (let port = 1; port < EVENT_PORT_COUNT; port++) if (ports & (1 << port)) this.sendEvent(port);
      },
    };
  }

  private fail(problem: string, frame: string[]): void {
    const report = [...frame, 'last happenings:', ...this.recent.lines(REPORTED_HAPPENINGS)];
    this.stop ??= { kind: 'failed', problem, report };
  }

  /** Send an event to domain 0's end of `port`. */
  sendEvent(port: number): void {
    this.recorder.sent(port);
    this.domain0.send(port);
  }
}
