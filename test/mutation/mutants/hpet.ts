import type { Mutant } from '../compile';

export const HPET_MUTANTS: readonly Mutant[] = [
  {
    name: 'status bits clear by writing zero',
    file: 'firmware-emu/devices/hpet/hpet.ts',
    find: 'if (((value >> index) & 1) != 0) this',
    replace: 'if (((value >> index) & 1) == 0) this',
  },
  {
    name: 'the counter can be set while it runs',
    file: 'firmware-emu/devices/hpet/hpet.ts',
    find: 'if (!this.running) this.counter = value;',
    replace: 'this.counter = value;',
  },
  {
    name: 'stopping loses the count',
    file: 'firmware-emu/devices/hpet/hpet.ts',
    find: '    this.counter = this.present;\n    this.start = this.tick;',
    replace: '    this.start = this.tick;',
  },
  {
    name: 'legacy replacement takes timer 2 as well',
    file: 'firmware-emu/devices/hpet/hpet.ts',
    find: '!this.replacesLegacy || index > 1',
    replace: '!this.replacesLegacy || index > 2',
  },
  {
    name: 'a periodic comparator does not advance',
    file: 'firmware-emu/devices/hpet/timer.ts',
    find: '    if (this.periodic) this.comparator = (this.comparator + matches * step) & this.mask;\n',
    replace: '',
  },
  {
    name: 'a one-shot timer interrupts in one-shot mode only when level-triggered',
    file: 'firmware-emu/devices/hpet/timer.ts',
    find: '    else this.pulse();\n',
    replace: '',
  },
  {
    name: 'a disabled timer interrupts',
    file: 'firmware-emu/devices/hpet/timer.ts',
    find: 'this.line.set(this.active && this.interrupts && enabled);',
    replace: 'this.line.set(this.active && enabled);',
  },
  {
    name: 'SET_VALUE is ignored',
    file: 'firmware-emu/devices/hpet/timer.ts',
    find: 'this.setLow = (value & TimerConfiguration.SET_VALUE) != 0;',
    replace: 'this.setLow = false;',
  },
  {
    name: '32-bit mode compares 64 bits',
    file: 'firmware-emu/devices/hpet/timer.ts',
    find: '(this.configuration & TimerConfiguration.WIDTH_32) != 0 ? LOW_HALF : NEVER;',
    replace: 'NEVER;',
  },
  {
    name: 'edge mode leaves the level active',
    file: 'firmware-emu/devices/hpet/timer.ts',
    find: '    if ((value & TimerConfiguration.LEVEL) == 0) this.active = false;\n',
    replace: '',
  },
];
