import { UsageError } from './errors';

const HELP = `selfio: where should a virtual machine's devices be emulated?

  npm start [-- options]        run the built-in guest under two placements and compare ('npm start -- tour --help')
  npm start -- boot [options]   boot a guest: SeaBIOS and GRUB, or images of your own
  npm start -- experiment NAME  run an experiment, or all of them: tables, JSON, a page with plots
  npm start -- calibrate        measure this machine, for the cost model measured-here
  npm run bench [-- options]    how fast guest code and port reads are
  npm run guests [-- NAME]      obtain guests from Debian packages

Each takes --help. README.md has the other commands, docs/README.md what there is to read.
`;

type Command = (words: string[]) => Promise<number>;

/** Loaded when asked for: drawing plots, for one, takes more to load than a guest takes to boot. */
const COMMANDS: Record<string, () => Promise<Command>> = {
  tour: async () => (await import('./commands/tour')).tour,
  boot: async () => (await import('./commands/boot')).boot,
  experiment: async () => (await import('./commands/experiment')).experiment,
  calibrate: async () => (await import('./commands/calibrate')).calibrate,
  bench: async () => (await import('./commands/bench')).bench,
};

async function main([command = 'tour', ...words]: string[]): Promise<number> {
  if (command === '--help' || command === '-h') {
    process.stdout.write(HELP);
    return 0;
  }
  const options = command.startsWith('-') ? [command, ...words] : words;
  const load = COMMANDS[command.startsWith('-') ? 'tour' : command];
  if (!load)
    throw new UsageError(`unknown command '${command}'; use one of ${Object.keys(COMMANDS).join(', ')}, or --help`);
  const run = await load();
  return run(options);
}

/** As a signal would end it that Node does not let through: nobody reads on, as when `head` has seen enough. */
const BROKEN_PIPE = 128 + 13;

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(BROKEN_PIPE);
});

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
