import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { experiment } from '../../../experiments/commands/experiment';
import { UsageError } from '../../../experiments/errors';
import { EXPERIMENTS } from '../../../experiments/experiments';
import { drawPlot } from '../../../experiments/report/plot';
import { ProgressBar } from '../../../experiments/report/progress';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'selfio-experiment-'));
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

describe('npm start -- experiment', () => {
  it.each([
    [[], /name one of/],
    [['weather'], /unknown experiment 'weather'/],
    [['timer-tick', '--seed', 'x'], /--seed x/],
    [['timer-tick', '--seed', '4294967296'], /--seed 4294967296/],
    [['timer-tick', '--cost', 'dear'], /unknown cost model/],
    [['timer-tick', '--json', '/nowhere/at/all.json'], /--json .*no such file or folder/],
    [['timer-tick', '--colour'], /--help/],
  ])('refuses %j in one line', async (words, message) => {
    const refusal = await experiment(words).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(UsageError);
    expect((refusal as Error).message).toMatch(message);
    expect((refusal as Error).message).not.toContain('\n');
  });

  it('has a discussion page for each experiment', () => {
    const pages = readdirSync(new URL('../../../docs/experiments', import.meta.url));
    expect(EXPERIMENTS.length).toBeGreaterThan(3);
    for (const { name } of EXPERIMENTS) expect(pages).toContain(`${name}.md`);
  });

  it('gives the same JSON for the same seed, and leads from each number of the page to it', async () => {
    const [first, second, page] = ['a.json', 'b.json', 'page.html'].map((name) => join(folder, name));
    await experiment(['dom0-bottleneck', '--json', first!, '--html', page!]);
    await experiment(['dom0-bottleneck', '--json', second!]);
    expect(readFileSync(first!)).toEqual(readFileSync(second!));
    expect(JSON.parse(readFileSync(first!, 'utf8')).experiment).toBe('dom0-bottleneck');
    const html = readFileSync(page!, 'utf8');
    const links = Array.from(html.matchAll(/<td><a href="#([^"]+)">/g), ([, target]) => target!);
    expect(links.length).toBeGreaterThan(50);
    for (const target of links) expect(html).toContain(`id="${target}"`);
    expect(html).not.toMatch(/(src|href)="https?:/);
    expect(readdirSync(folder).sort()).toEqual(['a.json', 'b.json', 'page.html']);
  });
});

describe('a plot', () => {
  it('is drawn from the rows of its table', async () => {
    const rows = [
      ['first', 3],
      ['second', 5],
    ];
    const encoding = { x: { field: 'ns', type: 'quantitative' }, y: { field: 'name', type: 'nominal' } };
    const plot = { title: 't', table: 0, spec: { mark: 'bar', encoding } };
    const svg = await drawPlot(plot, { title: 't', columns: ['name', 'ns'], rows });
    expect(svg).toMatch(/^<svg/);
    expect(svg).toContain('ns: 5; name: second');
  });
});

describe('the progress bar', () => {
  function show(isTTY: boolean, milliseconds: number): string {
    let written = '';
    let now = 0;
    const write = (text: string) => {
      written += text;
      return true;
    };
    const bar = new ProgressBar('work', { isTTY, write } as NodeJS.WriteStream, () => now);
    now = milliseconds;
    bar.show(0.5);
    return written;
  }

  it('appears on a terminal after two seconds, and nowhere else', () => {
    expect(show(true, 2001)).toBe(`\rwork [${'#'.repeat(15)}${' '.repeat(15)}]`);
    expect(show(true, 1999)).toBe('');
    expect(show(false, 5000)).toBe('');
  });
});
