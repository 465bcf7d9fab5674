import { PitPort } from './registers';

/** What an access reaches: counters 0-2 by their number, the control word, system control port B, or nothing. */
export namespace PitRegister {
  export const CONTROL: u32 = 3;
  export const SYSTEM_CONTROL: u32 = 4;
  export const NONE: u32 = 5;
}

/** `offset` counts from the 8254's base. The control word cannot be read: the chip leaves the bus alone (figure 5). */
export function decodeRead(offset: u32): u32 {
  if (offset < PitPort.CONTROL) return offset;
  return offset == PitPort.SYSTEM_CONTROL ? PitRegister.SYSTEM_CONTROL : PitRegister.NONE;
}

export function decodeWrite(offset: u32): u32 {
  if (offset < PitPort.CONTROL) return offset;
  if (offset == PitPort.CONTROL) return PitRegister.CONTROL;
  return offset == PitPort.SYSTEM_CONTROL ? PitRegister.SYSTEM_CONTROL : PitRegister.NONE;
}
