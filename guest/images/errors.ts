/** Something that the user can mend: its message is one line that names the thing and the mend. Ends the command with code 2. */
export class GuestError extends Error {
  override name = 'GuestError';
}

/** A guest's files are not in the cache. */
export class GuestMissing extends GuestError {
  override name = 'GuestMissing';
  constructor(
    readonly guest: string,
    detail: string,
  ) {
    super(`guest ${guest}: ${detail}; run \`npm run guests -- ${guest}\``);
  }
}
