import { BlockBackend } from '../../../pv-drivers/backend/block';
import type { Disk } from '../../../pv-drivers/backend/disk';
import type { GrantMapper } from '../../../pv-drivers/backend/grant-mapper';

const PAGE = 4096;
/** The ring is page 0 and granted under this reference. */
const RING_REFERENCE = 1000;

export interface Segment {
  readonly reference: number;
  readonly first: number;
  readonly last: number;
}

export interface Response {
  readonly id: bigint;
  readonly operation: number;
  readonly status: number;
}

/**
 * A front-end that does whatever a test wants: it writes bytes on a ring in a small memory. Page `n` is granted under the
 * references that the test chooses; a page that was never granted must never change.
 */
export class RawBlockRing implements GrantMapper {
  readonly memory = new Uint8Array(new SharedArrayBuffer(32 * PAGE));
  readonly backend: BlockBackend;
  notifications = 0;
  private readonly view = new DataView(this.memory.buffer);
  private readonly grants = new Map<number, { page: number; writable: boolean }>();
  private readonly mapped: string[] = [];
  private produced = 0;
  private taken = 0;

  constructor(disk: Disk) {
    this.grant(RING_REFERENCE, 0, true);
    this.setHeader(4, 1);
    this.setHeader(12, 1);
    const notify = () => {
      this.notifications++;
    };
    this.backend = new BlockBackend({ memory: this.memory, grants: this, ring: RING_REFERENCE, disk, notify });
  }

  grant(reference: number, page: number, writable: boolean): void {
    this.grants.set(reference, { page, writable });
  }

  map(reference: number, write: boolean): number {
    const grant = this.grants.get(reference);
    if (!grant || (write && !grant.writable)) return -1;
    this.mapped.push(`${reference} ${write}`);
    return grant.page * PAGE;
  }

  unmap(reference: number, write: boolean): void {
    const index = this.mapped.indexOf(`${reference} ${write}`);
    if (index < 0) throw new Error(`unmaps ${reference}, which is not mapped`);
    this.mapped.splice(index, 1);
  }

  /** Mappings besides the ring's own. */
  get dataMappings(): number {
    return this.mapped.filter((mapping) => !mapping.startsWith(`${RING_REFERENCE} `)).length;
  }

  get ringMapped(): boolean {
    return this.mapped.length > this.dataMappings;
  }

  /** Field of the ring's header: req_prod 0, req_event 4, rsp_prod 8, rsp_event 12. */
  header(offset: number): number {
    return this.view.getUint32(offset, true);
  }

  setHeader(offset: number, value: number): void {
    this.view.setUint32(offset, value, true);
  }

  /** Fill the next ring entry and show it to the back-end. `write` gets the view and the entry's offset. */
  push(operation: number, id: bigint, write: (view: DataView, at: number) => void): void {
    const at = 64 + (this.produced % 32) * 108;
    this.memory.fill(0, at, at + 108);
    this.view.setUint8(at, operation);
    this.view.setBigUint64(at + 4, id, true);
    write(this.view, at);
    this.setHeader(0, ++this.produced);
  }

  /** Read, write or barrier. `count` replaces the true number of segments. */
  request(operation: number, id: bigint, sector: bigint, segments: readonly Segment[], count = segments.length): void {
    this.push(operation, id, (view, at) => {
      view.setUint8(at + 1, count);
      view.setBigUint64(at + 12, sector, true);
      segments.forEach((segment, i) => {
        this.writeSegment(at + 20 + i * 8, segment);
      });
    });
  }

  indirect(operation: number, id: bigint, sector: bigint, count: number, reference: number): void {
    this.push(6, id, (view, at) => {
      view.setUint8(at + 1, operation);
      view.setUint16(at + 2, count, true);
      view.setBigUint64(at + 12, sector, true);
      view.setUint32(at + 24, reference, true);
    });
  }

  discard(id: bigint, sector: bigint, sectors: bigint, flag = 0): void {
    this.push(5, id, (view, at) => {
      view.setUint8(at + 1, flag);
      view.setBigUint64(at + 12, sector, true);
      view.setBigUint64(at + 20, sectors, true);
    });
  }

  writeSegment(at: number, segment: Segment): void {
    this.view.setUint32(at, segment.reference, true);
    this.view.setUint8(at + 4, segment.first);
    this.view.setUint8(at + 5, segment.last);
  }

  /** Tell the back-end, let it do everything, and take the responses. */
  serve(): Response[] {
    this.backend.handleEvent();
    while (this.backend.pendingCount > 0) this.backend.complete();
    return this.responses();
  }

  responses(): Response[] {
    const responses: Response[] = [];
    // Not rsp_prod: a test may have overwritten that.
    for (const made = this.backend.save().responsesMade; this.taken !== made; this.taken++) {
      const at = 64 + (this.taken % 32) * 108;
      const id = this.view.getBigUint64(at, true);
      responses.push({ id, operation: this.view.getUint8(at + 8), status: this.view.getInt16(at + 10, true) });
    }
    return responses;
  }
}
