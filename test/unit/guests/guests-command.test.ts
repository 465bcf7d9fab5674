import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../../../guest/images/main.ts', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'selfio-guests-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** Run the command with no tool within reach: neither apt nor dpkg. */
function guests(...args: string[]) {
  const options = { env: { ...process.env, PATH: directory }, encoding: 'utf8' as const };
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', MAIN, ...args], options);
  return { status, stdout, stderr };
}

describe('npm run guests', () => {
  it.each([
    ['without apt', ['--cache', join(directory, 'cache')], 'guests: apt-get is not installed'],
    ['with an unknown name', ['windows'], 'guests: unknown guest windows; known are seabios, '],
    ['with an unknown option', ['--verbose'], 'guests: unknown or unexpected option: --verbose'],
    ['with a cache that is no directory', ['--cache', MAIN], `guests: ${MAIN}: cannot be a cache directory`],
  ])('%s says one line and ends with 2', (_, args, line) => {
    const { status, stdout, stderr } = guests(...args);
    expect(stderr).toContain(line);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });

  it('lists what the cache lacks', () => {
    const { status, stdout } = guests('--list', '--cache', join(directory, 'empty'));
    expect(status).toBe(0);
    expect(stdout).toMatch(/^seabios +absent/m);
    expect(stdout).toMatch(/^linux +absent/m);
  });

  it('explains itself', () => {
    const { status, stdout } = guests('--help');
    expect(status).toBe(0);
    for (const word of ['--force', '--cache', 'seabios-grub', 'option-roms', 'memtest', 'syslinux', 'ipxe']) {
      expect(stdout).toContain(word);
    }
  });
});
