import type { Processor } from './processor';
import { EAX, EBX, ECX, EDX } from './state';

/**
 * What CPUID says ([SDM] vol. 2, CPUID). The features are exactly those that are implemented; there is no MMX, SSE, PAE, SEP or
 * local APIC, so nobody will try them.
 */
export interface CpuProfile {
  /** 12 ASCII characters. */
  readonly vendor: string;
  /** Leaf 1, EAX: type, family, model, stepping. */
  readonly signature: number;
}

/** A Pentium Pro by signature: the oldest family that has CMOV, which the 686 kernels ask for. */
export const DEFAULT_PROFILE: CpuProfile = { vendor: 'GenuineIntel', signature: 0x0000_0611 };

const FEATURE_FPU = 1 << 0;
const FEATURE_DE = 1 << 2;
const FEATURE_PSE = 1 << 3;
const FEATURE_TSC = 1 << 4;
const FEATURE_MSR = 1 << 5;
const FEATURE_CX8 = 1 << 8;
const FEATURE_PGE = 1 << 13;
const FEATURE_CMOV = 1 << 15;
const FEATURE_FXSR = 1 << 24;

/** CPUID. Leaves beyond the last answer like the last one, as Intel's processors do. */
export function identify(cpu: Processor): void {
  const { file, profile } = cpu;
  if (file[EAX] === 0) {
    file[EAX] = 1;
    file[EBX] = characters(profile.vendor, 0);
    file[EDX] = characters(profile.vendor, 4);
    file[ECX] = characters(profile.vendor, 8);
    return;
  }
  file[EAX] = profile.signature;
  file[EBX] = 0;
  file[ECX] = 0;
  file[EDX] =
    FEATURE_DE |
    FEATURE_PSE |
    FEATURE_TSC |
    FEATURE_MSR |
    FEATURE_CX8 |
    FEATURE_PGE |
    FEATURE_CMOV |
    (cpu.unit === undefined ? 0 : FEATURE_FPU | FEATURE_FXSR);
}

function characters(text: string, at: number): number {
  let word = 0;
  for (let i = 0; i < 4; i++) word |= text.charCodeAt(at + i) << (8 * i);
  return word;
}
