import type { Mutant } from '../compile';

export const PIT_MUTANTS: readonly Mutant[] = [
  {
    name: 'counter 2 keeps counting with GATE low',
    file: 'firmware-emu/devices/pit/pit.ts',
    find: '    this.counter(2).setGate((value & SystemControl.GATE_2) != 0);\n',
    replace: '',
  },
  {
    name: 'port 61h does not show OUT 2',
    file: 'firmware-emu/devices/pit/pit.ts',
    find: '(this.counter(2).out ? SystemControl.OUT_2 : 0)',
    replace: '0',
  },
  {
    name: 'the read-back command latches count for status',
    file: 'firmware-emu/devices/pit/pit.ts',
    find: 'if ((value & ReadBack.NO_STATUS) == 0) this.counter(index).latchStatus();',
    replace: 'if ((value & ReadBack.NO_COUNT) == 0) this.counter(index).latchStatus();',
  },
  {
    name: 'the read-back command selects one counter too far',
    file: 'firmware-emu/devices/pit/pit.ts',
    find: '(ReadBack.COUNTER_0 << index)',
    replace: '(ReadBack.COUNTER_0 >> index)',
  },
  {
    name: 'the line is not driven with OUT 0',
    file: 'firmware-emu/devices/pit/pit.ts',
    find: 'this.line.set(counter.out && !this.replaced);',
    replace: 'this.line.set(!counter.out && !this.replaced);',
  },
  {
    name: 'a lost wake-up',
    file: 'firmware-emu/devices/pit/pit.ts',
    find: 'this.wakeTick = min(this.nextEdge, counter.nextLoad);',
    replace: 'this.wakeTick = this.nextEdge;',
  },
  {
    name: 'odd counts have short high halves',
    file: 'firmware-emu/devices/pit/counter.ts',
    find: 'return (this.period + 1) >> 1;',
    replace: 'return this.period >> 1;',
  },
  {
    name: 'mode 3 counts by one',
    file: 'firmware-emu/devices/pit/counter.ts',
    find: 'return (this.period & ~1) - 2 * half;',
    replace: 'return this.period - half;',
  },
  {
    name: 'mode 2 is low for two clocks',
    file: 'firmware-emu/devices/pit/counter.ts',
    find: 'return !this.running || this.phase(this.tick) != this.period - 1;',
    replace: 'return !this.running || this.phase(this.tick) < this.period - 2;',
  },
  {
    name: 'a count of zero is zero',
    file: 'firmware-emu/devices/pit/counter.ts',
    find: 'return encoded == 0 ? 0x10000 : encoded;',
    replace: 'return encoded;',
  },
  {
    name: 'BCD wraps to FFFFh',
    file: 'firmware-emu/devices/pit/counter.ts',
    find: '? 10_000 : 0x10000;\n    const passed',
    replace: '? 0x10000 : 0x10000;\n    const passed',
  },
  {
    name: 'null count is never set',
    file: 'firmware-emu/devices/pit/counter.ts',
    find: '(this.pending ? Status.NULL_COUNT : 0)',
    replace: '0',
  },
  {
    name: 'latching again overwrites what is latched',
    file: 'firmware-emu/devices/pit/counter.ts',
    find: '    if (this.countLatched) return;\n',
    replace: '',
  },
  {
    name: 'a control word keeps what is latched',
    file: 'firmware-emu/devices/pit/counter.ts',
    find: '    this.countLatched = false;\n    this.statusLatched = false;\n    this.loadTick',
    replace: '    this.loadTick',
  },
  {
    name: 'a new count in mode 2 is loaded at once',
    file: 'firmware-emu/devices/pit/counter.ts',
    find: 'this.loadTick = this.boundary(this.tick);',
    replace: 'this.loadTick = this.tick + 1;',
  },
  {
    name: 'the first byte of a count does not stop mode 0',
    file: 'firmware-emu/devices/pit/counter.ts',
    find: '    if (this.mode == Mode.INTERRUPT_ON_TERMINAL_COUNT) this.halt();\n  }\n\n  // Counting',
    replace: '  }\n\n  // Counting',
  },
  {
    name: 'the trigger of mode 1 comes a clock late',
    file: 'firmware-emu/devices/pit/counter.ts',
    find: 'if (this.written) this.loadTick = this.tick + 1;',
    replace: 'if (this.written) this.loadTick = this.tick + 2;',
  },
];
