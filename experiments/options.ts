import { accessSync, closeSync, constants, existsSync, openSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import arg from 'arg';
import { placementByName } from '../hypervisor/config';
import { DEVICE_NAMES, PLACEABLE_DEVICES } from '../hypervisor/device-names';
import { PLACEMENTS, type Placement } from '../hypervisor/placement/placements';
import { UsageError } from './errors';

/** Parse options with `arg`; anything wrong is a UsageError that points to --help. */
export function parseOptions<Spec extends arg.Spec>(spec: Spec, words: string[]): arg.Result<Spec> {
  try {
    return arg(spec, { argv: words });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}; try --help`);
  }
}

/**
 * Where each device is emulated, from `NAME` for all of them or `DEVICE=NAME,...` for some.
 *
 * @param placements changed in place: index DEVICE_*
 */
export function applyPlacements(option: string, placements: Placement[]): void {
  for (const part of option.split(',')) {
    const [left = '', right] = part.split('=');
    const placement = placementByName(right ?? left);
    if (!placement) {
      const known = PLACEMENTS.map(({ name }) => name).join(', ');
      throw new UsageError(
        `--placement ${option}: unknown placement '${right ?? left}'; use one of ${known}, or a variation`,
      );
    }
    if (right === undefined) placements.fill(placement);
    else placements[deviceByName(left, option)] = placement;
  }
}

function deviceByName(name: string, option: string): number {
  const device = PLACEABLE_DEVICES.find((candidate) => DEVICE_NAMES[candidate] === name);
  if (device !== undefined) return device;
  const known = PLACEABLE_DEVICES.map((candidate) => DEVICE_NAMES[candidate]).join(', ');
  throw new UsageError(`--placement ${option}: unknown device '${name}'; use one of ${known}`);
}

/** Names for `--batch`: bytes of string I/O in one exit at most. 1024 is what KVM did in 2011. */
export const BATCH_LIMITS: Readonly<Record<string, number>> = {
  element: 1,
  '1024': 1024,
  page: 4096,
  unlimited: 0xffff_ffff,
};

export function batchLimit(name: string): number {
  const limit = BATCH_LIMITS[name];
  if (limit !== undefined) return limit;
  throw new UsageError(`--batch ${name}: unknown limit; use one of ${Object.keys(BATCH_LIMITS).join(', ')}`);
}

/** Read a whole file that the user named. */
export function readInput(option: string, path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UsageError(`${option} ${path}: ${explain(error as NodeJS.ErrnoException)}`);
  }
}

/** Make sure, before anything long begins, that an output file can be written there; an existing file is left as it is. */
export function checkOutput(option: string, path: string): void {
  try {
    if (existsSync(path)) {
      if (!statSync(path).isFile()) throw new UsageError(`${option} ${path}: is not a regular file; name another`);
      closeSync(openSync(path, 'r+'));
    } else accessSync(dirname(path) || '.', constants.W_OK);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${option} ${path}: ${explain(error as NodeJS.ErrnoException)}`);
  }
}

function explain(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return 'there is no such file or folder; check the path';
  if (error.code === 'EACCES' || error.code === 'EPERM' || error.code === 'EROFS') {
    return `permission denied; change its permissions or name another (${error.code})`;
  }
  if (error.code === 'EISDIR') return 'is a folder; name a file';
  return error.message;
}

/** A positive number that the user gave for `option`. */
export function positive(option: string, value: number): number {
  if (!(value > 0) || !Number.isFinite(value)) throw new UsageError(`${option} ${value}: give a number above 0`);
  return value;
}
