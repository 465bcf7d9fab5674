/**
 * Records what the oracles say: `npx tsx test/conformance/cpu/record.ts [group… | ring0]`, all of them without an argument.
 * Needs an x86 host with gcc for 32-bit programs; ring0 needs nasm and qemu-system-i386.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { casesOf, GROUPS, type Group } from './generate/index';
import { runNatively } from './native/run';
import { encodeRecording } from './recording';
import { assembleMonitor } from './replay/machine';
import { assembleImage, imagePath, runUnderQemu } from './ring0/run';

const folder = new URL('recordings/', import.meta.url);

function recordGroup(group: Group): void {
  const tests = casesOf(group);
  const recording = encodeRecording(tests, runNatively(tests));
  writeFileSync(new URL(`${group.name}.bin`, folder), recording);
  console.log(`${group.name}: ${tests.length} cases, ${recording.length} bytes`);
}

function recordRing0(): void {
  for (const name of ['main', 'manual'] as const) writeFileSync(imagePath(name), assembleImage(name));
  const text = runUnderQemu(imagePath('main'));
  writeFileSync(new URL('ring0.txt', folder), text, 'latin1');
  console.log(`ring0: ${text.split('\n').length} lines`);
}

const chosen = process.argv.slice(2);
const isChosen = (name: string): boolean => chosen.length === 0 || chosen.includes(name);
mkdirSync(folder, { recursive: true });
for (const group of GROUPS) if (isChosen(group.name)) recordGroup(group);
if (isChosen('ring0')) recordRing0();
if (isChosen('monitor')) writeFileSync(new URL('replay/monitor.bin', import.meta.url), assembleMonitor());
