import { setFlagsFromString } from 'node:v8';

/**
 * Settings of V8 that suit the machines; to be called once the firmware is compiled, because the compiler is slower with them.
 *
 * Replacing code on the stack (OSR) is for loops that are entered once. The interpreter's is entered every few milliseconds, and goes
 * over to optimised code then; compiling it a second time, for the stack, is for nothing. Without it a boot of GRUB takes 4.0 to 4.4 s
 * of a core, and took 6.1 to 6.8 s with it.
 *
 * The way of one access is many small functions, and V8 stops inlining them when its allowance is used up. Measured with V8's own, with
 * 2500 and with 5000: 7.8, 9.8 and 9.1 million port reads per second under inkernel, and 6.4, 7.0 and 7.5 s of wall-clock time until
 * Linux has its shell. The way of an access is what is studied here, so a boot may take a little longer.
 */
export function fitV8(): void {
  setFlagsFromString('--no-use-osr');
  setFlagsFromString('--max-inlined-bytecode-size-cumulative=2500');
}
