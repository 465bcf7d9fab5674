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
});
