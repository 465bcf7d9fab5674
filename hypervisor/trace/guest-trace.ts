import { DEVICE_COUNT } from '../abi/devices';

/** Kinds of guest-visible happenings. */
export const Visible = { READ: 1, WRITE: 2, INTERRUPT: 3, CONSOLE: 4, MEMORY: 5 } as const;
export type Visible = (typeof Visible)[keyof typeof Visible];

/** One number a device each. */
export interface GuestTraceState {
  readonly digests: readonly number[];
  readonly lastRead: readonly number[];
  readonly lastValue: readonly number[];
}

const SEED = 0x811c9dc5 | 0;
const PRIME = 0x01000193;

/**
 * The guest-visible trace, as one running digest a device: values read, values written, interrupt edges, console bytes, and
 * memory that devices filled. Two runs whose digests agree showed their guests the same.
 *
 * A read that repeats the device's previous read (same address, width and value) is left out, because how often a guest polls
 * a status depends on what an access costs, which is exactly what placements differ in. What remains compares across
 * placements; for equality to the last poll, run both under a cost model in which transitions are free.
 */
export class GuestTrace {
  private readonly digests = new Int32Array(DEVICE_COUNT).fill(SEED);
  private readonly lastRead = new Float64Array(DEVICE_COUNT).fill(-1);
  private readonly lastValue = new Float64Array(DEVICE_COUNT).fill(-1);

  read(device: number, address: number, width: number, value: number): void {
    const key = address * 8 + width;
    if (this.lastRead[device] === key && this.lastValue[device] === value) return;
    this.lastRead[device] = key;
    this.lastValue[device] = value;
    this.mix(device, Visible.READ, key, value);
  }

  write(device: number, address: number, width: number, value: number): void {
    this.lastRead[device] = -1;
    this.mix(device, Visible.WRITE, address * 8 + width, value);
  }

  interrupt(device: number, gsi: number, level: number): void {
    this.mix(device, Visible.INTERRUPT, gsi, level);
  }

  console(device: number, byte: number): void {
    this.mix(device, Visible.CONSOLE, byte, 0);
  }

  /**
   * Memory that string I/O moved: `length` bytes from byte offset `start` of the domain's memory. Whole words go through four
   * chains at once, because a digest must not cost more than the copy that it watches.
   */
  memory(device: number, bytes: Uint8Array, words: Int32Array, start: number, length: number): void {
    if (length <= 4) {
      let value = 0;
      for (let at = start; at < start + length; at++) value = (value << 8) | bytes[at]!;
      this.mix(device, Visible.MEMORY, length, value);
      return;
    }
    const end = start + length;
    const firstWord = Math.min(end, (start + 3) & ~3);
    let digest = this.digests[device]!;
    let second = length;
    let third = SEED;
    let fourth = PRIME;
    for (let at = start; at < firstWord; at++) digest = Math.imul(digest ^ bytes[at]!, PRIME);
    let word = firstWord >> 2;
    const lastGroup = (end >> 2) - 4;
    for (; word <= lastGroup; word += 4) {
      digest = Math.imul(digest ^ words[word]!, PRIME);
      second = Math.imul(second ^ words[word + 1]!, PRIME);
      third = Math.imul(third ^ words[word + 2]!, PRIME);
      fourth = Math.imul(fourth ^ words[word + 3]!, PRIME);
    }
    for (let at = Math.max(firstWord, word << 2); at < end; at++) digest = Math.imul(digest ^ bytes[at]!, PRIME);
    this.digests[device] = digest;
    this.mix(device, Visible.MEMORY, length, second);
    this.mix(device, Visible.MEMORY, third, fourth);
  }

  /** 32-bit digest of everything seen of `device`, as eight hexadecimal digits. */
  digest(device: number): string {
    return (this.digests[device]! >>> 0).toString(16).padStart(8, '0');
  }

  save(): GuestTraceState {
    const { digests, lastRead, lastValue } = this;
    return { digests: Array.from(digests), lastRead: Array.from(lastRead), lastValue: Array.from(lastValue) };
  }

  restore({ digests, lastRead, lastValue }: GuestTraceState): void {
    this.digests.set(digests);
    this.lastRead.set(lastRead);
    this.lastValue.set(lastValue);
  }

  private mix(device: number, kind: Visible, first: number, second: number): void {
    const start = Math.imul(this.digests[device]! ^ kind, PRIME);
    const middle = Math.imul(start ^ first, PRIME);
    this.digests[device] = Math.imul(middle ^ (middle >>> 15) ^ second, PRIME);
  }
}
