import './v8-flags';
import { bench } from './commands/bench';
import { boot } from './commands/boot';
import { calibrate } from './commands/calibrate';
import { experiment } from './commands/experiment';
import { tour } from './commands/tour';
import { UsageError } from './errors';

const HELP = `selfio: where should a virtual machine's devices be emulated?

  npm start                     run the built-in guest under two placements and compare
  npm start -- boot [options]   boot a guest: SeaBIOS and GRUB, or images of your own
  npm start -- experiment NAME  run an experiment, or all of them: tables, JSON, a page with plots
  npm start -- calibrate        measure this machine, for the cost model measured-here
  npm run bench [-- options]    how fast guest code and port reads are
  npm run guests [-- NAME]      obtain guests from Debian packages

Each takes --help.
`;

const COMMANDS: Record<string, (words: string[]) => Promise<number>> = { tour, boot, experiment, calibrate, bench };

async function main([command = 'tour', ...words]: string[]): Promise<number> {
  if (command === '--help' || command === '-h') {
    process.stdout.write(HELP);
    return 0;
  }
  const run = command.startsWith('-') ? tour : COMMANDS[command];
  if (!run)
    throw new UsageError(`unknown command '${command}'; use one of ${Object.keys(COMMANDS).join(', ')}, or --help`);
  return run(command.startsWith('-') ? [command, ...words] : words);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!isForUser(error)) throw error;
  process.stderr.write(`selfio: ${error.message}\n`);
  process.exitCode = 2;
}

function isForUser(error: unknown): error is Error {
  return error instanceof Error && ['UsageError', 'GuestError', 'GuestMissing', 'QemuGone'].includes(error.name);
}
