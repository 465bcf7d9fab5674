import { ConfigSpace } from './config-space';
import { ConfigRegister, PciCommand } from './registers';

/**
 * Ports below belong to the ISA bus. A PCI range laid over them would be decoded twice, which does nobody any good, so it is
 * not decoded at all.
 */
const FIRST_PCI_PORT: u32 = 0x1000;

/** I/O space that `register` names, in multiples of `size`; 0 if it is outside of PCI's part of it. */
export function namedPorts(space: ConfigSpace, register: u32, size: u32): u32 {
  const base = space.long(register) & ~(size - 1);
  return base >= FIRST_PCI_PORT && base < 0x10000 ? base : 0;
}

/** I/O space that a function claims by its base address `register`; 0 while the command register closes it. */
export function claimedPorts(space: ConfigSpace, register: u32, size: u32): u32 {
  const open = (space.word(ConfigRegister.COMMAND) & PciCommand.IO) != 0;
  return open ? namedPorts(space, register, size) : 0;
}

/** Does a function answer accesses to memory ([PCI 2.1] 6.2.2)? */
export function decodesMemory(space: ConfigSpace): bool {
  return (space.word(ConfigRegister.COMMAND) & PciCommand.MEMORY) != 0;
}
