import { BytePorts } from '../byte-ports';
import { ClockRate } from '../clock-rate';
import type { ReferenceEnvironment } from '../contract';
import { Counter } from './counter';

/** The PC's counter clock: a third of the colour subcarrier's 14.31818 MHz oscillator over four, in Hz. */
export const PIT_HERTZ = 1_193_182;

const CONTROL_PORT = 0x43;
/** [PIIX] "NMI Status and Control Register": gates counter 2, shows its OUT and the refresh toggle. */
const SYSTEM_PORT = 0x61;
const GATE_2 = 0x01;
const REFRESH_TOGGLE = 0x10;
const OUT_2 = 0x20;
/** Bits 3..0 of port 61h are read/write: gate, speaker data, SERR# and IOCHK# enables. */
const SYSTEM_WRITABLE = 0x0f;

const READ_BACK = 3;

/** The 8254 of a PC at 40h..43h with system control port 61h. Counter 0 drives the interrupt line; 1 stands for refresh. */
export class Pit8254 extends BytePorts {
  private readonly rate = new ClockRate(PIT_HERTZ);
  readonly counters: readonly Counter[];
  private clocks = 0;
  private system = 0;
  private refresh = false;

  constructor(
    private readonly environment: ReferenceEnvironment,
    private readonly irq: number,
  ) {
    super();
    this.counters = [
      new Counter((level) => environment.setIrq(irq, level)),
      new Counter((level) => {
        if (level) {
          this.refresh = !this.refresh;
        }
      }),
      new Counter(() => {}),
    ];
    this.reset();
  }

  /**
   * [8254] leaves the power-on state undefined. As on the usual PC every counter starts as a square wave of the
   * longest period.
   */
  reset(): void {
    this.clocks = this.rate.ticksAt(this.environment.now());
    this.system = 0;
    this.refresh = false;
    this.counters.forEach((counter, index) => {
      counter.setGate(index !== 2);
      counter.program(0x36);
      counter.writeByte(0);
      counter.writeByte(0);
      counter.advance(1);
    });
    this.environment.setIrq(this.irq, this.counters[0]!.out);
  }

  /** Level of a counter's GATE pin. On a PC only counter 2's moves, by port 61h; the others are tied high. */
  setGate(index: 0 | 1 | 2, level: boolean): void {
    this.counters[index]!.setGate(level);
  }

  /** Level of a counter's OUT pin as of now. */
  out(index: 0 | 1 | 2): boolean {
    this.advanceTo(this.environment.now());
    return this.counters[index]!.out;
  }

  advanceTo(ns: number): void {
    const clocks = this.rate.ticksAt(ns);
    const passed = clocks - this.clocks;
    this.clocks = clocks;
    if (passed > 0) {
      for (const counter of this.counters) {
        counter.advance(passed);
      }
    }
  }

  nextDeadline(): number | undefined {
    const quiet = this.counters[0]!.quietClocks();
    return Number.isFinite(quiet) ? this.rate.timeOf(this.clocks + quiet + 1) : undefined;
  }

  protected readByte(port: number): number {
    this.advanceTo(this.environment.now());
    if (port === SYSTEM_PORT) {
      return this.system | (this.refresh ? REFRESH_TOGGLE : 0) | (this.counters[2]!.out ? OUT_2 : 0);
    }
    // Reading the control port is "No-Operation (3-State)", [8254] figure 14: nothing drives the bus.
    return this.counters[port - 0x40]?.readByte() ?? 0xff;
  }

  protected writeByte(port: number, value: number): void {
    this.advanceTo(this.environment.now());
    if (port === SYSTEM_PORT) {
      this.system = value & SYSTEM_WRITABLE;
      this.setGate(2, (value & GATE_2) !== 0);
    } else if (port === CONTROL_PORT) {
      this.writeControl(value);
    } else {
      this.counters[port - 0x40]?.writeByte(value);
    }
  }

  private writeControl(value: number): void {
    const select = value >> 6;
    if (select === READ_BACK) {
      this.readBack(value);
    } else if ((value & 0x30) === 0) {
      this.counters[select]!.latchCount();
    } else {
      this.counters[select]!.program(value);
    }
  }

  /** Read-back command, [8254] figure 10: D5 low latches counts, D4 low latches status. D0 "must be 0" and is ignored. */
  private readBack(command: number): void {
    this.counters.forEach((counter, index) => {
      if ((command & (2 << index)) === 0) {
        return;
      }
      if ((command & 0x20) === 0) {
        counter.latchCount();
      }
      if ((command & 0x10) === 0) {
        counter.latchStatus();
      }
    });
  }
}
