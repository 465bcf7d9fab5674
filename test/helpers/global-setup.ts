import { buildFirmware } from '../../firmware-emu/toolchain/build';

/** Compile the firmware once, before the test files share the processors. */
export async function setup(): Promise<void> {
  await buildFirmware();
}
