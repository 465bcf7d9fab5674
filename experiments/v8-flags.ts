import { setFlagsFromString } from 'node:v8';

/**
 * Replacing code on the stack (OSR) is for loops that are entered once. The interpreter's is entered every few milliseconds, and goes over
 * to optimised code then; compiling it a second time for the stack took a core for three seconds and some 200 MB at each boot.
 */
setFlagsFromString('--no-use-osr');

/** The way of one access is some thirty small functions. V8 inlines a third of them before its allowance (920) is used up;
 * of 5000, which inlines all, the interpreter gets slower again. */
setFlagsFromString('--max-inlined-bytecode-size-cumulative=2500');
