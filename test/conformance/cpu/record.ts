/**
 * Records what the oracles say: `npx tsx test/conformance/cpu/record.ts [group…]`.
 * Needs gcc for 32-bit x86 programs and an x86 host.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { casesOf, GROUPS } from './generate/index';
import { runNatively } from './native/run';
import { encodeRecording } from './recording';

const chosen = process.argv.slice(2);
const folder = new URL('recordings/', import.meta.url);
mkdirSync(folder, { recursive: true });
for (const group of GROUPS) {
  if (chosen.length > 0 && !chosen.includes(group.name)) continue;
  const tests = casesOf(group);
  const recording = encodeRecording(tests, runNatively(tests));
  writeFileSync(new URL(`${group.name}.bin`, folder), recording);
  console.log(`${group.name}: ${tests.length} cases, ${recording.length} bytes`);
}
