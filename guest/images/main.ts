import { join, resolve } from 'node:path';
import arg from 'arg';
import { fileNames, isPresent, obtain, sizeOf } from './cache';
import { CATALOGUE, DEFAULT_SET, GUEST_NAMES, GUEST_SETS, type GuestName } from './catalogue';
import { GuestError } from './errors';
import { DEFAULT_CACHE } from './index';
import { RECIPES } from './recipes';

const OPTIONS = {
  '--list': Boolean,
  '--force': Boolean,
  '--cache': String,
  '--help': Boolean,
  '-h': '--help',
} as const;

const HELP = `Usage: npm run guests [-- NAME...] [-- --list | --force | --cache DIR | --help]

Makes guests out of Debian packages, fetched with apt-get download and unpacked with dpkg -x. Nothing is installed.

Names (default: ${DEFAULT_SET}):
${GUEST_NAMES.map((name) => `  ${name.padEnd(14)}${CATALOGUE[name].summary}`).join('\n')}
${Object.entries(GUEST_SETS)
  .map(([name, members]) => `  ${name.padEnd(14)}${members.join(' and ')}`)
  .join('\n')}

  --list       say what the cache holds
  --force      make the guests anew, even if the cache holds them
  --cache DIR  use DIR instead of .cache/guests
`;

const KIB = 1024;

function main(argv: string[]): void {
  const options = parse(argv);
  if (options['--help'] === true) {
    process.stdout.write(HELP);
    return;
  }
  const cache = resolve(options['--cache'] ?? DEFAULT_CACHE);
  if (options['--list'] === true) {
    if (options['--force'] || options._.length > 0)
      throw new GuestError('--list only looks; leave out names and --force');
    list(cache);
    return;
  }
  const names = options._.length > 0 ? options._ : [DEFAULT_SET];
  for (const name of new Set(names.flatMap(resolveName))) make(cache, name, options['--force'] === true);
}

function parse(argv: string[]): arg.Result<typeof OPTIONS> {
  try {
    return arg(OPTIONS, { argv });
  } catch (error) {
    throw new GuestError(`${(error as Error).message}; see npm run guests -- --help`);
  }
}

function resolveName(name: string): readonly GuestName[] {
  const set = GUEST_SETS[name];
  if (set !== undefined) return set;
  if ((GUEST_NAMES as string[]).includes(name)) return [name as GuestName];
  const known = [...GUEST_NAMES, ...Object.keys(GUEST_SETS)].join(', ');
  throw new GuestError(`unknown guest ${name}; known are ${known}`);
}

function list(cache: string): void {
  for (const name of GUEST_NAMES) {
    const state = isPresent(cache, name) ? 'present' : 'absent';
    process.stdout.write(`${name.padEnd(14)}${state.padEnd(10)}${CATALOGUE[name].summary}\n`);
  }
}

function make(cache: string, name: GuestName, force: boolean): void {
  const progress = (line: string) => process.stdout.write(`${name}: ${line}\n`);
  const outcome = obtain(cache, name, RECIPES[name], force, progress);
  if (!outcome.made) {
    progress(`already in ${join(cache, name)}`);
    return;
  }
  for (const file of fileNames(name)) {
    const path = join(cache, name, file);
    progress(`${path}, ${Math.ceil(sizeOf(path) / KIB)} KiB`);
  }
}

/** The one line for an error that the user can mend: an own one, or the system's refusal of a file operation. */
function complaint(error: unknown): string | undefined {
  if (error instanceof GuestError) return error.message;
  const { syscall, path, code } = error as NodeJS.ErrnoException;
  return syscall !== undefined && path !== undefined ? `${path}: cannot ${syscall} (${code})` : undefined;
}

try {
  main(process.argv.slice(2));
} catch (error) {
  const line = complaint(error);
  if (line === undefined) throw error;
  process.stderr.write(`guests: ${line}\n`);
  process.exitCode = 2;
}
