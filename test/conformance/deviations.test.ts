import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEVIATIONS, type DeviationText, deviationPage } from './deviation-table';

/** The processor's table is another one: its oracle is a processor too. */
const PROCESSOR = 'cpu';

const ROOT = join(import.meta.dirname, '..', '..');

describe('the table of deviations', () => {
  it('names each row once', () => {
    const names = DEVIATIONS.map(({ device, id }) => `${device}/${id}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(DEVIATIONS.map((row) => [`${row.device}/${row.id}`, row] as const))(
    '%s says what, why and by whom',
    (_, row) => {
      for (const text of [row.what, row.qemu, row.ours, row.why]) expect(text.length).toBeGreaterThan(0);
      expect(row.clause, 'a specification in brackets').toMatch(/\[[\w.\- ]+\]/);
      expect(row.qemu).not.toBe(row.ours);
    },
  );

  it('has the rows of every device that has any', () => {
    const folders = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('deviations.ts') && name.includes('/'))
      .map((name) => name.split('/')[0])
      .filter((folder) => folder !== PROCESSOR);
    const covered = new Set<string>(DEVIATIONS.map(({ device }) => (device === 'pmtimer' ? 'pm' : device)));
    expect(folders.length).toBeGreaterThan(5);
    expect(folders.filter((folder) => !covered.has(folder!))).toEqual([]);
  });

  it('is what the documentation says', async () => {
    await expect(deviationPage(DEVIATIONS)).toMatchFileSnapshot(join(ROOT, 'docs', 'deviations.md'));
  });

  it('keeps a cell whole whatever it says', () => {
    const row = { device: 'pic', id: 'x', what: 'a|b', qemu: 'c', ours: 'd', why: 'e', clause: '[X] 1' } as const;
    expect(deviationPage([row satisfies DeviationText])).toContain('| a\\|b | c |');
  });
});
