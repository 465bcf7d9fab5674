import type { Mutant } from '../compile';

export const FW_CFG_MUTANTS: readonly Mutant[] = [
  {
    name: 'selecting does not rewind',
    file: 'firmware-emu/devices/fw-cfg/fw-cfg.ts',
    find: '    this.offset = 0;\n',
    replace: '',
  },
  {
    name: 'no error for a write',
    file: 'firmware-emu/devices/fw-cfg/dma.ts',
    find: '    this.fwCfg.skip(length);\n    this.fail();',
    replace: '    this.fwCfg.skip(length);',
  },
  {
    name: 'SKIP does nothing',
    file: 'firmware-emu/devices/fw-cfg/dma.ts',
    find: 'else if ((control & DmaControl.SKIP) != 0) this.fwCfg.skip(length);',
    replace: '',
  },
  {
    name: 'DMA selects without being asked',
    file: 'firmware-emu/devices/fw-cfg/dma.ts',
    find: 'if ((control & DmaControl.SELECT) != 0) this',
    replace: 'if (true) this',
  },
  {
    name: 'the write channel is another item',
    file: 'firmware-emu/devices/fw-cfg/fw-cfg.ts',
    find: 'this.catalogue.find(key & ~Key.WRITE_CHANNEL);',
    replace: 'this.catalogue.find(key);',
  },
  {
    name: 'behind the end the last byte goes on',
    file: 'firmware-emu/devices/fw-cfg/fw-cfg.ts',
    find: '      memory.fill(address, 0, bytes);\n      return;',
    replace: '      return;',
  },
  {
    name: 'SKIP goes beyond the end',
    file: 'firmware-emu/devices/fw-cfg/fw-cfg.ts',
    find: 'this.offset += min<u32>(bytes, this.left);',
    replace: 'this.offset += bytes;',
  },
  {
    name: 'the status stays as it was',
    file: 'firmware-emu/devices/fw-cfg/dma.ts',
    find: '    store<u32>(this.descriptor + DmaDescriptor.CONTROL, bswap<u32>(this.status));\n',
    replace: '',
  },
  {
    name: 'the key is in the lower half',
    file: 'firmware-emu/devices/fw-cfg/dma.ts',
    find: 'this.fwCfg.select(control >> DmaControl.KEY_SHIFT)',
    replace: 'this.fwCfg.select(control & 0xff)',
  },
  {
    name: 'a transfer into the hole is carried out',
    file: 'firmware-emu/devices/fw-cfg/dma.ts',
    find: 'if (address < HOLE_END) return address + bytes <= HOLE_BEGIN;',
    replace: 'if (address < HOLE_END) return true;',
  },
];
