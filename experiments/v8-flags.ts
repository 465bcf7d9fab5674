import { setFlagsFromString } from 'node:v8';

/**
 * A setting of V8 that suits the machines; to be called once the firmware is compiled, because the compiler is slower with it.
 *
 * Replacing code on the stack (OSR) is for loops that are entered once. The interpreter's is entered every few milliseconds, and goes
 * over to optimised code then; compiling it a second time, for the stack, is for nothing. Without it a boot of GRUB takes 4.0 to 4.4 s
 * of a core, and took 6.1 to 6.8 s with it.
 */
export function fitV8(): void {
  setFlagsFromString('--no-use-osr');
}
