import { buildFirmware } from './build';

const HELP = 'npm run build: compile the firmware, audit the binary, add fuel; the result is kept in build/firmware.\n';

const [word] = process.argv.slice(2);
if (word === '--help' || word === '-h') process.stdout.write(HELP);
else if (word !== undefined) {
  process.stderr.write(`build: '${word}' is not expected here; try --help\n`);
  process.exitCode = 2;
} else {
  const binary = await buildFirmware();
  process.stdout.write(`firmware: ${binary.length} bytes of WebAssembly, audited\n`);
}
