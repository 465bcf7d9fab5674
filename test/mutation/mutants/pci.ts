import type { Mutant } from '../compile';

export const PCI_MUTANTS: readonly Mutant[] = [
  {
    name: 'CONFIG_ADDRESS keeps reserved bits',
    file: 'firmware-emu/devices/pci/host.ts',
    find: 'this.address = value & WRITABLE;',
    replace: 'this.address = value;',
  },
  {
    name: 'the enable bit of CONFIG_ADDRESS is ignored',
    file: 'firmware-emu/devices/pci/host.ts',
    find: '(this.address & ENABLE) == 0 || ',
    replace: '',
  },
  {
    name: 'every bus is bus 0',
    file: 'firmware-emu/devices/pci/host.ts',
    find: ' || (this.address & BUS_MASK) != 0',
    replace: '',
  },
  {
    name: 'all lanes of CONFIG_DATA are the first',
    file: 'firmware-emu/devices/pci/host.ts',
    find: '.byte((this.address & 0xfc) | lane)',
    replace: '.byte(this.address & 0xfc)',
  },
  {
    name: 'bus-master ports are open without I/O decoding',
    file: 'firmware-emu/devices/pci/claims.ts',
    find: 'const open = (space.word(ConfigRegister.COMMAND) & PciCommand.IO) != 0;',
    replace: 'const open = true;',
  },
  {
    name: 'the bus is mastered without permission',
    file: 'firmware-emu/devices/pci/functions.ts',
    find: 'return (space.word(ConfigRegister.COMMAND) & PciCommand.MASTER) != 0;',
    replace: 'return true;',
  },
  {
    name: 'BAR 4 is twice as large',
    file: 'firmware-emu/devices/pci/functions.ts',
    find: 'BASE_ADDRESS_4, 0x00000001, 0xfffffff0',
    replace: 'BASE_ADDRESS_4, 0x00000001, 0xffffffe0',
  },
  {
    name: 'BAR 4 is memory',
    file: 'firmware-emu/devices/pci/functions.ts',
    find: 'BASE_ADDRESS_4, 0x00000001, 0xfffffff0',
    replace: 'BASE_ADDRESS_4, 0x00000000, 0xfffffff0',
  },
  {
    name: 'the status register can be written',
    file: 'firmware-emu/devices/pci/functions.ts',
    find: 'STATUS_FAST, 0);\n  space.set8(ConfigRegister.INTERFACE',
    replace: 'STATUS_FAST, 0xffff);\n  space.set8(ConfigRegister.INTERFACE',
  },
];
