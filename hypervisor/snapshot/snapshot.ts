import { PAGE_SHIFT, PAGE_SIZE, REGION_BASE, REGION_END } from '../abi/layout';
import type { GuestMemory } from '../memory/guest-memory';

/** These bytes are no snapshot, not a whole one, or one of another machine. */
export class SnapshotError extends Error {
  override name = 'SnapshotError';
}

/**
 * A snapshot as bytes: a head of six little-endian words, the state beyond memory as JSON padded to whole words, the numbers of
 * all pages of the domain's memory that are not zero, and their contents in that order.
 */
const Head = { MAGIC_LOW: 0, MAGIC_HIGH: 1, VERSION: 2, CHECKSUM: 3, JSON_BYTES: 4, PAGES: 5, WORDS: 6 } as const;
/** "SLIOSNAP", first character at the lowest address. */
const MAGIC_LOW = 0x4f494c53;
const MAGIC_HIGH = 0x50414e53;
const VERSION = 2;
const PAGE_WORDS = PAGE_SIZE / 4;
const PRIME = 0x01000193;

/** @param state JSON-compatible */
export function encodeSnapshot(state: unknown, memory: GuestMemory): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(state));
  const pages = usedPages(memory);
  const jsonWords = (json.length + 3) >>> 2;
  const words = new Int32Array(Head.WORDS + jsonWords + pages.length * (1 + PAGE_WORDS));
  const bytes = new Uint8Array(words.buffer);
  words.set([MAGIC_LOW, MAGIC_HIGH, VERSION, 0, json.length, pages.length]);
  bytes.set(json, Head.WORDS * 4);
  words.set(pages, Head.WORDS + jsonWords);
  let at = Head.WORDS + jsonWords + pages.length;
  for (const page of pages) {
    words.set(memory.words.subarray(page * PAGE_WORDS, (page + 1) * PAGE_WORDS), at);
    at += PAGE_WORDS;
  }
  words[Head.CHECKSUM] = checksum(words);
  return bytes;
}

/** A snapshot whose bytes are known to be whole. */
export interface DecodedSnapshot {
  readonly state: unknown;
  /** The contents of page `number` when the snapshot was taken. */
  page(number: number): Int32Array;
  /** Put the domain's memory into the state of the snapshot. */
  restoreMemory(memory: GuestMemory): void;
}

/** @throws SnapshotError */
export function decodeSnapshot(bytes: Uint8Array): DecodedSnapshot {
  // A copy, because words must be aligned.
  const words = new Int32Array(new Uint8Array(bytes.subarray(0, bytes.length & ~3)).buffer);
  if (words.length < Head.WORDS || words[Head.MAGIC_LOW] !== MAGIC_LOW || words[Head.MAGIC_HIGH] !== MAGIC_HIGH) {
    throw new SnapshotError('this is no snapshot of a machine');
  }
  if (words[Head.VERSION] !== VERSION) {
    throw new SnapshotError(`this is a snapshot of version ${words[Head.VERSION]}, not ${VERSION}; take a new one`);
  }
  const jsonBytes = words[Head.JSON_BYTES]! >>> 0;
  const count = words[Head.PAGES]! >>> 0;
  const list = Head.WORDS + ((jsonBytes + 3) >>> 2);
  const size = list + count * (1 + PAGE_WORDS);
  if (bytes.length !== size * 4 || words[Head.CHECKSUM] !== checksum(words)) {
    throw new SnapshotError('this snapshot is damaged or was cut off; take a new one');
  }
  const json = new Uint8Array(words.buffer, Head.WORDS * 4, jsonBytes);
  const contents = (index: number) => {
    const start = list + count + index * PAGE_WORDS;
    return words.subarray(start, start + PAGE_WORDS);
  };
  const numbers = words.subarray(list, list + count);
  return {
    state: JSON.parse(new TextDecoder().decode(json)),
    page: (number) => {
      const index = numbers.indexOf(number);
      return index < 0 ? new Int32Array(PAGE_WORDS) : contents(index);
    },
    restoreMemory: (memory) => {
      memory.clear(0, memory.ramBytes);
      memory.clear(REGION_BASE, REGION_END);
      numbers.forEach((number, index) => {
        memory.words.set(contents(index), number * PAGE_WORDS);
      });
    },
  };
}

/** Numbers of the pages of RAM and of the firmware region that hold anything. */
function usedPages(memory: GuestMemory): number[] {
  const pages: number[] = [];
  const look = (start: number, end: number) => {
    for (let page = start >>> PAGE_SHIFT; page < end >>> PAGE_SHIFT; page++) {
      if (isUsed(memory.words, page * PAGE_WORDS)) pages.push(page);
    }
  };
  look(0, memory.ramBytes);
  look(REGION_BASE, REGION_END);
  return pages;
}

function isUsed(words: Int32Array, start: number): boolean {
  for (let word = start; word < start + PAGE_WORDS; word++) if (words[word] !== 0) return true;
  return false;
}

/** Of everything but itself. Against damage, not against malice. */
function checksum(words: Int32Array): number {
  let sum = words.length;
  for (let word = 0; word < words.length; word++) {
    if (word !== Head.CHECKSUM) sum = Math.imul(sum ^ words[word]!, PRIME) ^ (sum >>> 15);
  }
  return sum | 0;
}
