import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { experiment } from '../../../experiments/commands/experiment';
import { UsageError } from '../../../experiments/errors';
import { EXPERIMENTS } from '../../../experiments/experiments';
import { renderHtml } from '../../../experiments/report/html';
import { drawPlot } from '../../../experiments/report/plot';
import { ProgressBar } from '../../../experiments/report/progress';
import { writeOutput } from '../../../experiments/write-output';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const MAIN = join(ROOT, 'experiments', 'main.ts');

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
    [['timer-tick', '--trace', '/nowhere/at/all.json'], /--trace .*no such file or folder/],
    [['timer-tick', '--html', '/'], /--html .*not a regular file/],
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

describe('a report', () => {
  it('of all experiments begins with what came out of each, and every sentence leads to the JSON', async () => {
    const results = ['first', 'second'].map((name) => ({
      ...{ experiment: name, question: 'Why?', method: 'So.', discussion: 'docs/none.md' },
      configuration: { costModels: [], seed: 7 },
      versions: { selfio: '0', node: '0' },
      ...{ statements: [`${name} is <5>`, 'and more'], tables: [], plots: [] },
    }));
    const html = await renderHtml(results);
    const index = html.slice(0, html.indexOf('<section'));
    for (const { experiment, statements } of results) {
      expect(index).toContain(`href="#${experiment}"`);
      statements.forEach((_, at) => {
        expect(index).toContain(`href="#${experiment}/statements/${at}"`);
        expect(html).toContain(`id="${experiment}/statements/${at}"`);
      });
    }
    expect(index).toContain('first is &lt;5&gt;');
    expect(index).toContain('Seed 7');
  });

  it('that cannot be written whole leaves the one before as it was', () => {
    const path = join(folder, 'report.html');
    writeOutput(path, 'whole');
    // Nothing can be written where the new one is put together.
    mkdirSync(`${path}.${process.pid}.part`);
    expect(() => writeOutput(path, 'new')).toThrow('EISDIR');
    expect(readFileSync(path, 'utf8')).toBe('whole');
    rmSync(`${path}.${process.pid}.part`, { recursive: true });
    writeOutput(path, 'new');
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(readdirSync(folder)).toEqual(['report.html']);
  });

  it('of a run that is killed does not exist', async () => {
    const [json, html, trace] = ['r.json', 'r.html', 't.json'].map((name) => join(folder, name));
    const words = ['experiment', 'all', '--json', json!, '--html', html!, '--trace', trace!];
    const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...words], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    // The first table is printed when the first experiment is through, and then others are to come.
    await once(child.stdout!, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(readdirSync(folder)).toEqual([]);
  }, 60_000);
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
