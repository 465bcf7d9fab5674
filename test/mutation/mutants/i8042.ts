import type { Mutant } from '../compile';

export const I8042_MUTANTS: readonly Mutant[] = [
  {
    name: 'reading data leaves the buffer full',
    file: 'firmware-emu/devices/i8042/i8042.ts',
    find: '    this.status &= ~(Status.OUTPUT_FULL | Status.AUXILIARY | Status.TIMEOUT);\n    this.sync();\n    return value;',
    replace: '    this.sync();\n    return value;',
  },
  {
    name: 'data writes do not show in the status',
    file: 'firmware-emu/devices/i8042/i8042.ts',
    find: '    this.status &= ~Status.COMMAND;\n    const command',
    replace: '    const command',
  },
  {
    name: 'the self test leaves the system flag',
    file: 'firmware-emu/devices/i8042/i8042.ts',
    find: '        this.status |= Status.SYSTEM;\n',
    replace: '',
  },
  {
    name: 'the command byte does not reach the system flag',
    file: 'firmware-emu/devices/i8042/i8042.ts',
    find: '        this.status = (this.status & ~Status.SYSTEM) | (value & CommandByte.SYSTEM);\n',
    replace: '',
  },
  {
    name: 'a command leaves an earlier one waiting for its parameter',
    file: 'firmware-emu/devices/i8042/i8042.ts',
    find: '    this.expecting = NO_COMMAND;\n    if (value >= Command.PULSE)',
    replace: '    if (value >= Command.PULSE)',
  },
  {
    name: 'no interrupt',
    file: 'firmware-emu/devices/i8042/i8042.ts',
    find: 'this.line.set(ready &&',
    replace: 'this.line.set(false && ready &&',
  },
  {
    name: 'interrupts without being enabled',
    file: 'firmware-emu/devices/i8042/i8042.ts',
    find: ' && (this.commandByte & CommandByte.KEYBOARD_INTERRUPT) != 0);',
    replace: ');',
  },
  {
    name: 'one interrupt for several bytes',
    file: 'firmware-emu/devices/i8042/i8042.ts',
    find: '    if (!full) this.line.set(false);\n',
    replace: '',
  },
  {
    name: 'a disabled keyboard sends',
    file: 'firmware-emu/devices/i8042/i8042.ts',
    find: 'if (!full && !disabled &&',
    replace: 'if (!full &&',
  },
  {
    name: 'writing to the keyboard does not enable it',
    file: 'firmware-emu/devices/i8042/i8042.ts',
    find: '    this.commandByte &= ~CommandByte.KEYBOARD_DISABLED;\n    this.keyboard',
    replace: '    this.keyboard',
  },
  {
    name: 'the output port hides the full buffer',
    file: 'firmware-emu/devices/i8042/i8042.ts',
    find: 'this.outputPort | ((this.status & Status.OUTPUT_FULL) != 0 ? OutputPort.OUTPUT_FULL : 0)',
    replace: 'this.outputPort',
  },
  {
    name: 'pulses reset the wrong way round',
    file: 'firmware-emu/devices/i8042/i8042.ts',
    find: 'if ((command & OutputPort.RUN) == 0) this.machine.reset();',
    replace: 'if ((command & OutputPort.RUN) != 0) this.machine.reset();',
  },
  {
    name: 'address line 20 the wrong way round',
    file: 'firmware-emu/devices/i8042/i8042.ts',
    find: '(value & OutputPort.ADDRESS_LINE_20) != 0',
    replace: '(value & OutputPort.ADDRESS_LINE_20) == 0',
  },
  {
    name: 'identification without acknowledge',
    file: 'firmware-emu/devices/i8042/keyboard.ts',
    find: '  private identify(): void {\n    this.queue(KeyboardAnswer.ACKNOWLEDGE);',
    replace: '  private identify(): void {',
  },
  {
    name: 'RESEND repeats a RESEND',
    file: 'firmware-emu/devices/i8042/keyboard.ts',
    find: 'if (value != KeyboardAnswer.RESEND) this.lastSent',
    replace: 'this.lastSent',
  },
  {
    name: 'a command in place of an option is one',
    file: 'firmware-emu/devices/i8042/keyboard.ts',
    find: 'command != NO_COMMAND && value < KeyboardCommand.SET_LEDS',
    replace: 'command != NO_COMMAND',
  },
  {
    name: 'scan code set 4 exists',
    file: 'firmware-emu/devices/i8042/keyboard.ts',
    find: 'LAST_SCAN_CODE_SET: u32 = 3',
    replace: 'LAST_SCAN_CODE_SET: u32 = 4',
  },
  {
    name: 'enabling keeps what waits',
    file: 'firmware-emu/devices/i8042/keyboard.ts',
    find: '        this.count = 0; // "clears its output buffer, and starts scanning"\n',
    replace: '',
  },
  {
    name: 'a reset keeps the scan code set',
    file: 'firmware-emu/devices/i8042/keyboard.ts',
    find: '    this.scanCodeSet = DEFAULT_SCAN_CODE_SET;\n',
    replace: '',
  },
  {
    name: 'the buffer has room for fifteen',
    file: 'firmware-emu/devices/i8042/keyboard.ts',
    find: 'if (this.count == BUFFER_SIZE)',
    replace: 'if (this.count == BUFFER_SIZE - 1)',
  },
];
