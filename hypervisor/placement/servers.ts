import { DEVICE_COUNT, DEVICE_NONE, DEVICE_PIC, DEVICE_UART } from '../abi/devices';
import type { MachineConfig } from '../config';
import { PLACEABLE_DEVICES } from '../device-names';
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
import { type IoreqMachine, IoreqServer, type IoreqServerState } from './ioreq-server';
import { Host, type Placement, placementNamed } from './placements';
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

export interface ServersState {
  /** By DEVICE_*: names of placements. */
  readonly placements: readonly string[];
  /** Of each hypervisor's half of a process, under the name of its placement. */
  readonly clients: Readonly<Record<string, IoreqServerState>>;
}

/** Puts every device where the configuration wants it: one server for each placement in use, shared by its devices. */
export class Servers {
  /** The server of each DEVICE_*; changed in place when a device moves. */
  readonly byDevice: readonly IoServer[];
  /** Where each DEVICE_* is now. */
  readonly placements: readonly Placement[];
  /** Every instance of the firmware binary. */
  readonly firmwares: FirmwareServer[] = [];
  private readonly threads: FirmwareThread[] = [];
  private readonly placed = new Map<string, IoServer>();
  private readonly clients = new Map<string, IoreqServer>();
  private readonly processes: (Process | undefined)[] = new Array(PROCESS_COUNT).fill(undefined);
  private readonly emulator: EmulatorServer | undefined;

  constructor(private readonly machine: ServersMachine) {
    const { config, memory, pic, clock } = machine;
    this.placements = [...config.placements];
    this.emulator = this.makeEmulator();
    const floating = new FloatingBus(memory);
    const servers: IoServer[] = Array.from({ length: DEVICE_COUNT }, (_, device) =>
      config.devices & (1 << device) ? this.serverAt(this.placements[device]!) : floating,
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
    return this.placements[device]!.host === Host.NOBODY;
  }

  /** Why `device` cannot go to `placement`, if it cannot: what moves is who works on the firmware's state, not state itself. */
  obstacle(device: number, placement: Placement): string | undefined {
    const paravirtual = this.isParavirtual(device) || placement.host === Host.NOBODY;
    if (paravirtual) return "a device that the guest's own drivers serve has no state that could move";
    if (this.isEmulated(device) || this.isEmulatedAt(device, placement)) {
      return 'an emulator of another make keeps its state to itself';
    }
    return undefined;
  }

  /** From now on `device` is at `placement`, to which there is no obstacle. */
  move(device: number, placement: Placement): void {
    (this.placements as Placement[])[device] = placement;
    (this.byDevice as IoServer[])[device] = this.serverAt(placement);
  }

  save(): ServersState {
    return {
      placements: this.placements.map(({ name }) => name),
      clients: Object.fromEntries([...this.clients].map(([name, client]) => [name, client.save()])),
    };
  }

  restore({ placements, clients }: ServersState): void {
    for (const device of PLACEABLE_DEVICES) {
      if (this.machine.config.devices & (1 << device)) this.move(device, placementNamed(placements[device]!)!);
    }
    for (const [name, state] of Object.entries(clients)) {
      this.serverAt(placementNamed(name)!);
      this.clients.get(name)!.restore(state);
    }
  }

  /** Posted writes have waited long enough: let their processes run. */
  servePosted(): void {
    for (const process of this.processes) process?.client?.servePosted();
  }

  /** The deadline of the emulator of another make has come. */
  wakeEmulator(): void {
    this.emulator?.wake();
  }

  /** Bytes for UART `index`, if an emulator of another make serves the UARTs: the number taken; else undefined. */
  input(index: number, bytes: Uint8Array): number | undefined {
    return this.isEmulated(DEVICE_UART) ? this.emulator!.input(index, bytes) : undefined;
  }

  /** Bring to the machine's disks what an emulator of another make keeps; problems, one line each. */
  flush(): string[] {
    return this.emulator?.flush() ?? [];
  }

  /** End threads and processes; the machine runs no more. */
  close(): void {
    this.emulator?.close();
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
    if (placement.host === Host.PROCESS) return this.makeIoreqServer(placement, placement.name);
    const firmware = this.makeFirmware(placement, machine.serverEvents);
    if (placement.forwardsTo)
      return new ForwardingServer(firmware, this.makeIoreqServer(placement.forwardsTo, placement.name));
    if (!placement.shadowed) return firmware;
    return new ShadowServer(firmware, machine.memory.words, machine.clock, machine.counters, machine.config.cost);
  }

  /** @param name of the device's placement, which for an access that is handed on is another one */
  private makeIoreqServer(placement: Placement, name: string): IoreqServer {
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
    this.clients.set(name, process.client);
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
    const server: FirmwareServer = new FirmwareServer(placement, enter, memory, ways, clock, counters, events);
    server.vcpu = this.firmwares[0]?.vcpu;
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
    return this.isEmulatedAt(device, this.placements[device]!);
  }

  private isEmulatedAt(device: number, placement: Placement): boolean {
    const { emulator } = this.machine.config;
    return ((emulator?.devices ?? 0) >> device) % 2 !== 0 && (placement.forwardsTo ?? placement).host === Host.PROCESS;
  }

  private makeEmulator(): EmulatorServer | undefined {
    const { config, memory, clock } = this.machine;
    if (!config.emulator) return undefined;
    const levels = new Uint8Array(16);
    const world = {
      config,
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
