/** Something that the user can mend: one line that names the input and the mend. The command ends with exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}
