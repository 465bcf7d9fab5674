import { BLOCK_RINGS, FRONTEND_STATE, INDIRECT_PAGES, PAGE_SHIFT, PAGE_SIZE } from '../../hypervisor/abi/layout';
import {
  BLKIF_ENTRY_SIZE,
  BLKIF_INDIRECT_GREFS,
  BLKIF_INDIRECT_HANDLE,
  BLKIF_INDIRECT_NR_SEGMENTS,
  BLKIF_INDIRECT_OP,
  BLKIF_MAX_INDIRECT_SEGMENTS,
  BLKIF_MAX_SEGMENTS_PER_REQUEST,
  BLKIF_OP_FLUSH,
  BLKIF_OP_INDIRECT,
  BLKIF_OP_READ,
  BLKIF_REQUEST_HANDLE,
  BLKIF_REQUEST_ID,
  BLKIF_REQUEST_NR_SEGMENTS,
  BLKIF_REQUEST_OPERATION,
  BLKIF_REQUEST_SECTOR,
  BLKIF_REQUEST_SEGMENTS,
  BLKIF_RESPONSE_ID,
  BLKIF_RESPONSE_OPERATION,
  BLKIF_RESPONSE_STATUS,
  BLKIF_RING_SIZE,
  BLKIF_RSP_EOPNOTSUPP,
  BLKIF_RSP_ERROR,
  BLKIF_RSP_OKAY,
  BLKIF_SECTOR_SHIFT,
  BLKIF_SECTOR_SIZE,
  BLKIF_SEGMENT_FIRST_SECT,
  BLKIF_SEGMENT_GREF,
  BLKIF_SEGMENT_SIZE,
} from '../protocol/block';
import {
  blockRingGrant,
  DATA_GRANTS_PER_RING,
  GRANT_DATA_PAGES,
  GRANT_INDIRECT_PAGES,
  INDIRECT_PAGES_PER_RING,
} from '../protocol/grant-references';
import { RING_ENTRIES, RING_REQ_EVENT, RING_REQ_PROD, RING_RSP_EVENT, RING_RSP_PROD } from '../protocol/ring';
import { RING_CORRUPT, RING_EMPTY, ringMustNotify, ringNextEvent, ringState, ringUnconsumed } from '../ring/ring';
import { BLOCK_SLOT_SIZE, BlockSlot, NO_PAGE, NOT_WAITING } from './block-slot';
import { GrantPool, grantAccess, NO_GRANT } from './grants';
import { eventSend } from './hypercalls';

const DISCONNECTED: u32 = 0;
const CONNECTED: u32 = 1;
const BROKEN: u32 = 2;

/** Nothing is being built. */
const NO_SLOT: u32 = 0xff;

/** Places in the state page. */
const SLOTS: usize = 128;
const POOL: usize = SLOTS + BLKIF_RING_SIZE * BLOCK_SLOT_SIZE;

/**
 * Front-end of one block device. All of its state lies in its own page of the firmware region, so that saving the guest's
 * memory saves it.
 *
 * There are as many slots as ring entries and every request holds one from its building to its response; hence the ring
 * cannot overrun, whatever the back-end does.
 */
@unmanaged
export class BlockFrontend {
  /** The transfer that the last successful `poll` reported. */
  tag: u32;
  /** Its worst status: BLKIF_RSP_OKAY, BLKIF_RSP_ERROR or BLKIF_RSP_EOPNOTSUPP. */
  status: i32;
  /** Transfers submitted and neither reported nor abandoned. */
  inFlight: u32;

  private state: u32;
  private index: u32;
  private port: u32;
  /** Requests written to the ring, and how many of them the back-end has been shown. */
  private requestsWritten: u32;
  private requestsPushed: u32;
  private responsesTaken: u32;
  /** Bit masks: slots, indirect pages. */
  private freeSlots: u32;
  private freePages: u32;
  /** Requests begun since power-on; never restarted, so that no id repeats for 2^32 requests. */
  private generation: u32;

  /** The transfer being built: its leader or NO_SLOT, its operation, the sector where the next segment goes. */
  private leader: u32;
  private operation: u32;
  private sector: u64;
  /** The request being built: its slot, first sector, where its segments go, how many there are and may be. */
  private slot: u32;
  private firstSector: u64;
  private list: u32;
  private segments: u32;
  private segmentLimit: u32;

  /** The back-end answered nonsense. Outstanding transfers are reported as errors; nothing can be submitted. */
  get broken(): bool {
    return this.state == BROKEN;
  }

  /**
   * Initialise ring `index` and grant it to domain 0. Whatever was in flight is forgotten.
   *
   * @param port event channel to the back-end
   */
  connect(index: u32, port: u32): void {
    this.index = index;
    this.port = port;
    this.requestsWritten = 0;
    this.requestsPushed = 0;
    this.responsesTaken = 0;
    this.inFlight = 0;
    this.leader = NO_SLOT;
    this.freeSlots = u32.MAX_VALUE;
    this.freePages = (1 << INDIRECT_PAGES_PER_RING) - 1;
    for (let i: u32 = 0; i < BLKIF_RING_SIZE; i++) this.slotAt(i).operation = NOT_WAITING;
    this.pool.initialise(GRANT_DATA_PAGES + index * DATA_GRANTS_PER_RING, DATA_GRANTS_PER_RING);
    this.initialiseRing();
    this.state = CONNECTED;
  }

  /**
   * Begin a transfer of segments to or from consecutive sectors; one that was begun before and not submitted is forgotten.
   * False: no room now, or broken.
   */
  begin(operation: u32, sector: u64): bool {
    this.cancel();
    if (this.state != CONNECTED || this.freeSlots == 0) return false;
    this.operation = operation;
    this.sector = sector;
    this.leader = ctz(this.freeSlots);
    const leader = this.slotAt(this.leader);
    leader.outstanding = 0;
    leader.status = BLKIF_RSP_OKAY;
    leader.abandoned = false;
    this.openRequest();
    return true;
  }

  /**
   * Add guest memory to the transfer that was begun.
   *
   * @param address guest-physical, a multiple of 512
   * @param bytes a multiple of 512, more than 0
   * @returns false if it is not aligned or there is no room for all of it; then none of it was added
   */
  addSegment(address: u32, bytes: u32): bool {
    if (((address | bytes) & (BLKIF_SECTOR_SIZE - 1)) != 0 || bytes == 0) return false;
    if (!this.hasRoom(address, bytes)) return false;
    let at: u32 = address;
    let left: u32 = bytes;
    while (left != 0) {
      if (this.segments == this.segmentLimit) {
        this.closeRequest();
        this.openRequest();
      }
      const piece: u32 = min<u32>(left, PAGE_SIZE - (at & (PAGE_SIZE - 1)));
      this.appendSegment(at, piece);
      at += piece;
      left -= piece;
    }
    return true;
  }

  /** Hand the transfer that was begun to the back-end; `poll` reports it under `tag`. False: broken since `begin`. */
  submit(tag: u32): bool {
    if (this.leader == NO_SLOT) return false;
    this.closeRequest();
    this.slotAt(this.leader).tag = tag;
    this.leader = NO_SLOT;
    this.inFlight++;
    this.push();
    return true;
  }

  /** Forget the transfer that was begun. */
  cancel(): void {
    if (this.leader == NO_SLOT) return;
    this.requestsWritten = this.requestsPushed;
    const leader = this.leader;
    for (let used: u32 = ~this.freeSlots; used != 0; used &= used - 1) {
      const slot: u32 = ctz(used);
      if (this.slotAt(slot).leader == leader && !this.releaseRequest(slot)) this.state = BROKEN;
    }
    this.freeSlots |= 1 << leader;
    this.leader = NO_SLOT;
  }

  /** One contiguous buffer as one transfer. False: no room now, not aligned, or broken; then nothing was submitted. */
  transfer(operation: u32, sector: u64, address: u32, sectors: u32, tag: u32): bool {
    if (!this.begin(operation, sector)) return false;
    if (sectors > DATA_GRANTS_PER_RING << 3 || !this.addSegment(address, sectors << BLKIF_SECTOR_SHIFT)) {
      this.cancel();
      return false;
    }
    return this.submit(tag);
  }

  /** Commit to stable storage whatever was reported before. False: no room now, or broken. */
  flush(tag: u32): bool {
    return this.begin(BLKIF_OP_FLUSH, 0) && this.submit(tag);
  }

  /** Take responses until a transfer is done and put it in `tag` and `status`; false if none is. */
  poll(): bool {
    while (this.state == CONNECTED) {
      const produced: u32 = atomic.load<u32>(this.ring + RING_RSP_PROD);
      const outstanding: u32 = ringUnconsumed(this.requestsPushed, this.responsesTaken);
      const state: u32 = ringState(produced, this.responsesTaken, outstanding);
      if (state == RING_CORRUPT) this.fail();
      else if (state != RING_EMPTY) {
        if (this.takeResponse()) return true;
      } else if (this.finalCheck()) return false;
    }
    return this.reportFailure();
  }

  /**
   * Give up everything in flight, as a reset of the device does. Late responses are swallowed. Grants end at once where
   * the back-end is not using them, but their references stay out of use until the response: a request that has not
   * begun must find nothing behind its references, least of all the pages of a new request.
   */
  abandon(): void {
    this.cancel();
    this.inFlight = 0;
    for (let used: u32 = ~this.freeSlots; used != 0; used &= used - 1) {
      const slot = this.slotAt(ctz(used));
      slot.abandoned = true;
      if (slot.operation != NOT_WAITING) this.pool.revoke(slot.grants);
    }
  }

  // Building requests

  private hasRoom(address: u32, bytes: u32): bool {
    if (this.leader == NO_SLOT || bytes > DATA_GRANTS_PER_RING << PAGE_SHIFT) return false;
    const pages: u32 = ((address & (PAGE_SIZE - 1)) + bytes + PAGE_SIZE - 1) >> PAGE_SHIFT;
    if (pages > this.pool.available) return false;
    const here: u32 = this.segmentLimit - this.segments;
    if (pages <= here) return true;
    return requestsFor(pages - here, popcnt(this.freePages)) <= popcnt(this.freeSlots);
  }

  /**
   * Take a slot. Segments are gathered in an indirect page if one is free, because only at the end is it known whether
   * there are too many for the request itself.
   */
  private openRequest(): void {
    this.slot = ctz(this.freeSlots);
    this.freeSlots &= this.freeSlots - 1;
    const slot = this.slotAt(this.slot);
    slot.generation = ++this.generation;
    slot.grants = NO_GRANT;
    slot.leader = this.leader;
    slot.abandoned = false;
    this.segments = 0;
    this.firstSector = this.sector;
    this.openList(slot);
  }

  private openList(slot: BlockSlot): void {
    if (this.freePages == 0) {
      slot.indirectPage = NO_PAGE;
      this.list = this.entry(this.requestsWritten) + BLKIF_REQUEST_SEGMENTS;
      this.segmentLimit = BLKIF_MAX_SEGMENTS_PER_REQUEST;
      return;
    }
    slot.indirectPage = ctz(this.freePages);
    this.freePages &= this.freePages - 1;
    this.list = INDIRECT_PAGES + this.indirectNumber(slot.indirectPage) * PAGE_SIZE;
    this.segmentLimit = BLKIF_MAX_INDIRECT_SEGMENTS;
  }

  /** One segment: 512 bytes to a page of memory within one page. */
  private appendSegment(address: u32, bytes: u32): void {
    const slot = this.slotAt(this.slot);
    slot.grants = this.pool.grant(address >> PAGE_SHIFT, this.operation != BLKIF_OP_READ, slot.grants);
    const segment: usize = this.list + this.segments * BLKIF_SEGMENT_SIZE;
    const first: u32 = (address & (PAGE_SIZE - 1)) >> BLKIF_SECTOR_SHIFT;
    const sectors: u32 = bytes >> BLKIF_SECTOR_SHIFT;
    store<u32>(segment + BLKIF_SEGMENT_GREF, slot.grants);
    store<u32>(segment + BLKIF_SEGMENT_FIRST_SECT, first | ((first + sectors - 1) << 8));
    this.segments++;
    this.sector += sectors;
  }

  private closeRequest(): void {
    const slot = this.slotAt(this.slot);
    const entry: usize = this.entry(this.requestsWritten);
    if (this.segments > BLKIF_MAX_SEGMENTS_PER_REQUEST) this.writeIndirect(slot, entry);
    else this.writeDirect(slot, entry);
    store<u32>(entry + BLKIF_REQUEST_ID, this.slot);
    store<u32>(entry + BLKIF_REQUEST_ID + 4, slot.generation);
    store<u32>(entry + BLKIF_REQUEST_SECTOR, <u32>this.firstSector);
    store<u32>(entry + BLKIF_REQUEST_SECTOR + 4, <u32>(this.firstSector >> 32));
    this.requestsWritten++;
    this.slotAt(this.leader).outstanding++;
  }

  private writeDirect(slot: BlockSlot, entry: usize): void {
    if (slot.indirectPage != NO_PAGE) {
      memory.copy(entry + BLKIF_REQUEST_SEGMENTS, this.list, this.segments * BLKIF_SEGMENT_SIZE);
      this.releasePage(slot);
    }
    slot.operation = this.operation;
    store<u8>(entry + BLKIF_REQUEST_OPERATION, <u8>this.operation);
    store<u8>(entry + BLKIF_REQUEST_NR_SEGMENTS, <u8>this.segments);
    store<u16>(entry + BLKIF_REQUEST_HANDLE, 0);
  }

  private writeIndirect(slot: BlockSlot, entry: usize): void {
    slot.operation = this.operation;
    store<u8>(entry + BLKIF_REQUEST_OPERATION, <u8>BLKIF_OP_INDIRECT);
    store<u8>(entry + BLKIF_INDIRECT_OP, <u8>this.operation);
    store<u16>(entry + BLKIF_INDIRECT_NR_SEGMENTS, <u16>this.segments);
    store<u16>(entry + BLKIF_INDIRECT_HANDLE, 0);
    store<u32>(entry + BLKIF_INDIRECT_GREFS, GRANT_INDIRECT_PAGES + this.indirectNumber(slot.indirectPage));
  }

  /** Show the requests to the back-end; an event only if it asked to be woken ([Xen] ring.h). */
  private push(): void {
    const before: u32 = this.requestsPushed;
    this.requestsPushed = this.requestsWritten;
    atomic.store<u32>(this.ring + RING_REQ_PROD, this.requestsPushed);
    const event: u32 = atomic.load<u32>(this.ring + RING_REQ_EVENT);
    if (ringMustNotify(before, this.requestsPushed, event)) eventSend(this.port);
  }

  // Taking responses

  /** Ask for an event at the next response; true if there is none yet, so that one may wait for the event. */
  private finalCheck(): bool {
    atomic.store<u32>(this.ring + RING_RSP_EVENT, ringNextEvent(this.responsesTaken));
    return atomic.load<u32>(this.ring + RING_RSP_PROD) == this.responsesTaken;
  }

  /** Take the next response; true if it ended a transfer that somebody waits for. */
  private takeResponse(): bool {
    const entry: usize = this.entry(this.responsesTaken++);
    const number: u32 = load<u32>(entry + BLKIF_RESPONSE_ID);
    const generation: u32 = load<u32>(entry + BLKIF_RESPONSE_ID + 4);
    const operation: u32 = load<u8>(entry + BLKIF_RESPONSE_OPERATION);
    const status: i32 = load<i16>(entry + BLKIF_RESPONSE_STATUS);
    if (!this.isExpected(number, generation, operation, status)) {
      this.fail();
      return false;
    }
    return this.finishRequest(number, status);
  }

  private isExpected(number: u32, generation: u32, operation: u32, status: i32): bool {
    if (number >= BLKIF_RING_SIZE) return false;
    const slot = this.slotAt(number);
    if (slot.operation != operation || slot.generation != generation) return false;
    return status <= BLKIF_RSP_OKAY && status >= BLKIF_RSP_EOPNOTSUPP;
  }

  private finishRequest(number: u32, status: i32): bool {
    const leaderNumber: u32 = this.slotAt(number).leader;
    const leader = this.slotAt(leaderNumber);
    if (!this.releaseRequest(number)) {
      this.fail();
      return false;
    }
    if (status < leader.status) leader.status = status;
    if (--leader.outstanding != 0) return false;
    this.freeSlots |= 1 << leaderNumber;
    return !leader.abandoned && this.report(leader);
  }

  /**
   * End a request's grants, free its page and, unless it leads a transfer, its slot. False if the back-end still maps a
   * page: it has answered and yet could go on writing to guest memory.
   */
  private releaseRequest(number: u32): bool {
    const slot = this.slotAt(number);
    if (!this.pool.revoke(slot.grants)) return false;
    this.pool.recycle(slot.grants);
    slot.grants = NO_GRANT;
    slot.operation = NOT_WAITING;
    this.releasePage(slot);
    if (slot.leader != number) this.freeSlots |= 1 << number;
    return true;
  }

  private releasePage(slot: BlockSlot): void {
    if (slot.indirectPage == NO_PAGE) return;
    this.freePages |= 1 << slot.indirectPage;
    slot.indirectPage = NO_PAGE;
  }

  private report(leader: BlockSlot): bool {
    this.tag = leader.tag;
    this.status = leader.status;
    this.inFlight--;
    return true;
  }

  /** The peer cannot be trusted any more: end what can be ended, and let `poll` report what is outstanding. */
  private fail(): void {
    this.cancel();
    this.state = BROKEN;
    for (let used: u32 = ~this.freeSlots; used != 0; used &= used - 1) {
      const slot = this.slotAt(ctz(used));
      if (slot.operation != NOT_WAITING) this.pool.revoke(slot.grants);
    }
  }

  private reportFailure(): bool {
    if (this.state == DISCONNECTED) return false;
    for (let used: u32 = ~this.freeSlots; used != 0; used &= used - 1) {
      const number: u32 = ctz(used);
      const slot = this.slotAt(number);
      if (slot.leader != number) continue;
      this.freeSlots |= 1 << number;
      if (slot.abandoned) continue;
      slot.status = BLKIF_RSP_ERROR;
      return this.report(slot);
    }
    return false;
  }

  // Places

  private initialiseRing(): void {
    const ring: usize = this.ring;
    memory.fill(ring, 0, PAGE_SIZE);
    store<u32>(ring + RING_REQ_EVENT, 1);
    store<u32>(ring + RING_RSP_EVENT, 1);
    grantAccess(blockRingGrant(this.index), <u32>(ring >> PAGE_SHIFT), false);
    for (let page: u32 = 0; page < INDIRECT_PAGES_PER_RING; page++) {
      const number: u32 = this.indirectNumber(page);
      grantAccess(GRANT_INDIRECT_PAGES + number, (INDIRECT_PAGES >> PAGE_SHIFT) + number, true);
    }
  }

  private get ring(): usize {
    return BLOCK_RINGS + this.index * PAGE_SIZE;
  }

  private entry(index: u32): u32 {
    return <u32>this.ring + RING_ENTRIES + (index & (BLKIF_RING_SIZE - 1)) * BLKIF_ENTRY_SIZE;
  }

  private indirectNumber(page: u32): u32 {
    return this.index * INDIRECT_PAGES_PER_RING + page;
  }

  @inline
  private slotAt(number: u32): BlockSlot {
    return changetype<BlockSlot>(changetype<usize>(this) + SLOTS + number * BLOCK_SLOT_SIZE);
  }

  @inline
  private get pool(): GrantPool {
    return changetype<GrantPool>(changetype<usize>(this) + POOL);
  }
}

if (offsetof<BlockFrontend>() > SLOTS) ERROR('the block front-end runs into its slots');
if (POOL + offsetof<GrantPool>() + 2 * DATA_GRANTS_PER_RING > PAGE_SIZE) ERROR('the block front-end exceeds its page');

/** The front-end of block ring `index`, 0 to BLOCK_RING_COUNT - 1. */
export function blockFrontend(index: u32): BlockFrontend {
  return changetype<BlockFrontend>(FRONTEND_STATE + index * PAGE_SIZE);
}

/** Requests that `segments` segments take when `pages` of them can be indirect. */
function requestsFor(segments: u32, pages: u32): u32 {
  const indirect: u32 = min<u32>((segments + BLKIF_MAX_INDIRECT_SEGMENTS - 1) / BLKIF_MAX_INDIRECT_SEGMENTS, pages);
  if (indirect * BLKIF_MAX_INDIRECT_SEGMENTS >= segments) return indirect;
  const direct: u32 = segments - indirect * BLKIF_MAX_INDIRECT_SEGMENTS;
  return indirect + (direct + BLKIF_MAX_SEGMENTS_PER_REQUEST - 1) / BLKIF_MAX_SEGMENTS_PER_REQUEST;
}
