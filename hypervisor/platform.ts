import {
  DEVICE_I8042,
  DEVICE_IDE,
  DEVICE_NONE,
  DEVICE_PIC,
  DEVICE_PIT,
  DEVICE_PM,
  DEVICE_RTC,
  DEVICE_UART,
} from './abi/devices';
import { SPACE_PORT } from './abi/frame';
import { PORT_GUEST_TIMER } from './abi/guest-hypercalls';
import { GSI_COUNT, MACHINE_A20, MACHINE_POWER_OFF, MACHINE_RESET } from './abi/hypercalls';
import { BATTERY_BACKED, BIOS_IMAGE, PAGE_SIZE, REGION_BASE, SHADOW_PAGE } from './abi/layout';
import { FIXED_PORTS } from './abi/ports';
import { EVENT_PORT_COUNT } from './abi/shared-info';
import { Exit, PageKind, type VmExit } from './abi/vcpu';
import type { MachineConfig } from './config';
import { PLACEABLE_DEVICES } from './device-names';
import { Domain0 } from './domain0/domain0';
import { DEVICE_OF_PORT, DEVICE_OF_TIMER, Slot } from './domain0/wiring';
import { EventChannels } from './events/event-channels';
import { GuestInterface } from './guest-interface';
import type { HypercallHandler } from './hypercalls';
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
import { Counter, Counters } from './trace/counters';
import { GuestTrace } from './trace/guest-trace';
import { Happening, RecentTrace } from './trace/recent';
import { Upcall } from './trace/timeline';
import { InterceptMap } from './trap/intercept-map';

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
/** Nanoseconds from now to the earliest deadline of a timer: one that is always due would stop virtual time. */
const TIMER_SLOP = 100;
/** The device that drives each interrupt line on a PC, for counting. */
const DEVICE_OF_GSI: readonly number[] = [
  ...[DEVICE_PIT, DEVICE_I8042, DEVICE_PIC, DEVICE_UART, DEVICE_UART, 0, 0, 0],
  ...[DEVICE_RTC, DEVICE_PM, 0, 0, 0, 0, DEVICE_IDE, DEVICE_IDE],
];

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
  readonly counters = new Counters();
  readonly trace = new GuestTrace();
  readonly recent = new RecentTrace();
  /** Set when the domain cannot go on as it was. */
  stop: Stop | undefined;
  /** Called when an access that was deferred is done: the value read, or the elements moved. */
  onCompleted: (value: number, done: number) => void = () => {};
  processor: Processor = NO_PROCESSOR;
  /** Elements of the last string I/O whose time has passed already. */
  elementsCharged = 0;

  private inString = false;
  /** Elements of the string I/O under way that earlier requests to an out-of-guest process moved. */
  private elementsBefore = 0;

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
      this.counters.add(DEVICE_NONE, Counter.INTERRUPTS);
      this.clock.timeline?.line(this.clock.now, gsi, 1);
      this.pic.pulse(gsi);
    },
  });
  /**
   * When posted writes have waited long enough. Not one of the deadlines, because those cut string I/O into pieces, and a guest
   * must not tell from where the cuts are that a write was posted.
   */
  private postedDue = NEVER;
  /** Entries into device models so far, and the one in which each interrupt line last rose. */
  private entry = 0;
  private readonly roseIn = new Float64Array(GSI_COUNT).fill(-1);
  /** The device on whose behalf device models run now. */
  private current: number = DEVICE_NONE;
  /** The device that has deferred an access of the guest's, or DEVICE_NONE. */
  waitedFor: number = DEVICE_NONE;

  /** @param reuse a platform that is not used any more, whose memory this one takes over */
  constructor(
    readonly config: MachineConfig,
    reuse?: Platform,
  ) {
    this.memory = new GuestMemory(config.ramBytes, reuse?.memory);
    if (config.textMemory) this.memory.mapPages(TEXT_MEMORY, TEXT_MEMORY_SIZE, PageKind.RAM);
    this.clock = new VirtualClock(config.cost.instruction);
    this.clock.timeline = config.timeline;
    const { missedTicks } = config;
    this.pic = missedTicks === MissedTicks.ONE_PENDING ? new PicPair() : new TickKeeper(missedTicks, this.clock);
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

  get firmwareServers(): Iterable<FirmwareServer> {
    return this.placed.firmwares;
  }

  /** One read by the guest: the value, unsigned, or DEFERRED. */
  read(space: number, address: number, width: number): number {
    const device = this.deviceAt(space, address);
    this.enterFor(device, 1);
    this.clock.timeline?.trapped(this.clock.now, device, space, address, width, false);
    const value = this.servers[device]!.read(device, space, address, width);
    this.recent.record(this.clock.now, Happening.ACCESS, address, width, value);
    if (value === DEFERRED) {
      this.waitedFor = device;
      return value;
    }
    this.clock.timeline?.resumed(this.clock.now);
    this.trace.read(device, address, width, value);
    return value;
  }

  /** One write by the guest. True: it is deferred. */
  write(space: number, address: number, width: number, value: number): boolean {
    const device = this.deviceAt(space, address);
    this.enterFor(device, 1);
    this.trace.write(device, address, width, value);
    this.clock.timeline?.trapped(this.clock.now, device, space, address, width, true);
    const deferred = this.servers[device]!.write(device, space, address, width, value);
    if (deferred) this.waitedFor = device;
    else this.clock.timeline?.resumed(this.clock.now);
    this.recent.record(this.clock.now, Happening.ACCESS, address, width | 0x80, value);
    return deferred;
  }

  /** String I/O with runs: at most `count` elements; those moved, or DEFERRED. The time of `elementsCharged` of them has passed. */
  string(exit: VmExit, count: number): number {
    const device = this.intercepts.ports[exit.address]!;
    this.elementsBefore = 0;
    this.elementsCharged = 0;
    this.inString = true;
    this.enterFor(device, 0);
    const write = exit.reason === Exit.PORT_WRITE;
    this.clock.timeline?.trapped(this.clock.now, device, SPACE_PORT, exit.address, exit.width, write);
    const done = this.servers[device]!.string(device, exit, count);
    this.inString = false;
    if (done === DEFERRED) {
      this.waitedFor = device;
      return done;
    }
    this.clock.timeline?.resumed(this.clock.now);
    this.traceString(device, exit, done);
    return done;
  }

  /** Something happens when string I/O has moved `count` elements: their time passes first. */
  private chargeElements(count: number): void {
    this.clock.retire(count - this.elementsCharged);
    this.elementsCharged = count;
  }

  /** The access behind `exit` was deferred and is done now. */
  completeDeferred(exit: VmExit, value: number, done: number): void {
    const device = this.deviceAt(SPACE_PORT, exit.address);
    this.clock.timeline?.resumed(this.clock.now);
    if (exit.runCount > 0) this.traceString(device, exit, done);
    else if (exit.reason === Exit.PORT_READ) this.trace.read(device, exit.address, exit.width, value);
  }

  private traceString(device: number, exit: VmExit, done: number): void {
    this.counters.add(device, Counter.ACCESSES, done);
    let rest = done * exit.width;
    for (let run = 0; run < exit.runCount && rest > 0; run++) {
      const length = Math.min(rest, exit.runs[run * 2 + 1]!);
      const start = exit.runs[run * 2]! + (exit.descending ? exit.runs[run * 2 + 1]! - length : 0);
      this.trace.memory(device, this.memory.bytes, this.memory.words, start, length);
      rest -= length;
    }
  }

  /** Carry out everything whose virtual time has come. */
  runDue(): void {
    if (this.clock.now >= this.postedDue) this.servePosted();
    while (this.deadlines.earliest <= this.clock.now && !this.stop) {
      const slot = this.deadlines.takeDue(this.clock.now);
      this.entry++;
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
    for (let gsi = 0; gsi < GSI_COUNT; gsi++) this.pic.setLine(gsi, false);
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
    this.memory.loadBios(this.config.bios);
    for (const { address, bytes } of this.config.images) this.memory.bytes.set(bytes, address);
    writeStartInfo(this.memory.buffer, this.config);
    this.announcePlacements();
    this.intercepts.ports.fill(DEVICE_NONE);
    for (const { device, first, count } of FIXED_PORTS) {
      if (this.config.devices & (1 << device)) this.intercepts.mapPorts(device, first, count);
    }
    this.placed.boot();
  }

  private deviceAt(space: number, address: number): number {
    return space === SPACE_PORT ? this.intercepts.ports[address]! : this.intercepts.deviceAt(address);
  }

  private enterFor(device: number, accesses: number): void {
    this.current = device;
    this.entry++;
    this.counters.add(device, Counter.ACCESSES, accesses);
    this.counters.add(device, Counter.VM_EXITS);
  }

  private fireTimer(timer: number): void {
    const device = DEVICE_OF_TIMER[timer]!;
    this.recent.record(this.clock.now, Happening.TIMER, timer, device, 0);
    this.current = device;
    this.counters.add(device, Counter.UPCALLS);
    this.clock.timeline?.upcall(this.clock.now, device, Upcall.TIMER, timer);
    this.servers[device]!.timer(1 << timer);
    this.clock.timeline?.returned(this.clock.now);
  }

  private deliverEvent(port: number): void {
    const device = DEVICE_OF_PORT[port]!;
    if (this.placed.isParavirtual(device)) {
      this.clock.timeline?.upcall(this.clock.now, device, Upcall.EVENT, port);
      this.guest.upcall();
      this.clock.timeline?.returned(this.clock.now);
      return;
    }
    const pending = this.events.take(1 << port);
    this.recent.record(this.clock.now, Happening.EVENT, port, device, 0);
    if (pending === 0) return;
    this.current = device;
    this.counters.add(device, Counter.UPCALLS);
    this.clock.timeline?.upcall(this.clock.now, device, Upcall.EVENT, port);
    this.servers[device]!.event(pending);
    this.clock.timeline?.returned(this.clock.now);
  }

  private fireGuestTimer(): void {
    if (this.events.raise(PORT_GUEST_TIMER)) this.guest.upcall();
  }

  /** VMCALL: the guest has PV drivers of its own. */
  hypercall(registers: Int32Array): void {
    this.counters.add(DEVICE_NONE, Counter.VM_EXITS);
    this.counters.add(DEVICE_NONE, Counter.HYPERCALLS);
    this.clock.chargeAll(this.guestHypercall);
    this.clock.timeline?.hypercall(this.clock.now, this.guestHypercall);
    this.guest.hypercall(registers);
  }

  private connectDomain0(): Domain0 {
    const { config } = this;
    const disks = [...[0, 1, 2, 3].map((index) => config.drives[index]?.disk), config.blobDisk];
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
        requestTaken: (port, count) => this.counters.add(DEVICE_OF_PORT[port]!, Counter.RING_REQUESTS, count),
      },
    );
  }

  private tracedSink(sink: ((byte: number) => void) | undefined): ((byte: number) => void) | undefined {
    return (
      sink &&
      ((byte) => {
        this.trace.console(DEVICE_UART, byte);
        sink(byte);
      })
    );
  }

  /** Domain 0 sends an event to the guest's end of `port`. */
  private raise(port: number): void {
    this.counters.add(DEVICE_OF_PORT[port]!, Counter.EVENTS);
    if (this.events.raise(port)) this.deadlines.set(Slot.EVENTS_TO_GUEST + port, this.clock.now);
  }

  private placeDevices(): Servers {
    const { config, memory, intercepts, pic, clock, counters, deadlines } = this;
    return new Servers({
      ...{ config, memory, intercepts, pic, clock, counters },
      serverEvents: this.serverEvents(),
      interruptible: () => pic.asserted && this.processor.interruptible,
      hypercalls: (placement, server) => this.hypercallsFor(placement, server),
      setIrq: (gsi, level) => this.setIrq(gsi, level),
      setEmulatorDeadline: (deadline) => deadlines.set(Slot.EMULATOR, deadline ?? NEVER),
      elementsMoved: (count) => {
        this.elementsBefore = count;
        this.chargeElements(count);
      },
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
        if (this.inString) this.chargeElements(this.elementsBefore + server.frame.done);
        for (let port = 1; port < EVENT_PORT_COUNT; port++) if (ports & (1 << port)) this.sendEvent(port);
      },
    };
  }

  private fail(problem: string, frame: string[]): void {
    const report = [...frame, 'last happenings:', ...this.recent.lines(REPORTED_HAPPENINGS)];
    this.stop ??= { kind: 'failed', problem, report };
  }

  private sendEvent(port: number): void {
    this.counters.add(DEVICE_OF_PORT[port]!, Counter.EVENTS);
    this.clock.timeline?.sent(this.clock.now, port);
    this.domain0.send(port);
  }

  private hypercallsFor(placement: Placement, server: () => FirmwareServer): HypercallHandler {
    const charges = placement.hypercall(this.config.cost);
    return {
      enter: () => {
        if (this.inString) this.chargeElements(this.elementsBefore + server().frame.done);
        this.counters.add(this.current, Counter.HYPERCALLS);
        this.clock.chargeAll(charges);
        this.clock.timeline?.hypercall(this.clock.now, charges);
      },
      sendEvent: (port) => {
        this.sendEvent(port);
        server().frame.interrupt = 1;
      },
      setTimer: (timer, deadline) => {
        server().frame.interrupt = 1;
        this.clock.timeline?.timerSet(this.clock.now, timer);
        this.deadlines.set(Slot.TIMERS + timer, Math.max(deadline, this.clock.now + TIMER_SLOP));
      },
      setIrq: (gsi, level) => {
        this.setIrq(gsi, level);
        if (this.pic.asserted && this.processor.interruptible) server().frame.interrupt = 1;
      },
      debugByte: (channel, value) => this.config.debug(channel, value),
      machine: (operation, argument) => this.machineCall(operation, argument),
      mapPorts: (device, first, count) => this.intercepts.mapPorts(device, first, count),
      mapMemory: (device, address, bytes) => this.intercepts.mapMemory(device, address, bytes),
    };
  }

  private setIrq(gsi: number, level: number): void {
    const device = DEVICE_OF_GSI[gsi]!;
    this.counters.add(device, Counter.INTERRUPTS, level);
    this.trace.interrupt(device, gsi, level);
    this.recent.record(this.clock.now, Happening.INTERRUPT_LINE, gsi, level, 0);
    this.clock.timeline?.line(this.clock.now, gsi, level);
    this.pic.setLine(gsi, level === 1);
    if (level === 1) this.roseIn[gsi] = this.entry;
    // Up and down before anybody else could run: on hardware the pulse would have a width, and be wide enough.
    else if (this.roseIn[gsi] === this.entry) this.pic.pulse(gsi);
  }

  private machineCall(operation: number, argument: number): void {
    if (operation === MACHINE_A20) this.processor.setAddressLine20(argument !== 0);
    else if (operation === MACHINE_RESET)
      this.stop ??= { kind: 'reset', problem: 'the guest reset the machine', report: [] };
    else if (operation === MACHINE_POWER_OFF) {
      this.stop ??= { kind: 'power-off', problem: 'the guest switched the machine off', report: [] };
    } else this.memory.setShadowRam(argument);
  }
}
