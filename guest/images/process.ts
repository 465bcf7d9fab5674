import { spawnSync } from 'node:child_process';
import { GuestError } from './errors';

/** Output of a tool that may be as large as a kernel, in bytes. */
const OUTPUT_LIMIT = 256 * 1024 * 1024;

export interface RunOptions {
  readonly cwd?: string;
  readonly input?: Uint8Array;
  /** Variables on top of this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Run a tool to its end and return what it wrote to standard output.
 * @throws GuestError when the tool is not installed or exits with anything but 0
 */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Buffer {
  const result = spawnSync(command, args, {
    cwd: options.cwd,
    input: options.input,
    env: { ...process.env, LC_ALL: 'C', ...options.env },
    maxBuffer: OUTPUT_LIMIT,
  });
  if (result.error !== undefined) {
    const reason =
      (result.error as NodeJS.ErrnoException).code === 'ENOENT' ? 'is not installed' : result.error.message;
    throw new GuestError(`${command} ${reason}: guests are made from Debian packages, so this needs Debian or Ubuntu`);
  }
  if (result.status !== 0) {
    const lines = result.stderr.toString().trim().split('\n');
    const complaint = lines.find((line) => /^E: |error/i.test(line)) ?? lines.at(-1) ?? '';
    throw new GuestError(`${command} ${args[0] ?? ''} failed (${result.status ?? result.signal}): ${complaint.trim()}`);
  }
  return result.stdout;
}
