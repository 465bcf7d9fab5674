import type { EmulatorConfig } from '../../hypervisor/placement/emulator';
import { QEMU_EMULATOR } from './qemu';
import { REFERENCE_EMULATOR } from './reference';

/** Emulators of another make that an out-of-guest process can host, by the names that they have in `--placement`. */
export const EMULATORS: readonly EmulatorConfig[] = [REFERENCE_EMULATOR, QEMU_EMULATOR];
