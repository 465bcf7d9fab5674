import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const FOLDERS = ['hypervisor', 'firmware-emu', 'guest', 'pv-drivers', 'test', 'experiments', 'docs'];
const scripts: Record<string, string> = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).scripts;

function listDocuments(): string[] {
  const nested = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  );
  return ['README.md', ...nested.filter((name) => name.endsWith('.md'))];
}

/** Words in backquotes that look like paths of this project. */
function mentionedPaths(text: string): string[] {
  const words = Array.from(text.matchAll(/`([^`\s]+)`/g), ([, word]) => word!);
  return words.filter((word) =>
    /^(hypervisor|firmware-emu|guest|pv-drivers|test|experiments|docs)\/[\w./-]+$/.test(word),
  );
}

/** The npm scripts that a text tells people to run. */
function mentionedScripts(text: string): string[] {
  const named = Array.from(text.matchAll(/npm run ([a-z][a-z:]*[a-z])/g), ([, name]) => name!);
  const short = ['start', 'test'].filter((name) => text.includes(`npm ${name}`));
  return [...named, ...short];
}

/** Names of specifications that a text cites: in brackets, with a clause behind. */
function citedSpecifications(text: string): string[] {
  const clause = String.raw`(?:vol\.|table|annex|figure|appendix|chapter|order|\d+\.\d|"|public/|Documentation/)`;
  const citations = text.matchAll(new RegExp(String.raw`\[([A-Z0-9][\w/.-]*(?: [\w.]+)?)\],? ${clause}`, 'g'));
  return Array.from(citations, ([, name]) => name!);
}

/** Everything written by hand that could cite. */
function listSources(): string[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|as|asm|inc|md)$/.test(name))
      .map((name) => join(folder, name)),
  );
}

describe('documents', () => {
  it.each(listDocuments())('%s names only files and scripts that exist', (name) => {
    const text = readFileSync(join(ROOT, name), 'utf8');
    expect(mentionedPaths(text).filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    expect(mentionedScripts(text).filter((script) => !(script in scripts))).toEqual([]);
  });

  it('are found, and a wrong path in one would be', () => {
    expect(listDocuments().length).toBeGreaterThan(5);
    const paths = mentionedPaths('see `hypervisor/nowhere.ts` and `docs`');
    expect(paths).toEqual(['hypervisor/nowhere.ts']);
    expect(paths.every((path) => existsSync(join(ROOT, path)))).toBe(false);
  });

  it('can all be found from the README', () => {
    const found = new Set(['README.md']);
    for (const name of found) {
      const paths = mentionedPaths(readFileSync(join(ROOT, name), 'utf8'));
      for (const path of paths) if (path.endsWith('.md')) found.add(path);
    }
    expect(listDocuments().filter((name) => !found.has(name))).toEqual([]);
  });

  it('offer a reading order without repetitions', () => {
    const order = mentionedPaths(readFileSync(join(ROOT, 'docs', 'reading-order.md'), 'utf8'));
    expect(order.length).toBeGreaterThan(15);
    expect(new Set(order).size).toBe(order.length);
  });

  it('say what each specification is that anything cites', () => {
    const known = readFileSync(join(ROOT, 'docs', 'specifications.md'), 'utf8').split('\n');
    const listed = known
      .filter((line) => line.startsWith('| ['))
      .flatMap((line) => line.split('|')[1]!.match(/[^[\]]+(?=\])/g)!);
    const cited = new Set(listSources().flatMap((name) => citedSpecifications(readFileSync(join(ROOT, name), 'utf8'))));
    expect(cited.size).toBeGreaterThan(20);
    expect([...cited].filter((name) => !listed.includes(name))).toEqual([]);
    const others = ['X.25', 'ISO 9660'];
    expect(citedSpecifications(others.map((name) => `as in [${name}] 3.2`).join())).toEqual(others);
  });
});
