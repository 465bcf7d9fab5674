import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CATALOGUE, type GuestName } from './catalogue';
import { GuestError } from './errors';
import type { PackageName, Progress } from './packages';
import { Build, type Recipe } from './recipe';

/** Written last, as the sign that a guest is complete: what it was made from and what came out. */
interface Stamp {
  readonly revision: number;
  readonly packages: Record<PackageName, string>;
  /** SHA-256 of each file. */
  readonly files: Record<string, string>;
}

const STAMP = 'stamp.json';

export interface Outcome {
  /** False when the cache already held the guest. */
  readonly made: boolean;
  readonly packages: Record<PackageName, string>;
}

/**
 * Make a guest unless the cache holds it whole. A file that changed since it was made (a guest that wrote its disk) counts
 * as absent. The new files replace the old ones in one rename, so an interrupted run leaves the old guest.
 */
export function obtain(cache: string, name: GuestName, recipe: Recipe, force: boolean, progress: Progress): Outcome {
  const directory = join(cache, name);
  const stamp = readStamp(directory);
  if (!force && stamp !== undefined && isCurrent(stamp, directory, name, recipe)) {
    return { made: false, packages: stamp.packages };
  }
  makeDirectory(cache);
  const work = join(cache, `${name}.part`);
  rmSync(work, { recursive: true, force: true });
  try {
    const output = join(work, 'output');
    const scratch = join(work, 'scratch');
    for (const folder of [output, scratch]) mkdirSync(folder, { recursive: true });
    const build = new Build(cache, scratch, progress);
    recipe.make(build, output);
    writeStamp(output, name, { revision: recipe.revision, packages: build.versions });
    rmSync(directory, { recursive: true, force: true });
    renameSync(output, directory);
    return { made: true, packages: build.versions };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function writeStamp(output: string, name: GuestName, origin: Omit<Stamp, 'files'>): void {
  const files = Object.fromEntries(fileNames(name).map((file) => [file, hashOf(join(output, file))]));
  const stamp: Stamp = { ...origin, files };
  writeFileSync(join(output, STAMP), `${JSON.stringify(stamp, null, 2)}\n`);
}

/** The file names of a guest. */
export function fileNames(name: GuestName): string[] {
  return Object.values(CATALOGUE[name].files);
}

/** True when every file of the guest and its stamp are there; their content is not looked at. */
export function isPresent(cache: string, name: GuestName): boolean {
  return [...fileNames(name), STAMP].every((file) => existsSync(join(cache, name, file)));
}

function isCurrent(stamp: Stamp, directory: string, name: GuestName, recipe: Recipe): boolean {
  if (stamp.revision !== recipe.revision) return false;
  return fileNames(name).every((file) => {
    const path = join(directory, file);
    return existsSync(path) && hashOf(path) === stamp.files[file];
  });
}

function readStamp(directory: string): Stamp | undefined {
  try {
    return JSON.parse(readFileSync(join(directory, STAMP), 'utf8')) as Stamp;
  } catch {
    return undefined;
  }
}

function hashOf(file: string): string {
  if (!existsSync(file)) throw new Error(`a recipe did not write ${file}`);
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new GuestError(`${directory}: cannot be a cache directory (${code}); choose another with --cache DIR`);
  }
}

/** Size of a file in bytes. */
export function sizeOf(file: string): number {
  return statSync(file).size;
}
