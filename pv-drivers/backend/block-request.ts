import {
  BLKIF_DISCARD_FLAG,
  BLKIF_DISCARD_NR_SECTORS,
  BLKIF_DISCARD_SECURE,
  BLKIF_ENTRY_SIZE,
  BLKIF_INDIRECT_GREFS,
  BLKIF_INDIRECT_NR_SEGMENTS,
  BLKIF_INDIRECT_OP,
  BLKIF_MAX_INDIRECT_SEGMENTS,
  BLKIF_MAX_SEGMENTS_PER_REQUEST,
  BLKIF_OP_DISCARD,
  BLKIF_OP_FLUSH,
  BLKIF_OP_INDIRECT,
  BLKIF_OP_READ,
  BLKIF_OP_WRITE,
  BLKIF_OP_WRITE_BARRIER,
  BLKIF_REQUEST_ID,
  BLKIF_REQUEST_NR_SEGMENTS,
  BLKIF_REQUEST_OPERATION,
  BLKIF_REQUEST_SECTOR,
  BLKIF_REQUEST_SEGMENTS,
  BLKIF_RSP_EOPNOTSUPP,
  BLKIF_RSP_ERROR,
  BLKIF_RSP_OKAY,
  BLKIF_SECTOR_SIZE,
} from '../protocol/block';
import type { GrantMapper } from './grant-mapper';

const ENTRY_WORDS = BLKIF_ENTRY_SIZE / 4;
const LAST_SECTOR_OF_PAGE = 7;

/** See BlockRequest.save. */
export interface BlockRequestState {
  readonly operation: number;
  readonly idLow: number;
  readonly idHigh: number;
  readonly sector: number;
  readonly sectors: number;
  readonly verdict: number;
  readonly segments: readonly number[];
}

/**
 * A request as the back-end keeps it: a private copy, because the front-end may change the ring entry at any time, and what
 * was checked must be what is executed. Indirect segments are copied for the same reason.
 */
export class BlockRequest {
  /** What is to be done: BLKIF_OP_READ, WRITE, WRITE_BARRIER, FLUSH or DISCARD; or a number nobody knows. */
  operation = 0;
  idLow = 0;
  idHigh = 0;
  sector = 0;
  /** Sectors of 512 bytes to read, write or discard. */
  sectors = 0;
  segmentCount = 0;
  /** BLKIF_RSP_OKAY, or why the request is answered without being executed. */
  verdict = BLKIF_RSP_OKAY;

  /** Pairs of words as in a segment: grant reference; first and last sector in the two low bytes. */
  private readonly segments = new Uint32Array(BLKIF_MAX_INDIRECT_SEGMENTS * 2);
  private readonly words = new Uint32Array(ENTRY_WORDS);
  private readonly entry = new Uint8Array(this.words.buffer);

  /** Bytes that move between disk and guest memory, in proportion to which executing the request costs. */
  get bytes(): number {
    const moves = this.verdict === BLKIF_RSP_OKAY && this.operation !== BLKIF_OP_DISCARD;
    return moves ? this.sectors * BLKIF_SECTOR_SIZE : 0;
  }

  segmentReference(index: number): number {
    return this.segments[index * 2]!;
  }

  /** Byte offset of the segment's first byte within its page. */
  segmentOffset(index: number): number {
    return (this.segments[index * 2 + 1]! & 0xff) * BLKIF_SECTOR_SIZE;
  }

  segmentBytes(index: number): number {
    const bounds = this.segments[index * 2 + 1]!;
    return (((bounds >>> 8) & 0xff) - (bounds & 0xff) + 1) * BLKIF_SECTOR_SIZE;
  }

  /**
   * Copy a ring entry and check all that can be checked without touching its data pages.
   *
   * @param memory the domain's memory in words
   * @param entry index of the ring entry's first word
   * @param capacity sectors of the disk
   */
  take(memory: Uint32Array, entry: number, grants: GrantMapper, capacity: number): void {
    for (let i = 0; i < ENTRY_WORDS; i++) this.words[i] = memory[entry + i]!;
    this.operation = this.entry[BLKIF_REQUEST_OPERATION]!;
    this.idLow = this.word(BLKIF_REQUEST_ID);
    this.idHigh = this.word(BLKIF_REQUEST_ID + 4);
    this.sector = this.wide(BLKIF_REQUEST_SECTOR);
    this.sectors = 0;
    this.segmentCount = 0;
    this.verdict = this.parse(memory, grants);
    const moves = this.operation !== BLKIF_OP_FLUSH;
    if (this.verdict === BLKIF_RSP_OKAY && moves && this.sector + this.sectors > capacity) {
      this.verdict = BLKIF_RSP_ERROR;
    }
  }

  /** The request as a JSON-compatible value. */
  save(): BlockRequestState {
    const { operation, idLow, idHigh, sector, sectors, verdict } = this;
    const segments = Array.from(this.segments.subarray(0, this.segmentCount * 2));
    return { operation, idLow, idHigh, sector, sectors, verdict, segments };
  }

  restore(state: BlockRequestState): void {
    const { segments, ...fields } = state;
    Object.assign(this, fields);
    this.segments.set(segments);
    this.segmentCount = segments.length / 2;
  }

  private parse(memory: Uint32Array, grants: GrantMapper): number {
    switch (this.operation) {
      case BLKIF_OP_READ:
      case BLKIF_OP_WRITE:
      case BLKIF_OP_WRITE_BARRIER:
        return this.parseDirect();
      case BLKIF_OP_INDIRECT:
        return this.parseIndirect(memory, grants);
      case BLKIF_OP_FLUSH:
        return this.entry[BLKIF_REQUEST_NR_SEGMENTS] === 0 ? BLKIF_RSP_OKAY : BLKIF_RSP_ERROR;
      case BLKIF_OP_DISCARD:
        return this.parseDiscard();
      default:
        return BLKIF_RSP_EOPNOTSUPP;
    }
  }

  private parseDirect(): number {
    const count = this.entry[BLKIF_REQUEST_NR_SEGMENTS]!;
    if (count > BLKIF_MAX_SEGMENTS_PER_REQUEST) return BLKIF_RSP_ERROR;
    return this.takeSegments(this.words, BLKIF_REQUEST_SEGMENTS / 4, count);
  }

  /** The operation proper replaces BLKIF_OP_INDIRECT, in the response too: Linux's front-end insists on it. */
  private parseIndirect(memory: Uint32Array, grants: GrantMapper): number {
    this.operation = this.entry[BLKIF_INDIRECT_OP]!;
    if (this.operation !== BLKIF_OP_READ && this.operation !== BLKIF_OP_WRITE) return BLKIF_RSP_ERROR;
    const count = this.entry[BLKIF_INDIRECT_NR_SEGMENTS]! | (this.entry[BLKIF_INDIRECT_NR_SEGMENTS + 1]! << 8);
    if (count > BLKIF_MAX_INDIRECT_SEGMENTS) return BLKIF_RSP_ERROR;
    // So many segments always fit the first indirect page.
    const reference = this.word(BLKIF_INDIRECT_GREFS);
    const page = grants.map(reference, false);
    if (page < 0) return BLKIF_RSP_ERROR;
    const verdict = this.takeSegments(memory, page / 4, count);
    grants.unmap(reference, false);
    return verdict;
  }

  private parseDiscard(): number {
    if (this.entry[BLKIF_DISCARD_FLAG]! & BLKIF_DISCARD_SECURE) return BLKIF_RSP_EOPNOTSUPP;
    this.sectors = this.wide(BLKIF_DISCARD_NR_SECTORS);
    return BLKIF_RSP_OKAY;
  }

  private takeSegments(words: Uint32Array, at: number, count: number): number {
    if (count === 0) return BLKIF_RSP_ERROR;
    for (let i = 0; i < count; i++) {
      const bounds = words[at + i * 2 + 1]!;
      const first = bounds & 0xff;
      const last = (bounds >>> 8) & 0xff;
      if (first > last || last > LAST_SECTOR_OF_PAGE) return BLKIF_RSP_ERROR;
      this.segments[i * 2] = words[at + i * 2]!;
      this.segments[i * 2 + 1] = bounds;
      this.sectors += last - first + 1;
    }
    this.segmentCount = count;
    return BLKIF_RSP_OKAY;
  }

  private word(offset: number): number {
    return this.words[offset / 4]!;
  }

  /** A u64 as a number. Above 2^53 it is inexact, but still far beyond every disk, and that is all that is asked of it. */
  private wide(offset: number): number {
    return this.word(offset + 4) * 0x1_0000_0000 + this.word(offset);
  }
}
