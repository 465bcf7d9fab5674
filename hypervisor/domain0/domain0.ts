import { BlockBackend, type BlockBackendState } from '../../pv-drivers/backend/block';
import { ConsoleBackend, type ConsoleBackendState } from '../../pv-drivers/backend/console';
import type { Disk } from '../../pv-drivers/backend/disk';
import { blockRingGrant, consoleRingGrant } from '../../pv-drivers/protocol/grant-references';
import type { GrantTable } from '../memory/grant-table';
import type { GuestMemory } from '../memory/guest-memory';
import type { VirtualClock } from '../time/clock';
import { Payer } from '../time/clock';
import type { CostModel } from '../time/cost-model';
import { type Deadlines, NEVER } from '../time/deadlines';
import { FIRST_BLOCK_PORT, FIRST_CONSOLE_PORT, Slot } from './wiring';

/** What domain 0 serves for this machine: a disk for each block ring, a sink for each console; undefined where nothing is. */
export interface Domain0Services {
  disks: (Disk | undefined)[];
  consoles: (((byte: number) => void) | undefined)[];
}

/** What the back-ends know beyond the guest's memory; null where there is none. */
export interface Domain0State {
  readonly blocks: readonly (BlockBackendState | null)[];
  readonly consoles: readonly (ConsoleBackendState | null)[];
}

/** What domain 0 asks of the machine. */
export interface Domain0Events {
  /** Send an event to the guest's end of `port`. */
  raise(port: number): void;
  /** A block request was taken from the ring of block port `port`. */
  requestTaken(port: number, count: number): void;
}

/**
 * Nanoseconds that an event takes to reach domain 0 whatever the cost model says: ends that answer each other's events for ever
 * would stop virtual time otherwise.
 */
export const LEAST_LATENCY = 1000;

/**
 * Domain 0 in the machine's own process, scheduled by virtual time: a back-end hears of an event after the domain switch and
 * domain 0's scheduler, and a disk serves one request after another. Its time runs beside the guest's, on a processor of its
 * own, so it is accounted but does not stop the guest.
 */
export class Domain0 {
  private readonly blocks: (BlockBackend | undefined)[];
  private readonly consoles: (ConsoleBackend | undefined)[];
  private readonly eventLatency: number;

  constructor(
    private readonly memory: GuestMemory,
    grants: GrantTable,
    services: Domain0Services,
    private readonly cost: CostModel,
    private readonly clock: VirtualClock,
    private readonly deadlines: Deadlines,
    private readonly events: Domain0Events,
  ) {
    this.eventLatency = Math.max(cost.domainSwitch + cost.domain0Schedule, LEAST_LATENCY);
    const common = { memory: memory.bytes, grants };
    this.blocks = services.disks.map(
      (disk, ring) =>
        disk &&
        new BlockBackend({
          ...common,
          disk,
          ring: blockRingGrant(ring),
          notify: () => events.raise(FIRST_BLOCK_PORT + ring),
        }),
    );
    this.consoles = services.consoles.map(
      (sink, ring) =>
        sink &&
        new ConsoleBackend({
          ...common,
          sink,
          ring: consoleRingGrant(ring),
          notify: () => events.raise(FIRST_CONSOLE_PORT + ring),
        }),
    );
  }

  /** The guest sent an event to `port`: domain 0 will look at it after its latency. */
  send(port: number): void {
    const slot = Slot.EVENTS_TO_DOMAIN0 + port;
    if (this.deadlines.at(slot) === NEVER) this.deadlines.set(slot, this.clock.now + this.eventLatency);
  }

  /** The event on `port` has reached domain 0. */
  receive(port: number): void {
    this.clock.account(Payer.DOMAIN0, this.eventLatency);
    this.clock.timeline?.received(this.clock.now, port);
    if (this.consoles[port - FIRST_CONSOLE_PORT]?.handleEvent()) this.send(port);
    const ring = port - FIRST_BLOCK_PORT;
    const block = this.blocks[ring];
    if (!block) return;
    const before = block.pendingCount;
    block.handleEvent();
    this.events.requestTaken(port, block.pendingCount - before);
    if (this.deadlines.at(Slot.DISK_COMPLETIONS + ring) === NEVER) this.startNext(ring, block);
  }

  /** The request that block ring `ring` was working on is done. */
  finish(ring: number): void {
    const block = this.blocks[ring]!;
    block.complete(0);
    this.memory.writes++;
    this.startNext(ring, block);
  }

  private startNext(ring: number, block: BlockBackend): void {
    if (block.pendingCount === 0) return;
    const service = this.cost.diskRequest + Math.round((block.pendingBytes(0) * this.cost.diskByte) / 1000);
    this.clock.account(Payer.DOMAIN0, service);
    this.clock.timeline?.served(this.clock.now, this.clock.now + service, ring);
    this.deadlines.set(Slot.DISK_COMPLETIONS + ring, this.clock.now + service);
  }

  /** The machine is reset: forget its front-ends and what they asked for. */
  reset(): void {
    for (const backend of [...this.blocks, ...this.consoles]) backend?.reset();
  }

  save(): Domain0State {
    return {
      blocks: this.blocks.map((backend) => backend?.save() ?? null),
      consoles: this.consoles.map((backend) => backend?.save() ?? null),
    };
  }

  /** After `reset`, and after the guest's memory was restored. */
  restore({ blocks, consoles }: Domain0State): void {
    this.blocks.forEach((backend, ring) => {
      backend?.restore(blocks[ring]!);
    });
    this.consoles.forEach((backend, ring) => {
      backend?.restore(consoles[ring]!);
    });
  }

  /** Offer bytes to console `index`; the number that it took, the rest the caller keeps. */
  input(index: number, bytes: Uint8Array): number {
    return this.consoles[index]?.input(bytes) ?? bytes.length;
  }

  /** Bring everything that was written to stable storage; problems, one line each. */
  flush(): string[] {
    return this.blocks.flatMap((block, ring) => (block && !block.flush() ? [`disk ${ring} could not be flushed`] : []));
  }
}
