import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { boot } from '../../experiments/commands/boot';
import { describeWithGuest } from './converse';

const folder = mkdtempSync(join(tmpdir(), 'selfio-system-snapshot-'));
const path = (name: string) => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

/** Run boot in this process: its exit code, and what the guest printed. */
async function run(scenario: string, ...words: string[]): Promise<{ code: number; printed: string }> {
  writeFileSync(path('scenario'), scenario);
  const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    const code = await boot(['--scenario', path('scenario'), '--serial', path('serial'), '--limit', '100', ...words]);
    return { code, printed: readFileSync(path('serial'), 'latin1') };
  } finally {
    stderr.mockRestore();
  }
}

describeWithGuest('grub', 'GRUB, put away at its prompt', () => {
  it('reads its disk when it is taken up again, at the same place and at others', async () => {
    const first = await run('expect grub>', '--save', path('grub.snap'));
    expect(first.code).toBe(0);
    const asked = 'wait 0.05\nsend ls\\r\nexpect (hd0,msdos1)\nexpect grub>';
    const same = await run(asked, '--restore', path('grub.snap'));
    expect(same.code).toBe(0);
    const words = ['--placement', 'ide=ioemu+posted,uart=inkernel,pit=forward'];
    const elsewhere = await run(asked, '--restore', path('grub.snap'), ...words);
    expect(elsewhere).toEqual(same);
  });
});
