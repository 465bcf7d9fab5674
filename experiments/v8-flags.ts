import { setFlagsFromString } from 'node:v8';

/**
 * Settings of V8 that suit the machines; to be called once the firmware is compiled, because the compiler is slower with them.
 *
 * Replacing code on the stack (OSR) is for loops that are entered once. The interpreter's is entered every few milliseconds, and goes
 * over to optimised code then; compiling it a second time for the stack took a core for three seconds and some 200 MB at each boot.
 *
 * The way of one access is some thirty small functions, of which V8 inlines a third before its allowance (920) is used up. With 5000 it
 * inlines all of them, and takes longer over the interpreter than that is worth.
 */
export function fitV8(): void {
  setFlagsFromString('--no-use-osr');
  setFlagsFromString('--max-inlined-bytecode-size-cumulative=2500');
}
