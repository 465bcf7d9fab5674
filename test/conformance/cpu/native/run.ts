/** Compiles the native harness where needed and runs cases on this host's processor. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type TestCase, type TestResult, Vector } from '../case';
import { decodeOutput, encodeInput } from '../wire';

let binary: string | undefined;

/** @throws when there is no C compiler for 32-bit x86 programs */
function harness(): string {
  if (binary) return binary;
  binary = join(mkdtempSync(join(tmpdir(), 'selfio-cpu-')), 'harness');
  const source = fileURLToPath(new URL('harness.c', import.meta.url));
  const flags = ['-m32', '-static', '-O1', '-fno-stack-protector', '-fno-pic', '-no-pie', '-Wall', '-Wextra'];
  execFileSync('gcc', [...flags, '-o', binary, source], { stdio: ['ignore', 'inherit', 'inherit'] });
  return binary;
}

/**
 * Bit 4 of a page fault's error code says "instruction fetch" only where NX or SMEP is enabled ([SDM] vol. 3, 4.7), as it
 * is on a 64-bit host and never in the guest's 32-bit paging.
 */
function normalise(result: TestResult): TestResult {
  if (result.vector === Vector.PAGE) result.error &= ~0x10;
  else if (result.vector < 10) result.error = 0;
  return result;
}

/** @throws when the harness fails */
export function runNatively(tests: readonly TestCase[]): TestResult[] {
  const run = spawnSync(harness(), {
    input: encodeInput(tests),
    maxBuffer: 1 << 29,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  if (run.status !== 0) throw new Error(`native harness ended with ${run.status ?? run.signal}`);
  return decodeOutput(run.stdout, tests.length).map(normalise);
}
