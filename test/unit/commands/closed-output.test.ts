import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..', '..');
/** 128 and the number of SIGPIPE, as shells show it. */
const BROKEN_PIPE = 141;

it('a command whose reader has gone ends without a word', async () => {
  const words = ['--import', 'tsx', 'experiments/main.ts', 'experiment', '--list'];
  const child = spawn(process.execPath, words, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  let complaints = '';
  child.stderr.on('data', (bytes) => {
    complaints += bytes;
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect(complaints).toBe('');
  expect(code).toBe(BROKEN_PIPE);
});
