import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fileNames, isPresent } from './cache';
import { CATALOGUE, type GuestFiles, type GuestName } from './catalogue';
import { GuestMissing } from './errors';

export { GUEST_NAMES, type GuestFiles, type GuestName } from './catalogue';
export { GuestError, GuestMissing } from './errors';
export { LINUX_COMMAND_LINE, LINUX_COMMAND_LINE_PCI } from './linux/command-line';

/** Where `npm run guests` puts what it makes, unless told otherwise: a git-ignored folder of the project. */
export const DEFAULT_CACHE = fileURLToPath(new URL('../../.cache/guests', import.meta.url));

/**
 * Find a guest's files in the cache. They are the pristine ones: a guest that writes its disk should get a copy, because
 * `npm run guests` makes a changed file anew.
 * @returns absolute paths, keyed as in the catalogue
 * @throws GuestMissing, whose message says how to obtain them
 */
export function locateGuest<N extends GuestName>(name: N, cache: string = DEFAULT_CACHE): GuestFiles<N> {
  const directory = resolve(cache);
  if (!isPresent(directory, name)) {
    const lacking = `${fileNames(name).join(', ')} not in ${directory}`;
    throw new GuestMissing(name, lacking);
  }
  const entries = Object.entries(CATALOGUE[name].files).map(([key, file]) => [key, join(directory, name, file)]);
  return Object.fromEntries(entries) as GuestFiles<N>;
}
