import { buildFirmware } from '../firmware-emu/toolchain/build';
import { fitV8 } from './v8-flags';

/** The firmware, compiled from its sources the first time and taken from `build/` after that. */
export async function loadFirmware(): Promise<WebAssembly.Module> {
  return new WebAssembly.Module((await firmwareBinary()) as BufferSource);
}

/** The same as bytes. */
export async function firmwareBinary(): Promise<Uint8Array> {
  const binary = await buildFirmware(undefined, announce);
  fitV8();
  return binary;
}

function announce(): void {
  process.stderr.write('selfio: compiling the firmware, once for these sources...\n');
}
