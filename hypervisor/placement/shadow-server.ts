import { SPACE_PORT } from '../abi/frame';
import { PAGE_SHIFT, SHADOW_PAGE } from '../abi/layout';
import {
  SHADOW_ALTERNATE_STATUS,
  SHADOW_HPET_OFFSET,
  SHADOW_HPET_PERIOD,
  SHADOW_HPET_VALID,
  SHADOW_IDE,
  SHADOW_UARTS,
  SHADOW_VALID,
} from '../abi/shadow';
import type { VmExit } from '../abi/vcpu';
import type { VirtualClock } from '../time/clock';
import type { CostModel } from '../time/cost-model';
import { Counter, type Counters } from '../trace/counters';
import type { Charges } from './charges';
import type { IoServer } from './io-server';
import { shortcut } from './placements';

/** COM1-COM4 and the IDE channels: first port, and where the entries of its registers begin ([PIIX3], IBM PC/AT). */
const SHADOWED: readonly (readonly [port: number, registers: number, offset: number])[] = [
  ...[0x3f8, 0x2f8, 0x3e8, 0x2e8].map((port, com) => [port, 8, SHADOW_UARTS + com * 32] as const),
  ...[0x1f0, 0x170].map((port, channel) => [port, 8, SHADOW_IDE + channel * 64] as const),
  ...[0x3f6, 0x376].map((port, channel) => [port, 1, SHADOW_IDE + channel * 64 + SHADOW_ALTERNATE_STATUS * 4] as const),
];
const HPET_PAGE = 0xfed00000 >>> PAGE_SHIFT;
/** The main counter's halves ([HPET] 2.3.7). */
const HPET_COUNTER_LOW = 0xf0;
const HPET_COUNTER_HIGH = 0xf4;
const TWO_32 = 2 ** 32;
const NO_VALUE = -1;

/** Answers reads that have no side effect from the shadow page; everything else goes to the firmware. */
export class ShadowServer implements IoServer {
  /** Word of each port's entry, zero for none. */
  private readonly entries = new Uint32Array(0x10000);
  private readonly charges: Charges;

  constructor(
    private readonly firmware: IoServer,
    private readonly words: Int32Array,
    private readonly clock: VirtualClock,
    private readonly counters: Counters,
    cost: CostModel,
  ) {
    this.charges = shortcut(cost);
    for (const [port, registers, offset] of SHADOWED) {
      for (let register = 0; register < registers; register++) {
        this.entries[port + register] = (SHADOW_PAGE + offset + register * 4) >>> 2;
      }
    }
  }

  read(device: number, space: number, address: number, width: number): number {
    const value = space === SPACE_PORT ? this.register(address, width) : this.counter(address, width);
    if (value === NO_VALUE) return this.firmware.read(device, space, address, width);
    this.counters.add(device, Counter.SHADOW_READS);
    this.clock.chargeAll(this.charges);
    return value;
  }

  write(device: number, space: number, address: number, width: number, value: number): boolean {
    return this.firmware.write(device, space, address, width, value);
  }

  string(device: number, exit: VmExit, count: number): number {
    return this.firmware.string(device, exit, count);
  }

  event(pending: number): void {
    this.firmware.event(pending);
  }

  timer(due: number): void {
    this.firmware.timer(due);
  }

  private register(port: number, width: number): number {
    const entry = this.entries[port]!;
    if (entry === 0 || width !== 1) return NO_VALUE;
    const word = this.words[entry]!;
    return (word & SHADOW_VALID) === 0 ? NO_VALUE : word & 0xff;
  }

  /** A half of the HPET's counter: the time it is now in ticks, plus the offset. */
  private counter(address: number, width: number): number {
    const half = address & 0xfff;
    if (address >>> PAGE_SHIFT !== HPET_PAGE || width !== 4) return NO_VALUE;
    if (half !== HPET_COUNTER_LOW && half !== HPET_COUNTER_HIGH) return NO_VALUE;
    const period = this.word(SHADOW_HPET_PERIOD);
    if (this.word(SHADOW_HPET_VALID) === 0 || period === 0) return NO_VALUE;
    const ticks = Math.floor(this.clock.now / period);
    const low = (ticks % TWO_32) + this.word(SHADOW_HPET_OFFSET);
    if (half === HPET_COUNTER_LOW) return low % TWO_32;
    return (Math.floor(ticks / TWO_32) + this.word(SHADOW_HPET_OFFSET + 4) + (low >= TWO_32 ? 1 : 0)) % TWO_32;
  }

  private word(offset: number): number {
    return this.words[(SHADOW_PAGE + offset) >> 2]! >>> 0;
  }
}
