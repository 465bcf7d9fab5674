import { buildFirmware } from '../firmware-emu/toolchain/build';

/** The firmware, compiled from its sources the first time and taken from `build/` after that. */
export async function loadFirmware(): Promise<WebAssembly.Module> {
  return new WebAssembly.Module((await firmwareBinary()) as BufferSource);
}

/** The same as bytes. */
export function firmwareBinary(): Promise<Uint8Array> {
  return buildFirmware(undefined, announce);
}

function announce(): void {
  process.stderr.write('selfio: compiling the firmware, once for these sources...\n');
}
