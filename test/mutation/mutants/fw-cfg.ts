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
];
