export type { CpuProfile } from './cpuid';
export { Interpreter, type InterpreterOptions } from './interpreter';
export type { FloatingPointFactory, FloatingPointHost, FloatingPointUnit } from './x87-interface';
