import { accessSync, closeSync, constants, existsSync, openSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import arg from 'arg';
import { DEVICE_COUNT } from '../hypervisor/abi/devices';
import { allPlaced, type MachineConfig, placementByName } from '../hypervisor/config';
import { DEVICE_NAMES, PLACEABLE_DEVICES } from '../hypervisor/device-names';
import type { EmulatorConfig } from '../hypervisor/placement/emulator';
import { BASIC_PLACEMENTS, type Placement, VARIATIONS } from '../hypervisor/placement/placements';
import { EMULATORS } from './emulators';
import { UsageError } from './errors';

/** Options of which an empty value says something. */
const MAY_BE_EMPTY: readonly string[] = ['--append', '--send'];

/**
 * Parse options with `arg`; anything wrong is a UsageError that points to --help.
 *
 * @param names how many words that are no options are welcome
 */
export function parseOptions<Spec extends arg.Spec>(spec: Spec, words: string[], names = 0): arg.Result<Spec> {
  const options = parseWith(spec, words);
  for (const [option, value] of Object.entries(options).filter(([key]) => key !== '_')) {
    if (MAY_BE_EMPTY.includes(option) || ![value].flat().includes('')) continue;
    throw new UsageError(`${option} '': the value is empty; try --help`);
  }
  const unexpected = options._[names];
  if (unexpected !== undefined) throw new UsageError(`'${unexpected}' is not expected here; try --help`);
  return options;
}

function parseWith<Spec extends arg.Spec>(spec: Spec, words: string[]): arg.Result<Spec> {
  try {
    return arg(spec, { argv: words });
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { message } = error as Error;
    const [, option] = /^option requires argument: (--\w[\w-]*)/.exec(message) ?? [];
    const next = option === undefined ? undefined : words[words.indexOf(option) + 1];
    throw new UsageError(
      next === undefined
        ? `${message}; try --help`
        : `${option}: its value is missing; one that begins with - is written ${option}=${next}`,
    );
  }
}

/** Everything that `--placement` takes, for help texts: from the tables that it is looked up in. */
export function placementHelp(): string {
  const line = (name: string, what: string) => `  ${name.padEnd(17)}  ${what}`;
  return [
    'Placements:',
    ...BASIC_PLACEMENTS.map(({ name, summary }) => line(name, summary)),
    'Variations, added to a placement as in reflect+shadow+lazy:',
    ...VARIATIONS.map(({ name, of, summary }) => line(`+${name}`, `(${of.join(', ')}) ${summary}`)),
    'Emulators of another make, in the place of ioemu and with its variations:',
    ...EMULATORS.map(({ name, devices }) => line(name, `for ${deviceList(devices)}`)),
  ].join('\n');
}

function deviceList(devices: number): string {
  return DEVICE_NAMES.filter((_, device) => (devices & (1 << device)) !== 0).join(', ');
}

/** What `--placement` says: where each device (index DEVICE_*) is, and what emulates there if not the firmware binary. */
export type Placing = Pick<MachineConfig, 'placements' | 'emulator'>;

/**
 * Where each device is emulated, from options `NAME` for all of them or `DEVICE=NAME,...` for some: the last that names a device counts.
 * Devices that no option names are reflected. An emulator's name stands for a process in domain 0 that hosts it.
 */
export function parsePlacements(options: readonly string[]): Placing {
  const placements = allPlaced(placementByName('reflect')!);
  const emulators = new Array<EmulatorConfig | undefined>(DEVICE_COUNT).fill(undefined);
  for (const option of options) {
    for (const part of option.split(',')) {
      const [left = '', right] = part.split('=');
      const { placement, emulator } = placeNamed(right ?? left, option);
      const devices = right === undefined ? placements.keys() : [deviceByName(left, `--placement ${option}`)];
      for (const device of devices) {
        placements[device] = placement;
        const has = ((emulator?.devices ?? 0) >> device) % 2 !== 0;
        if (emulator && right !== undefined && !has) {
          throw new UsageError(`--placement ${option}: the ${emulator.name} emulator has no ${left}`);
        }
        emulators[device] = has ? emulator : undefined;
      }
    }
  }
  return { placements, emulator: chosenEmulator(emulators) };
}

function placeNamed(name: string, option: string): { placement: Placement; emulator: EmulatorConfig | undefined } {
  const [base, ...variations] = name.split('+');
  const emulator = EMULATORS.find((candidate) => candidate.name === base);
  const placement = placementByName(emulator ? ['ioemu', ...variations].join('+') : name);
  if (placement) return { placement, emulator };
  throw new UsageError(`--placement ${option}: ${placementProblem(name)}`);
}

/** Why `name` is no placement: what it should begin with, or what may follow. */
export function placementProblem(name: string): string {
  const [base, ...variations] = name.split('+');
  const named = [...BASIC_PLACEMENTS, ...EMULATORS].map((candidate) => candidate.name);
  if (!named.includes(base!)) return `unknown placement '${base}'; use one of ${named.join(', ')}`;
  const host = EMULATORS.some((candidate) => candidate.name === base) ? 'ioemu' : base!;
  const fitting = VARIATIONS.filter(({ of }) => of.includes(host)).map((variation) => `+${variation.name}`);
  const wrong = variations.find((variation) => !fitting.includes(`+${variation}`)) ?? variations.join('+');
  if (fitting.length === 0) return `${base} has no variations, hence no +${wrong}`;
  return `${base} does not go with +${wrong}; it has ${fitting.join(', ')}, each once`;
}

/** The one emulator that is used, for just the devices that it was chosen for. */
function chosenEmulator(emulators: readonly (EmulatorConfig | undefined)[]): EmulatorConfig | undefined {
  const used = [...new Set(emulators.filter((emulator) => emulator !== undefined))];
  if (used.length > 1)
    throw new UsageError(`--placement: ${used.map(({ name }) => name).join(' and ')}; choose one emulator`);
  const devices = emulators.reduce((mask, emulator, device) => (emulator ? mask | (1 << device) : mask), 0);
  return used[0] && { ...used[0], devices };
}

/** @param option with its value, for the message */
export function deviceByName(name: string, option: string): number {
  const device = PLACEABLE_DEVICES.find((candidate) => DEVICE_NAMES[candidate] === name);
  if (device !== undefined) return device;
  const known = PLACEABLE_DEVICES.map((candidate) => DEVICE_NAMES[candidate]).join(', ');
  throw new UsageError(`${option}: unknown device '${name}'; use one of ${known}`);
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

/** Why a file cannot be used, and what to do. */
export function explain(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return 'there is no such file or folder; check the path';
  if (error.code === 'EACCES' || error.code === 'EPERM' || error.code === 'EROFS') {
    return `permission denied; change its permissions or name another (${error.code})`;
  }
  if (error.code === 'EISDIR') return 'is a folder; name a file';
  return error.message;
}

/** A type of option for `arg`: how many, at least one. */
export function count(word: string, option: string): number {
  if (!/^[1-9]\d{0,8}$/.test(word)) throw new UsageError(`${option} ${word}: give a whole number above 0`);
  return Number(word);
}

/** A type of option for `arg`: a number above 0. */
export function positive(word: string, option: string): number {
  const value = Number(word);
  if (!(value > 0) || !Number.isFinite(value)) throw new UsageError(`${option} ${word}: give a number above 0`);
  return value;
}
