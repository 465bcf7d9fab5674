import type { Mutant } from '../compile';

export const RTC_MUTANTS: readonly Mutant[] = [
  {
    name: 'reading C keeps the flags',
    file: 'firmware-emu/devices/rtc/rtc.ts',
    find: '    this.flags = 0;\n    this.sync();\n    return flags;',
    replace: '    this.sync();\n    return flags;',
  },
  {
    name: 'C does not show IRQF',
    file: 'firmware-emu/devices/rtc/rtc.ts',
    find: 'this.interrupts ? this.flags | RegisterC.INTERRUPT : this.flags',
    replace: 'this.flags',
  },
  {
    name: 'SET keeps the update interrupt enable',
    file: 'firmware-emu/devices/rtc/rtc.ts',
    find: 'setting ? value & ~RegisterB.UPDATE_ENABLE : value',
    replace: 'value',
  },
  {
    name: 'the first update comes after a second',
    file: 'firmware-emu/devices/rtc/rtc.ts',
    find: 'this.tick + FIRST_UPDATE_TICKS - TICKS_PER_SECOND',
    replace: 'this.tick',
  },
  {
    name: 'UIP can be written',
    file: 'firmware-emu/devices/rtc/rtc.ts',
    find: 'value & ~RegisterA.UPDATE_IN_PROGRESS',
    replace: 'value',
  },
  {
    name: 'UIP is up too early',
    file: 'firmware-emu/devices/rtc/rtc.ts',
    find: 'phase >= TICKS_PER_SECOND - UPDATE_TICKS',
    replace: 'phase >= TICKS_PER_SECOND - 400 * UPDATE_TICKS',
  },
  {
    name: 'periods are twice as long',
    file: 'firmware-emu/devices/rtc/rtc.ts',
    find: 'rate <= 2 ? rate + 6 : rate - 1',
    replace: 'rate <= 2 ? rate + 6 : rate',
  },
  {
    name: 'rates 1 and 2 are the fastest',
    file: 'firmware-emu/devices/rtc/rtc.ts',
    find: 'rate <= 2 ? rate + 6 : rate - 1',
    replace: 'rate - 1',
  },
  {
    name: 'time goes on while SET is set',
    file: 'firmware-emu/devices/rtc/rtc.ts',
    find: 'if (seconds != 0 && !this.set) this.update(seconds);',
    replace: 'if (seconds != 0) this.update(seconds);',
  },
  {
    name: 'no alarm flag',
    file: 'firmware-emu/devices/rtc/rtc.ts',
    find: '    if (<u64>this.calendar.untilAlarm() <= seconds) this.flags |= RegisterC.ALARM;\n',
    replace: '',
  },
  {
    name: 'no update-ended flag',
    file: 'firmware-emu/devices/rtc/rtc.ts',
    find: '    this.flags |= RegisterC.UPDATE;\n',
    replace: '',
  },
  {
    name: 'NMI mask is an address bit',
    file: 'firmware-emu/devices/rtc/rtc.ts',
    find: 'value & (RTC_BYTES - 1);',
    replace: 'value & 0xff & (value > 0x7f ? 0 : 0xff);',
  },
  {
    name: 'a reset of the machine empties the RAM',
    file: 'firmware-emu/wiring/rtc.ts',
    find: 'if (rtc.valid) {',
    replace: 'if (false) {',
  },
  {
    name: 'a reset of the machine keeps the flags',
    file: 'firmware-emu/devices/rtc/rtc.ts',
    find: '    this.advance();\n    this.flags = 0;\n    this.sync();\n  }\n\n  /** Time',
    replace: '    this.advance();\n    this.sync();\n  }\n\n  /** Time',
  },
  {
    name: 'a reset of the machine keeps the enables',
    file: 'firmware-emu/devices/rtc/registers.ts',
    find: 'KEPT_IN_RESET: u32 = 0x87',
    replace: 'KEPT_IN_RESET: u32 = 0xff',
  },
  {
    name: 'a reset of the machine stops the clock',
    file: 'firmware-emu/devices/rtc/rtc.ts',
    find: 'KEPT_IN_RESET);\n    this.advance();\n',
    replace: 'KEPT_IN_RESET);\n    this.tick = this.oscillator.ticks(this.clock.now());\n',
  },
];
