import type { Mutant } from '../compile';

export const PIC_CHIP = 'hypervisor/interrupt/pic-chip.ts';
export const PIC_PAIR = 'hypervisor/interrupt/pic-pair.ts';

export const PIC_MUTANTS: readonly Mutant[] = [
  {
    name: 'a fall does not take a request back',
    file: PIC_CHIP,
    find: 'if (!level) state.latched &= ~bit;',
    replace: 'if (!level) state.latched &= ~(bit & state.levelTriggered);',
  },
  {
    name: 'every report of a high line is an edge',
    file: PIC_CHIP,
    find: 'else if ((state.levels & bit) === 0) state.latched |= bit;',
    replace: 'else state.latched |= bit;',
  },
  {
    name: 'a level-triggered input requests once',
    file: PIC_CHIP,
    find: 'return (levels & levelTriggered) | (latched & ~levelTriggered);',
    replace: 'return latched;',
  },
  {
    name: 'special mask mode changes nothing',
    file: PIC_CHIP,
    find: 'let blocking = state.specialMask ? state.inService & ~state.mask : state.inService;',
    replace: 'let blocking = state.inService;',
  },
  {
    name: 'special fully nested mode changes nothing',
    file: PIC_CHIP,
    find: '    if (state.specialFullyNested && this.cascade >= 0) blocking &= ~(1 << this.cascade);\n',
    replace: '',
  },
  {
    name: 'an equal priority interrupts itself',
    file: PIC_CHIP,
    find: 'return distance < this.distanceOfHighest(blocking)',
    replace: 'return distance <= this.distanceOfHighest(blocking)',
  },
  {
    name: 'the spurious input is 0',
    file: PIC_CHIP,
    find: 'const SPURIOUS = 7;',
    replace: 'const SPURIOUS = 0;',
  },
  {
    name: 'a spurious interrupt is in service',
    file: PIC_CHIP,
    find: '    if (input === NONE) return SPURIOUS;\n',
    replace: '    if (input === NONE) {\n      this.state.inService |= 0x80;\n      return SPURIOUS;\n    }\n',
  },
  {
    name: 'an acknowledge leaves the edge',
    file: PIC_CHIP,
    find: '    state.latched &= ~bit;\n    if (!state.autoEoi)',
    replace: '    if (!state.autoEoi)',
  },
  {
    name: 'automatic EOI does not end',
    file: PIC_CHIP,
    find: 'if (!state.autoEoi) state.inService |= bit;',
    replace: 'if (!state.autoEoi || !state.rotateInAutoEoi) state.inService |= bit;',
  },
  {
    name: 'automatic rotation is off by one',
    file: PIC_CHIP,
    find: 'else if (state.rotateInAutoEoi) state.highest = (input + 1) & 7;',
    replace: 'else if (state.rotateInAutoEoi) state.highest = input;',
  },
  {
    name: 'a poll goes on for ever',
    file: PIC_CHIP,
    find: '    this.state.polled = false;\n',
    replace: '',
  },
  {
    name: 'a poll does not acknowledge',
    file: PIC_CHIP,
    find: '    this.serve(input);\n    return POLL_PENDING',
    replace: '    return POLL_PENDING',
  },
  {
    name: 'ICW1 keeps the mask',
    file: PIC_CHIP,
    find: 'const { levels, levelTriggered, vectorBase } = this.state;\n    this.state = { ...POWER_ON, levels,',
    replace:
      'const { levels, levelTriggered, vectorBase, mask } = this.state;\n    this.state = { ...POWER_ON, mask, levels,',
  },
  {
    name: 'ICW1 forgets the trigger modes',
    file: PIC_CHIP,
    find: '...POWER_ON, levels, levelTriggered, vectorBase',
    replace: '...POWER_ON, levels, vectorBase',
  },
  {
    name: 'ICW4 is always expected',
    file: PIC_CHIP,
    find: 'this.state.expectsIcw4 = (icw1 & Icw1.IC4) !== 0;',
    replace: 'this.state.expectsIcw4 = true;',
  },
  {
    name: 'a single chip expects ICW3',
    file: PIC_CHIP,
    find: 'state.initialization = state.single ? this.stepToIcw4() : 3;',
    replace: 'state.initialization = 3;',
  },
  {
    name: 'vectors have six bits of their own',
    file: PIC_CHIP,
    find: 'state.vectorBase = value & 0xf8;',
    replace: 'state.vectorBase = value & 0xfc;',
  },
  {
    name: 'OCW3 without ESMM sets the mask mode',
    file: PIC_CHIP,
    find: 'if (value & Ocw3.ESMM) state.specialMask',
    replace: 'state.specialMask',
  },
  {
    name: 'OCW3 without RR selects a register',
    file: PIC_CHIP,
    find: 'if (value & Ocw3.READ_ENABLE) state.readInService',
    replace: 'state.readInService',
  },
  {
    name: 'a non-specific EOI ends the lowest',
    file: PIC_CHIP,
    find: 'const input = (state.highest + distance) & 7;\n    state.inService',
    replace: 'const input = 7 - Math.clz32(state.inService) + 24;\n    state.inService',
  },
  {
    name: 'a masked interrupt is ended in special mask mode',
    file: PIC_CHIP,
    find: 'this.distanceOfHighest(state.specialMask ? state.inService & ~state.mask : state.inService);\n    if (distance === 8) return;',
    replace: 'this.distanceOfHighest(state.inService);\n    if (distance === 8) return;',
  },
  {
    name: 'rotation on a non-specific EOI does not rotate',
    file: PIC_CHIP,
    find: '    if (rotate) state.highest = (input + 1) & 7;\n',
    replace: '',
  },
  {
    name: 'set priority sets the highest',
    file: PIC_CHIP,
    find: '      case Ocw2.SET_PRIORITY:\n        state.highest = (input + 1) & 7;',
    replace: '      case Ocw2.SET_PRIORITY:\n        state.highest = input;',
  },
  {
    name: 'the timer can be level-triggered',
    file: PIC_PAIR,
    find: 'const MASTER_LEVEL_CAPABLE = 0xf8;',
    replace: 'const MASTER_LEVEL_CAPABLE = 0xf9;',
  },
  {
    name: 'the slave is at input 3',
    file: PIC_PAIR,
    find: 'const CASCADE = 2;',
    replace: 'const CASCADE = 3;',
  },
  {
    name: 'a second request of the slave is no edge',
    file: PIC_PAIR,
    find: '    if (input === CASCADE) this.master.setInput(CASCADE, false);\n',
    replace: '',
  },
  {
    name: 'a poll of the slave leaves the cascade',
    file: PIC_PAIR,
    find: '    if (this.slave.state.polled) this.master.setInput(CASCADE, false);\n',
    replace: '',
  },
];
