import { MEMORY_WRITTEN } from '../../hypervisor/abi/layout';

/**
 * A device has written guest memory by DMA, as bus masters do: the vCPU must not execute what it decoded before. What string I/O
 * moves, the vCPU knows of.
 */
// @ts-expect-error: decorator
@inline
export function noteDma(): void {
  store<u32>(MEMORY_WRITTEN, 1);
}
