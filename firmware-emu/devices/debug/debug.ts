import { CHANNEL_DEBUG, CHANNEL_POST, CHANNEL_PROBE } from '../../../hypervisor/abi/hypercalls';
import { debugByte } from '../../hypercalls';

/** What a read of port 402h gives: SeaBIOS takes this value as "a debug console is here". */
const PRESENT: u32 = 0xe9;

/** Ports of the debug device; it has no state. */
export namespace DebugPort {
  /** POST codes, write-only. */
  export const POST: u32 = 0x80;
  /** Debug console: bytes to print. */
  export const CONSOLE: u32 = 0x402;
  /** Boot probes: a 16-bit number that marks a phase of the boot. */
  export const PROBE: u32 = 0x404;
}

export function readDebug(port: u32): u32 {
  return port == DebugPort.CONSOLE ? PRESENT : 0xff;
}

export function writeDebug(port: u32, value: u32): void {
  if (port == DebugPort.CONSOLE) debugByte(CHANNEL_DEBUG, value & 0xff);
  else if (port == DebugPort.PROBE) debugByte(CHANNEL_PROBE, value & 0xffff);
  else if (port == DebugPort.POST) debugByte(CHANNEL_POST, value & 0xff);
}
