import { Machine } from '../../contract/handles';

/** System control port A, 92h ([PS/2] "System Control Port A"; [PIIX4] register P92). */
export namespace Port92Bit {
  /** A rising edge resets the processor. */
  export const RESET: u32 = 0x01;
  export const ADDRESS_LINE_20: u32 = 0x02;
}

/**
 * The fast way to address line 20 and reset. It and the keyboard controller drive the line as in QEMU: the last one to be
 * written decides. Chipsets combine the two so that either keeps the line open, but the controller keeps it open from reset on, and
 * then software that uses this port alone could never close it.
 */
@unmanaged
export class Port92 {
  // Handles
  machine: Machine;

  // Volatile state
  private value: u32;

  reset(): void {
    this.value = 0;
  }

  read(): u32 {
    return this.value;
  }

  write(value: u32): void {
    const rising = value & ~this.value;
    this.value = value;
    this.machine.openAddressLine20((value & Port92Bit.ADDRESS_LINE_20) != 0);
    if ((rising & Port92Bit.RESET) != 0) this.machine.reset();
  }
}
