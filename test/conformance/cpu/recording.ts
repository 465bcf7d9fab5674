/**
 * Recorded oracle results, compact: each result as its difference from the case's input, all of a group deflated together.
 *
 * The inputs are not stored: the generator makes the same ones from the group's seed. A digest of them stands in the
 * recording, so that a generator that has changed since is noticed rather than compared with results of other cases.
 */
import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Change, TestCase, TestResult } from './case';
import { encodeInput } from './wire';

/** Bytes of the digest that opens a recording. */
const DIGEST_BYTES = 16;

class Writer {
  private readonly bytes: number[] = [];

  byte(value: number): void {
    this.bytes.push(value & 0xff);
  }

  /** LEB128: seven bits a byte, least significant first. */
  number(value: number): void {
    let rest = value >>> 0;
    while (rest >= 0x80) {
      this.byte(rest | 0x80);
      rest >>>= 7;
    }
    this.byte(rest);
  }

  finish(): Buffer {
    return Buffer.from(this.bytes);
  }
}

class Reader {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  byte(): number {
    if (this.at >= this.bytes.length) throw new Error('recording ends early');
    return this.bytes[this.at++];
  }

  number(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value = (value | ((byte & 0x7f) << shift)) >>> 0;
      if (byte < 0x80) return value;
    }
  }
}

function writeChanges(out: Writer, changes: readonly Change[]): void {
  out.number(changes.length);
  for (const change of changes) {
    out.number(change.address);
    out.number(change.bytes.length);
    for (const byte of change.bytes) out.byte(byte);
  }
}

function readChanges(input: Reader): Change[] {
  return Array.from({ length: input.number() }, () => {
    const address = input.number();
    return { address, bytes: Uint8Array.from({ length: input.number() }, () => input.byte()) };
  });
}

/** A set of words that differ from `before`: a mask, then the differing ones. */
function writeWords(out: Writer, before: readonly number[], after: readonly number[]): void {
  out.byte(before.reduce((mask, value, i) => mask | (value >>> 0 === after[i] >>> 0 ? 0 : 1 << i), 0));
  before.forEach((value, i) => {
    if (value >>> 0 !== after[i] >>> 0) out.number(after[i]);
  });
}

function readWords(input: Reader, before: readonly number[]): number[] {
  const mask = input.byte();
  return before.map((value, i) => (mask & (1 << i) ? input.number() : value));
}

function writeResult(out: Writer, test: TestCase, result: TestResult): void {
  out.byte(result.vector);
  out.number(result.error);
  out.number(result.cr2);
  out.number((result.eip - test.eip) >>> 0);
  out.number(result.eflags ^ test.eflags);
  writeWords(out, test.registers, result.registers);
  writeWords(out, test.selectors, result.selectors);
  writeChanges(out, result.changes);
}

function readResult(input: Reader, test: TestCase): TestResult {
  return {
    vector: input.byte(),
    error: input.number(),
    cr2: input.number(),
    eip: (input.number() + test.eip) >>> 0,
    eflags: (input.number() ^ test.eflags) >>> 0,
    registers: readWords(input, test.registers),
    selectors: readWords(input, test.selectors),
    changes: readChanges(input),
  };
}

const digest = (tests: readonly TestCase[]): Buffer =>
  createHash('sha256').update(encodeInput(tests)).digest().subarray(0, DIGEST_BYTES);

export function encodeRecording(tests: readonly TestCase[], results: readonly TestResult[]): Buffer {
  const out = new Writer();
  tests.forEach((test, i) => {
    writeResult(out, test, results[i]);
  });
  return Buffer.concat([digest(tests), deflateRawSync(out.finish(), { level: 9 })]);
}

/** @throws when the recording was made for other cases than these */
export function decodeRecording(tests: readonly TestCase[], recording: Uint8Array): TestResult[] {
  if (!digest(tests).equals(recording.subarray(0, DIGEST_BYTES)))
    throw new Error('the generator has changed since the recording: run npx tsx test/conformance/cpu/record.ts');
  const input = new Reader(inflateRawSync(recording.subarray(DIGEST_BYTES)));
  return tests.map((test) => readResult(input, test));
}
