import { DEVICE_COUNT, DEVICE_NONE, DEVICE_PIC } from '../abi/devices';
import type { MachineConfig } from '../config';
import { PROCESS_COUNT } from '../domain0/wiring';
import { type HypercallHandler, hypercallImports } from '../hypercalls';
import type { PicPair } from '../interrupt/pic-pair';
import { FirmwareThread } from '../live/firmware-thread';
import type { GuestMemory } from '../memory/guest-memory';
import type { InterceptMap } from '../trap/intercept-map';
import { FloatingBus, PicServer } from './builtin-servers';
import { DeviceProcess } from './device-process';
import { EmulatorServer } from './emulator';
import { FirmwareServer, type ServerEvents, waysOf } from './firmware-server';
import { ForwardingServer } from './forwarding-server';
import type { IoServer } from './io-server';
import { IoreqPage, PostedRing } from './ioreq-page';
import { type IoreqMachine, IoreqServer } from './ioreq-server';
import { Host, type Placement } from './placements';
import { ShadowServer } from './shadow-server';

/** What the servers of a machine are made from. */
export interface ServersMachine extends IoreqMachine {
  readonly config: MachineConfig;
  readonly memory: GuestMemory;
  readonly intercepts: InterceptMap;
  readonly pic: PicPair;
  readonly serverEvents: ServerEvents;
  /** The hypercalls of the firmware that `server` gives once it exists. */
  hypercalls(placement: Placement, server: () => FirmwareServer): HypercallHandler;
  setIrq(gsi: number, level: number): void;
  /** When an emulator of another make wants to act: absolute ns, or undefined. */
  setEmulatorDeadline(deadline: number | undefined): void;
}

/** An out-of-guest process, with both halves of its ioreq page. */
interface Process {
  readonly ioreq: IoreqPage;
  readonly ring: PostedRing;
  readonly process: DeviceProcess;
  /** The last server made for it, to run it for posted writes. */
  client: IoreqServer | undefined;
}

/** Puts every device where the configuration wants it: one server for each placement in use, shared by its devices. */
export class Servers {
  /** The server of each DEVICE_*. */
  readonly byDevice: readonly IoServer[];
  /** Every instance of the firmware binary. */
  readonly firmwares: FirmwareServer[] = [];
  private readonly threads: FirmwareThread[] = [];
  private readonly placed = new Map<string, IoServer>();
  private readonly processes: (Process | undefined)[] = new Array(PROCESS_COUNT).fill(undefined);
  private readonly emulator: EmulatorServer | undefined;

  constructor(private readonly machine: ServersMachine) {
    const { config, memory, pic, clock } = machine;
    this.emulator = this.makeEmulator();
    const floating = new FloatingBus(memory);
    const servers: IoServer[] = Array.from({ length: DEVICE_COUNT }, (_, device) =>
      config.devices & (1 << device) ? this.serverAt(config.placements[device]!) : floating,
    );
    servers[DEVICE_NONE] = floating;
    servers[DEVICE_PIC] = new PicServer(pic, memory, clock, config.cost);
    this.byDevice = servers;
  }

  /** Power-on: one instance of the firmware brings up all devices that the binary emulates, since they share one state. */
  boot(): void {
    const { config } = this.machine;
    let devices = config.devices;
    for (let device = 0; device < DEVICE_COUNT; device++) {
      if (this.isEmulated(device) || this.isParavirtual(device)) devices &= ~(1 << device);
    }
    this.firmwares[0]?.boot(devices);
    this.emulator?.reset();
  }

  /** Has the guest drivers of its own for `device`? */
  isParavirtual(device: number): boolean {
    return this.machine.config.placements[device]!.host === Host.NOBODY;
  }

  /** Posted writes have waited long enough: let their processes run. */
  servePosted(): void {
    for (const process of this.processes) process?.client?.servePosted();
  }

  /** The deadline of the emulator of another make has come. */
  wakeEmulator(): void {
    this.emulator?.wake();
  }

  /** End the threads; the machine runs no more. */
  close(): void {
    for (const thread of this.threads) thread.close();
  }

  private serverAt(placement: Placement): IoServer {
    const present = this.placed.get(placement.name);
    if (present) return present;
    const server = this.makeServer(placement);
    this.placed.set(placement.name, server);
    return server;
  }

  private makeServer(placement: Placement): IoServer {
    const { machine } = this;
    if (placement.host === Host.NOBODY) return new FloatingBus(machine.memory);
    if (placement.host === Host.PROCESS) return this.makeIoreqServer(placement);
    const firmware = this.makeFirmware(placement, machine.serverEvents);
    if (placement.forwardsTo) return new ForwardingServer(firmware, this.makeIoreqServer(placement.forwardsTo));
    if (!placement.shadowed) return firmware;
    return new ShadowServer(firmware, machine.memory.words, machine.clock, machine.counters, machine.config.cost);
  }

  private makeIoreqServer(placement: Placement): IoreqServer {
    const process = this.processAt(placement);
    const { serverEvents, config } = this.machine;
    const finished = (value: number, done: number) => serverEvents.completed(value, done);
    process.client = new IoreqServer(
      placement,
      process.process,
      process.ioreq,
      process.ring,
      this.machine,
      finished,
      config.cost,
    );
    return process.client;
  }

  private processAt(placement: Placement): Process {
    const present = this.processes[placement.process];
    if (present) return present;
    const { memory, intercepts, serverEvents } = this.machine;
    const ioreq = new IoreqPage(memory.words, memory.bytes, placement.process);
    const ring = new PostedRing(memory.words, placement.process);
    const firmware = this.makeFirmware(placement, {
      ...serverEvents,
      completed: (value, done) => process.finish(value, done),
    });
    const hosted = (device: number) => (this.isEmulated(device) ? this.emulator! : firmware);
    const process = new DeviceProcess(ioreq, ring, intercepts, hosted, firmware);
    const made: Process = { ioreq, ring, process, client: undefined };
    this.processes[placement.process] = made;
    return made;
  }

  private makeFirmware(placement: Placement, events: ServerEvents): FirmwareServer {
    const { config, memory, clock, counters } = this.machine;
    const handler = this.machine.hypercalls(placement, () => server);
    const enter = this.instantiate(placement, hypercallImports(handler));
    const ways = waysOf(placement, config.cost);
    const server = new FirmwareServer(placement, enter, memory.words, ways, clock, counters, events);
    this.firmwares.push(server);
    return server;
  }

  /** An instance of the binary, here or in a thread of its own: its entry point. */
  private instantiate(placement: Placement, hypercall: ReturnType<typeof hypercallImports>): (frame: number) => void {
    const { config, memory } = this.machine;
    if (placement.live) {
      const thread = new FirmwareThread(config.firmware, memory.wasm, hypercall, config.meter);
      this.threads.push(thread);
      return (frame) => thread.enter(frame);
    }
    const instance = new WebAssembly.Instance(config.firmware, { env: { memory: memory.wasm }, hypercall });
    return instance.exports.enter as (frame: number) => void;
  }

  /** Is `device` served by an emulator of another make? */
  private isEmulated(device: number): boolean {
    const { emulator, placements } = this.machine.config;
    const placement = placements[device]!;
    return ((emulator?.devices ?? 0) >> device) % 2 !== 0 && (placement.forwardsTo ?? placement).host === Host.PROCESS;
  }

  private makeEmulator(): EmulatorServer | undefined {
    const { config, memory, clock } = this.machine;
    if (!config.emulator) return undefined;
    const levels = new Uint8Array(16);
    const world = {
      memory: memory.bytes.subarray(0, config.ramBytes),
      now: () => clock.now,
      setIrq: (gsi: number, asserted: boolean) => {
        const level = asserted ? 1 : 0;
        if (levels[gsi] === level) return;
        levels[gsi] = level;
        this.machine.setIrq(gsi, level);
      },
    };
    const emulator = config.emulator.create(world);
    return new EmulatorServer(emulator, world, memory, (deadline) => this.machine.setEmulatorDeadline(deadline));
  }
}
