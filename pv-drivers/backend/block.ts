import {
  BLKIF_ENTRY_SIZE,
  BLKIF_MAX_INDIRECT_SEGMENTS,
  BLKIF_OP_DISCARD,
  BLKIF_OP_FLUSH,
  BLKIF_OP_READ,
  BLKIF_OP_WRITE,
  BLKIF_OP_WRITE_BARRIER,
  BLKIF_RESPONSE_ID,
  BLKIF_RESPONSE_OPERATION,
  BLKIF_RESPONSE_STATUS,
  BLKIF_RING_SIZE,
  BLKIF_RSP_ERROR,
  BLKIF_RSP_OKAY,
} from '../protocol/block';
import { RING_ENTRIES, RING_REQ_EVENT, RING_REQ_PROD, RING_RSP_EVENT, RING_RSP_PROD } from '../protocol/ring';
import { RING_CORRUPT, ringMustNotify, ringNextEvent, ringState } from '../ring/ring';
import { BlockRequest, type BlockRequestState } from './block-request';
import { type Disk, DiskResult, SECTOR_BYTES } from './disk';
import type { GrantMapper } from './grant-mapper';

const NOT_MAPPED = -1;
const ZEROES = new Uint8Array(128 * SECTOR_BYTES);

export interface BlockBackendOptions {
  /** The whole memory of the guest's domain, on its SharedArrayBuffer from byte 0. */
  readonly memory: Uint8Array;
  readonly grants: GrantMapper;
  /** Grant reference of the ring's page. */
  readonly ring: number;
  readonly disk: Disk;
  /** Send the event that tells the front-end of responses. */
  readonly notify: () => void;
}

/** See BlockBackend.save. */
export interface BlockBackendState {
  readonly connected: boolean;
  readonly disconnectReason: string | null;
  readonly requestsTaken: number;
  readonly responsesMade: number;
  readonly pending: readonly BlockRequestState[];
}

/**
 * Domain 0's half of a block device. Taking requests and executing them are separate steps, so that a scheduler decides
 * when, and in which order, requests complete.
 *
 * It connects at the first event: the front-end has granted its ring by then.
 */
export class BlockBackend {
  /** Requests taken from the ring and not yet answered, 0-32. */
  pendingCount = 0;
  /** Why the front-end was cut off, if it was; until `reset` nothing is taken from its ring. */
  disconnectReason: string | undefined;

  /** The first `pendingCount` are pending, in the order of the ring; the others are spare. */
  private readonly requests = Array.from({ length: BLKIF_RING_SIZE }, () => new BlockRequest());
  private readonly words: Uint32Array;
  private readonly halves: Uint16Array;
  /** Where each segment of the request in execution begins, in bytes. */
  private readonly starts = new Uint32Array(BLKIF_MAX_INDIRECT_SEGMENTS);
  private ringPage = NOT_MAPPED;
  private requestsTaken = 0;
  private responsesMade = 0;

  constructor(private readonly options: BlockBackendOptions) {
    this.words = new Uint32Array(options.memory.buffer);
    this.halves = new Uint16Array(options.memory.buffer);
  }

  /** Take all new requests from the ring. Call at an event from the front-end; a spurious call does no harm. */
  handleEvent(): void {
    if (!this.connect()) return;
    do {
      const produced = this.load(RING_REQ_PROD);
      if (ringState(produced, this.requestsTaken, BLKIF_RING_SIZE - this.pendingCount) === RING_CORRUPT) {
        this.disconnect(`request index ${produced} is beyond the ring: ${this.requestsTaken} were taken before`);
        return;
      }
      while (this.requestsTaken !== produced) this.takeRequest();
    } while (!this.finalCheck());
  }

  /** Operation of pending request `index`: BLKIF_OP_READ, WRITE, WRITE_BARRIER, FLUSH or DISCARD, or one nobody knows. */
  pendingOperation(index: number): number {
    return this.pending(index).operation;
  }

  /** Bytes that pending request `index` moves between disk and guest memory; 0 if it will be refused. */
  pendingBytes(index: number): number {
    return this.pending(index).bytes;
  }

  /** How many pending requests, counted from the first, may be completed in any order: no write passes a barrier. */
  get completableCount(): number {
    for (let i = 0; i < this.pendingCount; i++) {
      if (this.requests[i]!.operation === BLKIF_OP_WRITE_BARRIER) return Math.max(i, 1);
    }
    return this.pendingCount;
  }

  /**
   * Execute a pending request and answer it. Without pending requests nothing happens: a reset, or a front-end that was cut
   * off, takes away what a scheduler had planned.
   *
   * @throws RangeError if there are pending requests but not 0 ≤ index < completableCount
   */
  complete(index = 0): void {
    if (this.pendingCount === 0) return;
    if (!(index >= 0 && index < this.completableCount))
      throw new RangeError(`request ${index} cannot be completed now`);
    const request = this.requests[index]!;
    const result = this.execute(request);
    this.pendingCount--;
    for (let i = index; i < this.pendingCount; i++) this.requests[i] = this.requests[i + 1]!;
    this.requests[this.pendingCount] = request;
    this.respond(request, result);
  }

  /** Forget the front-end and what it asked for, as at a reset of its machine. The next event connects afresh. */
  reset(): void {
    if (this.ringPage !== NOT_MAPPED) this.options.grants.unmap(this.options.ring, true);
    this.ringPage = NOT_MAPPED;
    this.pendingCount = 0;
    this.requestsTaken = 0;
    this.responsesMade = 0;
    this.disconnectReason = undefined;
  }

  /** What the back-end knows beyond the guest's memory, as a JSON-compatible value. */
  save(): BlockBackendState {
    return {
      connected: this.ringPage !== NOT_MAPPED,
      disconnectReason: this.disconnectReason ?? null,
      requestsTaken: this.requestsTaken,
      responsesMade: this.responsesMade,
      pending: this.requests.slice(0, this.pendingCount).map((request) => request.save()),
    };
  }

  /** Continue from a saved state; the guest's memory must have been restored before. */
  restore(state: BlockBackendState): void {
    this.reset();
    this.disconnectReason = state.disconnectReason ?? undefined;
    this.requestsTaken = state.requestsTaken;
    this.responsesMade = state.responsesMade;
    this.pendingCount = state.pending.length;
    state.pending.forEach((request, index) => {
      this.requests[index]!.restore(request);
    });
    if (state.connected && !this.connect()) this.disconnect('the saved memory does not grant the ring');
  }

  /** Bring to stable storage what was written so far; false if the disk could not. */
  flush(): boolean {
    return this.options.disk.flush() === DiskResult.OK;
  }

  private pending(index: number): BlockRequest {
    if (!(index >= 0 && index < this.pendingCount)) throw new RangeError(`request ${index} of ${this.pendingCount}`);
    return this.requests[index]!;
  }

  private connect(): boolean {
    if (this.disconnectReason !== undefined) return false;
    if (this.ringPage === NOT_MAPPED) this.ringPage = this.options.grants.map(this.options.ring, true);
    return this.ringPage !== NOT_MAPPED;
  }

  private disconnect(reason: string): void {
    this.reset();
    this.disconnectReason = reason;
  }

  private takeRequest(): void {
    const request = this.requests[this.pendingCount++]!;
    request.take(this.words, this.entry(this.requestsTaken) / 4, this.options.grants, this.options.disk.sectors);
    this.requestsTaken = (this.requestsTaken + 1) >>> 0;
  }

  /** Ask for an event at the next request; true if there is none yet. */
  private finalCheck(): boolean {
    this.store(RING_REQ_EVENT, ringNextEvent(this.requestsTaken));
    return this.load(RING_REQ_PROD) === this.requestsTaken;
  }

  private execute(request: BlockRequest): number {
    if (request.verdict !== BLKIF_RSP_OKAY) return request.verdict;
    switch (request.operation) {
      case BLKIF_OP_READ:
        return this.transfer(request, true);
      case BLKIF_OP_WRITE:
        return this.transfer(request, false);
      case BLKIF_OP_WRITE_BARRIER:
        return this.writeBarrier(request);
      case BLKIF_OP_FLUSH:
        return status(this.options.disk.flush());
      case BLKIF_OP_DISCARD:
        return this.discard(request);
      default:
        throw new Error(`operation ${request.operation} passed the check`);
    }
  }

  /** What was written before is stable before, and this write is stable after. */
  private writeBarrier(request: BlockRequest): number {
    const { disk } = this.options;
    const before = status(disk.flush());
    if (before !== BLKIF_RSP_OKAY) return before;
    const written = this.transfer(request, false);
    return written === BLKIF_RSP_OKAY ? status(disk.flush()) : written;
  }

  /**
   * Discarded sectors read as zeroes afterwards. Leaving them alone would be a discard too, but then what the guest
   * reads would depend on the disk behind the back-end; and Node cannot punch holes into files.
   */
  private discard(request: BlockRequest): number {
    const end = request.sector + request.sectors;
    const step = ZEROES.length / SECTOR_BYTES;
    for (let sector = request.sector; sector < end; sector += step) {
      const bytes = Math.min(step, end - sector) * SECTOR_BYTES;
      const result = this.options.disk.write(sector, ZEROES, 0, bytes);
      if (result !== DiskResult.OK) return status(result);
    }
    return BLKIF_RSP_OKAY;
  }

  /** Move data between disk and segments, all of which must be granted before anything moves. */
  private transfer(request: BlockRequest, toGuest: boolean): number {
    const mapped = this.mapSegments(request, toGuest);
    const result = mapped === request.segmentCount ? this.moveRuns(request, toGuest) : BLKIF_RSP_ERROR;
    for (let i = 0; i < mapped; i++) this.options.grants.unmap(request.segmentReference(i), toGuest);
    return result;
  }

  /** @returns the number of segments mapped before one could not be */
  private mapSegments(request: BlockRequest, toGuest: boolean): number {
    for (let i = 0; i < request.segmentCount; i++) {
      const page = this.options.grants.map(request.segmentReference(i), toGuest);
      if (page === NOT_MAPPED) return i;
      this.starts[i] = page + request.segmentOffset(i);
    }
    return request.segmentCount;
  }

  /** Segments that follow each other in guest memory go to the disk as one run. */
  private moveRuns(request: BlockRequest, toGuest: boolean): number {
    let sector = request.sector;
    for (let i = 0; i < request.segmentCount; ) {
      const start = this.starts[i]!;
      let bytes = request.segmentBytes(i++);
      while (i < request.segmentCount && this.starts[i] === start + bytes) bytes += request.segmentBytes(i++);
      const result = this.move(sector, start, bytes, toGuest);
      if (result !== DiskResult.OK) return status(result);
      sector += bytes / SECTOR_BYTES;
    }
    return BLKIF_RSP_OKAY;
  }

  private move(sector: number, start: number, bytes: number, toGuest: boolean): DiskResult {
    const { disk, memory } = this.options;
    return toGuest ? disk.read(sector, memory, start, bytes) : disk.write(sector, memory, start, bytes);
  }

  private respond(request: BlockRequest, result: number): void {
    const entry = this.entry(this.responsesMade);
    this.words[(entry + BLKIF_RESPONSE_ID) / 4] = request.idLow;
    this.words[(entry + BLKIF_RESPONSE_ID) / 4 + 1] = request.idHigh;
    this.options.memory[entry + BLKIF_RESPONSE_OPERATION] = request.operation;
    this.halves[(entry + BLKIF_RESPONSE_STATUS) / 2] = result;
    const before = this.responsesMade;
    this.responsesMade = (before + 1) >>> 0;
    this.store(RING_RSP_PROD, this.responsesMade);
    if (ringMustNotify(before, this.responsesMade, this.load(RING_RSP_EVENT))) this.options.notify();
  }

  /** Byte offset of the ring entry for a free-running index. */
  private entry(index: number): number {
    return this.ringPage + RING_ENTRIES + (index & (BLKIF_RING_SIZE - 1)) * BLKIF_ENTRY_SIZE;
  }

  private load(field: number): number {
    return Atomics.load(this.words, (this.ringPage + field) / 4);
  }

  private store(field: number, value: number): void {
    Atomics.store(this.words, (this.ringPage + field) / 4, value);
  }
}

function status(result: DiskResult): number {
  return result === DiskResult.OK ? BLKIF_RSP_OKAY : BLKIF_RSP_ERROR;
}
