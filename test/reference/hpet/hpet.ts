import type { AccessWidth, ReferenceDevice, ReferenceEnvironment } from '../contract';
import { HpetTimer } from './timer';

/** Where a PC has it. */
export const HPET_BASE = 0xfed0_0000;
const TICK_NS = 10;
const TIMERS = 3;

/** Registers, [HPET] 2.3. */
const Register = {
  Capabilities: 0x00,
  Period: 0x04,
  Configuration: 0x10,
  Status: 0x20,
  Counter: 0xf0,
  CounterHigh: 0xf4,
} as const;
const FIRST_TIMER = 0x100;
const TIMER_BYTES = 0x20;

/** Intel, legacy replacement, 64-bit counter, three timers, revision 1. */
const CAPABILITIES = 0x8086_a201;
const PERIOD_FEMTOSECONDS = TICK_NS * 1_000_000;
const ENABLE = 1;
const LEGACY_REPLACEMENT = 2;

/** Lines that timers 0 and 1 take over from 8254 and RTC under legacy replacement. */
const LEGACY_LINES = [0, 8] as const;
/** The I/O APIC's input 2 and nothing else, as on PCs with a PIIX. */
const DEFAULT_ROUTES = 0x0000_0004;

/** HPET with three comparators and a 100 MHz counter. Only aligned 32-bit accesses are decoded. */
export class Hpet implements ReferenceDevice {
  private readonly timers: readonly HpetTimer[];
  private configuration = 0;
  /** Counter value when it was last set, started or stopped, and when that was. */
  private base = 0n;
  private since = 0;
  /** Ticks since then that the timers have seen. */
  private ticks = 0;
  private readonly driven = new Set<number>();

  constructor(
    private readonly environment: ReferenceEnvironment,
    routes = DEFAULT_ROUTES,
  ) {
    this.timers = Array.from({ length: TIMERS }, () => new HpetTimer(routes));
  }

  reset(): void {
    this.configuration = 0;
    this.base = 0n;
    this.since = this.environment.now();
    this.ticks = 0;
    for (const timer of this.timers) {
      timer.reset();
    }
    this.sync();
  }

  /** Timers 0 and 1 have taken the interrupts of 8254 and RTC over. */
  get legacyReplacement(): boolean {
    return (this.configuration & LEGACY_REPLACEMENT) !== 0;
  }

  /** Some timer's match is ahead, behind a wrap of the counter's lower half. */
  get matchesAfterWrap(): boolean {
    return this.timers.some((timer) => timer.matchesAfterWrap(this.counter));
  }

  private get enabled(): boolean {
    return (this.configuration & ENABLE) !== 0;
  }

  private get counter(): bigint {
    return (this.base + BigInt(this.ticks)) & 0xffff_ffff_ffff_ffffn;
  }

  advanceTo(ns: number): void {
    if (!this.enabled) {
      return;
    }
    const ticks = Math.floor((ns - this.since) / TICK_NS);
    const passed = ticks - this.ticks;
    const before = this.counter;
    this.ticks = ticks;
    if (passed > 0) {
      this.timers.forEach((timer, index) => {
        if (timer.advance(before, BigInt(passed))) {
          this.fire(timer, index);
        }
      });
      this.sync();
    }
  }

  private fire(timer: HpetTimer, index: number): void {
    if (timer.level) {
      timer.active = true;
    } else if (timer.interruptEnabled) {
      this.pulse(this.lineOf(index));
    }
  }

  /** Only level-triggered timers can share a line, 2.3.8 Tn_INT_TYPE_CNF: a pulse on one that is held high is lost. */
  private pulse(line: number): void {
    if (!this.driven.has(line)) {
      this.environment.setIrq(line, true);
      this.environment.setIrq(line, false);
    }
  }

  private lineOf(index: number): number {
    return this.legacyReplacement && index < LEGACY_LINES.length ? LEGACY_LINES[index]! : this.timers[index]!.route;
  }

  /** Level-triggered lines follow the status bits of the timers that are routed to them. */
  private sync(): void {
    const high = new Set<number>();
    this.timers.forEach((timer, index) => {
      if (this.enabled && timer.active && timer.interruptEnabled) {
        high.add(this.lineOf(index));
      }
    });
    for (const line of this.driven) {
      if (!high.has(line)) {
        this.environment.setIrq(line, false);
      }
    }
    this.driven.clear();
    for (const line of high) {
      this.environment.setIrq(line, true);
      this.driven.add(line);
    }
  }

  nextDeadline(): number | undefined {
    if (!this.enabled) {
      return undefined;
    }
    let first: bigint | undefined;
    for (const timer of this.timers) {
      const ticks = timer.ticksToMatch(this.counter);
      if (timer.interruptEnabled && !timer.active && (first === undefined || ticks < first)) {
        first = ticks;
      }
    }
    const due = first === undefined ? undefined : this.since + (this.ticks + Number(first)) * TICK_NS;
    return due !== undefined && Number.isSafeInteger(due) ? due : undefined;
  }

  read(address: number, width: AccessWidth): number {
    const offset = address - HPET_BASE;
    if (width !== 4 || offset & 3) {
      return 2 ** (8 * width) - 1;
    }
    this.advanceTo(this.environment.now());
    if (offset >= FIRST_TIMER) {
      const index = (offset - FIRST_TIMER) / TIMER_BYTES;
      return this.timers[Math.floor(index)]?.read(offset % TIMER_BYTES) ?? 0;
    }
    return this.readGeneral(offset);
  }

  private readGeneral(offset: number): number {
    switch (offset) {
      case Register.Capabilities:
        return CAPABILITIES;
      case Register.Period:
        return PERIOD_FEMTOSECONDS;
      case Register.Configuration:
        return this.configuration;
      case Register.Status:
        return this.timers.reduce((status, timer, index) => status | (timer.active ? 1 << index : 0), 0);
      case Register.Counter:
        return Number(this.counter & 0xffff_ffffn);
      case Register.CounterHigh:
        return Number(this.counter >> 32n);
      default:
        return 0;
    }
  }

  write(address: number, width: AccessWidth, value: number): void {
    const offset = address - HPET_BASE;
    if (width !== 4 || offset & 3) {
      return;
    }
    this.advanceTo(this.environment.now());
    if (offset >= FIRST_TIMER) {
      this.timers[Math.floor((offset - FIRST_TIMER) / TIMER_BYTES)]?.write(offset % TIMER_BYTES, value);
    } else {
      this.writeGeneral(offset, value);
    }
    this.sync();
  }

  private writeGeneral(offset: number, value: number): void {
    switch (offset) {
      case Register.Configuration:
        this.rebase(this.counter);
        this.configuration = value & (ENABLE | LEGACY_REPLACEMENT);
        break;
      case Register.Status:
        this.acknowledge(value);
        break;
      case Register.Counter:
        this.setCounter((this.counter & ~0xffff_ffffn) | BigInt(value));
        break;
      case Register.CounterHigh:
        this.setCounter((this.counter & 0xffff_ffffn) | (BigInt(value) << 32n));
        break;
    }
  }

  private acknowledge(bits: number): void {
    this.timers.forEach((timer, index) => {
      timer.active &&= (bits & (1 << index)) === 0;
    });
  }

  /** 2.3.7: the counter is to be written only while it is halted; a write while it runs is ignored. */
  private setCounter(value: bigint): void {
    if (!this.enabled) {
      this.rebase(value);
    }
  }

  private rebase(counter: bigint): void {
    this.base = counter;
    this.since = this.environment.now();
    this.ticks = 0;
  }
}
