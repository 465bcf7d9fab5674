import type { Mutant } from '../compile';

export const PM_MUTANTS: readonly Mutant[] = [
  {
    name: 'status bits clear by writing zero',
    file: 'firmware-emu/devices/pm/pm.ts',
    find: 'this.status &= ~bits;',
    replace: 'this.status &= bits;',
  },
  {
    name: 'reserved enables can be set',
    file: 'firmware-emu/devices/pm/pm.ts',
    find: '((this.enable & others) | bits) & PmEvent.ENABLES',
    replace: '(this.enable & others) | bits',
  },
  {
    name: 'a byte of the control register clears the other',
    file: 'firmware-emu/devices/pm/pm.ts',
    find: 'this.writeControl((this.control & others) | bits)',
    replace: 'this.writeControl(bits)',
  },
  {
    name: 'SLP_EN reads back',
    file: 'firmware-emu/devices/pm/registers.ts',
    find: 'KEPT: u32 = 0x1c03',
    replace: 'KEPT: u32 = 0x3c03',
  },
  {
    name: 'the timer has 23 bits',
    file: 'firmware-emu/devices/pm/registers.ts',
    find: 'PM_TIMER_MASK: u32 = 0x00ff_ffff',
    replace: 'PM_TIMER_MASK: u32 = 0x007f_ffff',
  },
  {
    name: 'TMR_STS only when the timer wraps',
    file: 'firmware-emu/devices/pm/registers.ts',
    find: 'PM_TIMER_HALF_SHIFT: u32 = 23',
    replace: 'PM_TIMER_HALF_SHIFT: u32 = 24',
  },
  {
    name: 'the SCI does not wait for SCI_EN',
    file: 'firmware-emu/devices/pm/pm.ts',
    find: 'const enabled = (this.control & PmControl.INTERRUPT) != 0 ? this.enable : 0;',
    replace: 'const enabled = this.enable;',
  },
  {
    name: 'no wake-up for the timer',
    file: 'firmware-emu/devices/pm/pm.ts',
    find: '    else this.timer.arm(this.oscillator.time(((this.tick >> PM_TIMER_HALF_SHIFT) + 1) << PM_TIMER_HALF_SHIFT));\n',
    replace: '',
  },
  {
    name: 'a sleep leaves no WAK_STS',
    file: 'firmware-emu/devices/pm/pm.ts',
    find: '    else this.status |= PmEvent.WAKE;\n',
    replace: '',
  },
  {
    name: 'the timer is a tick slow in a million',
    file: 'firmware-emu/devices/pm/registers.ts',
    find: 'PM_FREQUENCY: u64 = 3_579_545',
    replace: 'PM_FREQUENCY: u64 = 3_579_541',
  },
];
