import { buildFirmware } from './build';

const HELP = 'npm run build: compile the firmware, audit the binary, add fuel; the result is kept in build/firmware.\n';

if (process.argv.length > 2) process.stdout.write(HELP);
else {
  const binary = await buildFirmware();
  process.stdout.write(`firmware: ${binary.length} bytes of WebAssembly, audited\n`);
}
