/**
 * The seam between the integer core and the x87 floating-point unit ([SDM] vol. 1, chapter 8).
 *
 * The core decodes the instruction up to its ModRM byte, forms the effective address and settles everything that CR0
 * says (EM, TS and MP raise #NM before the unit is asked). The unit owns the register stack, the control, status and tag
 * words and the last-instruction pointers, and reaches memory, AX and the flags only through `FloatingPointHost`.
 *
 * An x87 instruction must be restartable: a memory access may fault (or leave for a device page and be repeated), in which
 * case the host throws through the unit. So the unit changes none of its state, and no memory, before its last access that can
 * fault; for operands that take several writes `probeWrite` settles that beforehand.
 */

/** What the unit sees of the processor. Every `read` and `write` may throw through the caller; see above. */
export interface FloatingPointHost {
  /**
   * Memory at `segment` (0-5: ES, CS, SS, DS, FS, GS) and `offset` (32 bits), little-endian. Larger operands are composed of these;
   * offsets beyond the segment's limit fault like any access does.
   * @returns unsigned for 8 and 16 bits, signed for 32 bits
   */
  readMemory8(segment: number, offset: number): number;
  readMemory16(segment: number, offset: number): number;
  readMemory32(segment: number, offset: number): number;
  writeMemory8(segment: number, offset: number, value: number): void;
  writeMemory16(segment: number, offset: number, value: number): void;
  writeMemory32(segment: number, offset: number, value: number): void;
  /** Fault now if any of `bytes` bytes (1-160) at `offset` could not be written; writes nothing. */
  probeWrite(segment: number, offset: number, bytes: number): void;

  /** FNSTSW AX. */
  setAx(value: number): void;
  /** EFLAGS now; only CF (bit 0), PF (2), ZF (6) matter to FCMOVcc. */
  flags(): number;
  /** Result of FCOMI and its kin: replaces ZF (40h), PF (04h), CF (01h) by `flags` and clears OF, SF, AF. */
  setCompareFlags(flags: number): void;

  /** True where FLDENV, FSTENV, FSAVE and FRSTOR use their 32-bit formats (operand size of the instruction). */
  operandSize32(): boolean;
  /** True in protected mode (not in real or virtual-8086 mode): chooses the format of the environment. */
  protectedMode(): boolean;
  /** Offset and selector of the instruction being executed, for the last-instruction pointer. */
  instructionOffset(): number;
  codeSelector(): number;
  /** Selector that segment register 0-5 holds, for the last-operand pointer. */
  segmentSelector(segment: number): number;

  /**
   * An unmasked exception is pending and a waiting instruction meets it: raises #MF when CR0.NE is set, else signals FERR#.
   * Throws through the caller when #MF is raised; returns otherwise, and the instruction then proceeds.
   */
  signalMathError(): void;
}

/** The unit as the core drives it. */
export interface FloatingPointUnit {
  /**
   * Execute one ESC instruction.
   * @param opcode D8h-DFh
   * @param modrm its ModRM byte; C0h and above name registers, then `segment` and `offset` mean nothing
   * @param segment 0-5, segment of the memory operand after overrides
   * @param offset 32-bit effective address of the memory operand
   * @returns false when the encoding is reserved: the core raises #UD
   */
  execute(opcode: number, modrm: number, segment: number, offset: number): boolean;
  /** FXSAVE to an operand that is aligned; CR0 has been looked at. */
  saveImage(segment: number, offset: number): void;
  /** FXRSTOR from such an operand. */
  restoreImage(segment: number, offset: number): void;
  /** WAIT/FWAIT: reports a pending unmasked exception through `signalMathError`. */
  wait(): void;
  /** Power-on state: control word 0040h, tags all zero-valued ([SDM] vol. 3, table 10-1). FNINIT is an instruction of `execute`. */
  reset(): void;
  /** Whole state as a JSON-compatible value; `restore` continues exactly from it. */
  save(): unknown;
  restore(state: unknown): void;
}

/** Makes a unit for a processor. */
export type FloatingPointFactory = (host: FloatingPointHost) => FloatingPointUnit;
