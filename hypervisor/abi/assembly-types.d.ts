/**
 * AssemblyScript's integer types as seen by the TypeScript compiler, so that one constants file serves both.
 * They document widths only: `tsc` treats each as a plain number, and only `asc` checks the narrowing.
 */
declare type u8 = number;
declare type u16 = number;
declare type u32 = number;
declare type i32 = number;
declare type usize = number;
declare type bool = boolean;
