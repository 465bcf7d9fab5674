import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { UsageError } from './errors';
import { checkOutput } from './options';

/** An option that names a file. */
export type FileOption = readonly [option: string, path: string | undefined];

/**
 * Make sure, before anything long begins, that each output can be written, and that no two are one file, nor an output and an input.
 *
 * @throws UsageError
 */
export function checkOutputs(outputs: readonly FileOption[], inputs: readonly FileOption[] = []): void {
  const taken = new Map<string, string>();
  for (const [option, path] of inputs) if (path) taken.set(identity(path), option);
  for (const [option, path] of outputs) {
    if (!path) continue;
    checkOutput(option, path);
    const other = taken.get(identity(path));
    if (other) throw new UsageError(`${option} ${path}: is the file of ${other} too; name another`);
    taken.set(identity(path), option);
  }
}

/** The same for all names of a file. */
export function identity(path: string): string {
  if (!existsSync(path)) return resolve(path);
  const { dev, ino } = statSync(path);
  return `${dev}:${ino}`;
}
