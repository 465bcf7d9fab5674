import { BlockBackend } from '../../../pv-drivers/backend/block';
import type { Disk } from '../../../pv-drivers/backend/disk';
import type { Frontends } from './frontends';
import { TestGrantTable } from './grant-table';

// Re-declared from hypervisor/abi/layout.ts and pv-drivers/protocol/grant-references.ts.
const FRONTEND_STATE = 0x3ff30000;
const BLOCK_RINGS = 0x3ff40000;
const GRANT_BLOCK_RINGS = 8;
const PAGE = 4096;
const RING = 0;
const PORT = 5;

export interface Report {
  readonly tag: number;
  readonly status: number;
}

/**
 * The real block front-end and the real block back-end on one memory, with an event channel between them that a test
 * delivers when it likes. Neither side is ever called without an event, so a wake-up that is lost stays lost.
 */
export class BlockWorld {
  readonly grants: TestGrantTable;
  readonly reports: Report[] = [];
  backend: BlockBackend;
  eventForBackend = false;
  eventForFrontend = false;
  eventsSent = 0;

  /** @param index value that all ring indices start from */
  constructor(
    readonly frontends: Frontends,
    private readonly disk: Disk,
    index = 0,
  ) {
    this.grants = new TestGrantTable(frontends.memory);
    this.grants.clear();
    frontends.memory.fill(0, FRONTEND_STATE, FRONTEND_STATE + PAGE);
    frontends.onEvent = (port) => {
      if (port !== PORT) throw new Error(`event to port ${port}`);
      this.eventForBackend = true;
      this.eventsSent++;
    };
    this.call.blockConnect(RING, PORT);
    this.backend = this.newBackend();
    if (index !== 0) this.moveIndices(index);
  }

  get call() {
    return this.frontends.call;
  }

  /** A fresh back-end for the same ring, for instance to restore a saved state into. */
  newBackend(): BlockBackend {
    const { grants, disk } = this;
    const notify = () => {
      this.eventForFrontend = true;
    };
    return new BlockBackend({ memory: this.frontends.memory, grants, ring: GRANT_BLOCK_RINGS + RING, disk, notify });
  }

  word(address: number): number {
    return new DataView(this.frontends.memory.buffer).getUint32(address, true);
  }

  setWord(address: number, value: number): void {
    new DataView(this.frontends.memory.buffer).setUint32(address, value, true);
  }

  /** Address of field `offset` of the ring's header, or of entry `index`. */
  header(offset: number): number {
    return BLOCK_RINGS + RING * PAGE + offset;
  }

  entry(index: number): number {
    return this.header(64) + (index % 32) * 108;
  }

  transfer(operation: number, sector: number, address: number, sectors: number, tag: number): boolean {
    return this.call.blockTransfer(RING, operation, sector, address, sectors, tag) !== 0;
  }

  flush(tag: number): boolean {
    return this.call.blockFlush(RING, tag) !== 0;
  }

  /** A transfer of pieces (address, bytes); false if there is no room, then nothing is submitted. */
  scatter(operation: number, sector: number, pieces: readonly (readonly [number, number])[], tag: number): boolean {
    if (!this.call.blockBegin(RING, operation, sector, 0)) return false;
    for (const [address, bytes] of pieces) {
      if (this.call.blockAddSegment(RING, address, bytes)) continue;
      this.call.blockCancel(RING);
      return false;
    }
    return this.call.blockSubmit(RING, tag) !== 0;
  }

  abandon(): void {
    this.call.blockAbandon(RING);
  }

  get inFlight(): number {
    return this.call.blockInFlight(RING);
  }

  get broken(): boolean {
    return this.call.blockBroken(RING) !== 0;
  }

  poll(): Report | undefined {
    if (!this.call.blockPoll(RING)) return undefined;
    return { tag: this.call.blockTag(RING) >>> 0, status: this.call.blockStatus(RING) };
  }

  deliverToBackend(): boolean {
    if (!this.eventForBackend) return false;
    this.eventForBackend = false;
    this.backend.handleEvent();
    return true;
  }

  deliverToFrontend(): boolean {
    if (!this.eventForFrontend) return false;
    this.eventForFrontend = false;
    for (let report = this.poll(); report; report = this.poll()) this.reports.push(report);
    return true;
  }

  /** Let everything happen that events can make happen. */
  drain(): void {
    while (this.deliverToBackend() || this.backend.pendingCount > 0 || this.deliverToFrontend())
      this.backend.complete();
  }

  private moveIndices(index: number): void {
    this.call.blockMoveIndices(RING, index);
    for (const [offset, value] of [index, index + 1, index, index + 1].entries())
      this.setWord(this.header(offset * 4), value);
    const state = { connected: true, disconnectReason: null, requestsTaken: index, responsesMade: index, pending: [] };
    this.backend.restore(state);
  }
}
