import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CATALOGUE, type GuestName } from './catalogue';
import { GuestError } from './errors';
import type { PackageName, Progress } from './packages';
import { Kitchen, type Recipe } from './recipe';

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
  const work = join(cache, `${name}.part`);
  rmSync(work, { recursive: true, force: true });
  const output = join(work, 'output');
  makeDirectory(output);
  const kitchen = new Kitchen(cache, join(work, 'scratch'), progress);
  recipe.make(kitchen, output);
  const files = Object.fromEntries(fileNames(name).map((file) => [file, hashOf(join(output, file))]));
  const made: Stamp = { revision: recipe.revision, packages: kitchen.versions, files };
  writeFileSync(join(output, STAMP), `${JSON.stringify(made, null, 2)}\n`);
  rmSync(directory, { recursive: true, force: true });
  renameSync(output, directory);
  rmSync(work, { recursive: true });
  return { made: true, packages: made.packages };
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
    throw new GuestError(
      `${directory}: cannot be created (${(error as Error).message}); choose another with --cache DIR`,
    );
  }
}

/** Size of a file in bytes. */
export function sizeOf(file: string): number {
  return statSync(file).size;
}
