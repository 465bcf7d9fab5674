/** The native harness's input and output: C structs as native/harness.c declares them. */
import type { Change, TestCase, TestResult } from './case';
import { CODE_BYTES, DESCRIPTORS, type Descriptor, pristine, WINDOWS } from './layout';

const PATCHES = 3;
const PATCH_BYTES = 128;
const CASE_BYTES = CODE_BYTES + 4 + 32 + 8 + 24 + 4 + PATCHES * (8 + PATCH_BYTES);
const RESULT_BYTES = 20 + 32 + 24 + 4;
const CONTENTS = { data: 0, 'expand-down': 1, code: 2, conforming: 3 } as const;
const WINDOW_KIND = { code: 0, data: 1, 'read-only': 2 } as const;

/** struct user_desc of modify_ldt(2). */
function userDescriptor(descriptor: Descriptor): Buffer {
  const flags =
    (descriptor.big ? 1 : 0) |
    (CONTENTS[descriptor.type] << 1) |
    (descriptor.restricted ? 8 : 0) |
    (descriptor.pages ? 16 : 0) |
    (descriptor.present ? 0 : 32);
  const out = Buffer.alloc(16);
  [descriptor.index, descriptor.base, descriptor.limit, flags].forEach((word, i) => {
    out.writeUInt32LE(word, i * 4);
  });
  return out;
}

function encodeCase(test: TestCase, out: Buffer, start: number): void {
  let at = start;
  const word = (value: number) => {
    out.writeUInt32LE(value >>> 0, at);
    at += 4;
  };
  if (test.code.length > CODE_BYTES) throw new Error(`${test.name}: ${test.code.length} bytes of code`);
  if (test.patches.length > PATCHES) throw new Error(`${test.name}: ${test.patches.length} patches`);
  out.fill(0xcc, at, at + CODE_BYTES).set(test.code, at);
  at += CODE_BYTES;
  word(test.codeAddress);
  test.registers.forEach(word);
  word(test.eip);
  word(test.eflags);
  test.selectors.forEach(word);
  word(test.patches.length);
  for (const patch of test.patches) {
    if (patch.bytes.length > PATCH_BYTES) throw new Error(`${test.name}: patch of ${patch.bytes.length} bytes`);
    out.writeUInt32LE(patch.address, at);
    out.writeUInt32LE(patch.bytes.length, at + 4);
    out.set(patch.bytes, at + 8);
    at += 8 + PATCH_BYTES;
  }
}

/** Everything the harness reads from its standard input. */
export function encodeInput(tests: readonly TestCase[]): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt32LE(DESCRIPTORS.length, 0);
  header.writeUInt32LE(WINDOWS.length, 4);
  header.writeUInt32LE(tests.length, 8);
  const parts = [header, ...DESCRIPTORS.map(userDescriptor)];
  for (const window of WINDOWS) {
    const head = Buffer.alloc(12);
    head.writeUInt32LE(window.address, 0);
    head.writeUInt32LE(window.bytes, 4);
    head.writeUInt32LE(WINDOW_KIND[window.kind], 8);
    parts.push(head, Buffer.from(pristine(window)));
  }
  const cases = Buffer.alloc(tests.length * CASE_BYTES);
  tests.forEach((test, i) => {
    encodeCase(test, cases, i * CASE_BYTES);
  });
  return Buffer.concat([...parts, cases]);
}

/** The harness's standard output, one result a case. */
export function decodeOutput(output: Buffer, count: number): TestResult[] {
  const results: TestResult[] = [];
  let at = 0;
  const word = () => {
    at += 4;
    return output.readUInt32LE(at - 4);
  };
  const words = (n: number) => Array.from({ length: n }, word);
  while (results.length < count) {
    if (at + RESULT_BYTES > output.length) throw new Error(`harness: ${results.length} of ${count} results`);
    const [vector, error, cr2, eip, eflags] = words(5);
    const result: TestResult = {
      vector,
      error,
      cr2,
      eip,
      eflags,
      registers: words(8),
      selectors: words(6),
      changes: [],
    };
    for (let runs = word(); runs > 0; runs--) {
      const change: Change = { address: word(), bytes: new Uint8Array(word()) };
      change.bytes.set(output.subarray(at, at + change.bytes.length));
      at += change.bytes.length;
      result.changes.push(change);
    }
    results.push(result);
  }
  return results;
}
