import { changeFlags, readFlags } from './flags';
import type { Processor } from './processor';
import { ARITHMETIC_FLAGS, CR0_NE, CS, EAX, EIP, Vector } from './state';
import type { FloatingPointHost } from './x87-interface';

/** The processor as the floating-point unit sees it. */
export function floatingPointHost(cpu: Processor): FloatingPointHost {
  return {
    readMemory8: (segment, offset) => cpu.read8(segment, offset),
    readMemory16: (segment, offset) => cpu.read16(segment, offset),
    readMemory32: (segment, offset) => cpu.read32(segment, offset),
    writeMemory8: (segment, offset, value) => cpu.write8(segment, offset, value),
    writeMemory16: (segment, offset, value) => cpu.write16(segment, offset, value),
    writeMemory32: (segment, offset, value) => cpu.write32(segment, offset, value),
    probeWrite: (segment, offset, bytes) => cpu.probeWrite(segment, offset, bytes),
    setAx: (value) => cpu.setRegister(EAX, 1, value),
    flags: () => readFlags(cpu.file),
    setCompareFlags: (flags) => changeFlags(cpu.file, ARITHMETIC_FLAGS, flags),
    operandSize32: () => cpu.unitOperandSize === 2,
    protectedMode: () => cpu.descriptorsUsed,
    instructionOffset: () => cpu.file[EIP],
    codeSelector: () => cpu.selectors[CS],
    segmentSelector: (segment) => cpu.selectors[segment],
    signalMathError() {
      // With CR0.NE clear a PC reports the error by FERR# and IRQ 13, which nothing here listens to.
      if ((cpu.cr0 & CR0_NE) !== 0) cpu.raise(Vector.MATH);
    },
  };
}
