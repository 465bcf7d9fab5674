/**
 * The one view that the conformance tables and the operation programs have of a PC's IDE subsystem, whoever provides
 * it: the reference emulator, QEMU, or the firmware behind an adapter.
 */

export type Awaitable<T> = T | Promise<T>;
export type Width = 1 | 2 | 4;

/** One thing that a guest (or time) does. Every `in`, `ins` element and `settle` yields one observed value. */
export type Step =
  | { readonly kind: 'in'; readonly port: number; readonly width: Width }
  | { readonly kind: 'out'; readonly port: number; readonly width: Width; readonly value: number }
  /** `count` accesses to one port, as REP INS does. */
  | { readonly kind: 'ins'; readonly port: number; readonly width: Width; readonly count: number }
  /** `count` accesses to one port, as REP OUTS does; element i is `dataElement(seed, i)` cut to the width. */
  | {
      readonly kind: 'outs';
      readonly port: number;
      readonly width: Width;
      readonly count: number;
      readonly seed: number;
    }
  /** The guest's CPU writes its own memory. */
  | { readonly kind: 'store'; readonly address: number; readonly bytes: Uint8Array }
  /** Virtual time goes on; no request to a medium completes because of that. */
  | { readonly kind: 'advance'; readonly ns: number }
  /**
   * Requests to media complete until nothing more is outstanding, on the channels whose bit is set in `channels`
   * (bit 0 primary, bit 1 secondary). Yields the interrupt lines: bit 0 is IRQ 14, bit 1 is IRQ 15.
   */
  | { readonly kind: 'settle'; readonly channels: number };

export const BOTH_CHANNELS = 3;

/** Element `index` of the data that an `outs` step with this seed writes: 32 bits, cut to the access width. */
export function dataElement(seed: number, index: number): number {
  const mixed = Math.imul((seed ^ Math.imul(index + 1, 0x9e3779b1)) >>> 0, 0x85ebca6b);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}

/** Everything a program's steps yielded, in order. Grows by doubling, is reused, so a long run allocates nothing. */
export class Observations {
  values = new Uint32Array(1024);
  length = 0;

  push(value: number): void {
    if (this.length === this.values.length) {
      const larger = new Uint32Array(this.length * 2);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.length++] = value;
  }

  clear(): void {
    this.length = 0;
  }
}

/** How many observations one step yields. */
export function observationCount(step: Step): number {
  switch (step.kind) {
    case 'in':
    case 'settle':
      return 1;
    case 'ins':
      return step.count;
    default:
      return 0;
  }
}

export interface IdeUnderTest {
  readonly name: string;
  /** Runs the steps and appends what they yield. */
  run(steps: readonly Step[], seen: Observations): Awaitable<void>;
  /** Guest memory as DMA has left it. */
  readMemory(address: number, length: number): Awaitable<Uint8Array>;
  /** The whole medium in a slot. It stays valid only until the next call of anything. */
  image(slot: number): Awaitable<Uint8Array>;
  /**
   * As after power-on with BIOS set-up: hard reset, media at their initial contents, the test window of guest memory
   * zero, bus-master registers at `BUS_MASTER_BASE` and enabled, transfer modes and SMART at their defaults.
   */
  restart(): Awaitable<void>;
  close(): Awaitable<void>;
}

/** What a synchronous implementation provides; `runSteps` makes an `IdeUnderTest.run` of it. */
export interface SynchronousIde {
  in(port: number, width: Width): number;
  out(port: number, width: Width, value: number): void;
  store(address: number, bytes: Uint8Array): void;
  advance(ns: number): void;
  /** As the `settle` step; gives the interrupt lines. */
  settle(channels: number): number;
}

const WIDTH_MASK = { 1: 0xff, 2: 0xffff, 4: 0xffffffff } as const;

/** `value` cut to an access width, as an unsigned number. */
export function cut(value: number, width: Width): number {
  return (value & WIDTH_MASK[width]) >>> 0;
}

export function runSteps(ide: SynchronousIde, steps: readonly Step[], seen: Observations): void {
  for (let index = 0; index < steps.length; index++) {
    const step = steps[index];
    switch (step.kind) {
      case 'in':
        seen.push(ide.in(step.port, step.width));
        break;
      case 'out':
        ide.out(step.port, step.width, step.value);
        break;
      case 'ins':
        for (let i = 0; i < step.count; i++) seen.push(ide.in(step.port, step.width));
        break;
      case 'outs':
        for (let i = 0; i < step.count; i++) ide.out(step.port, step.width, cut(dataElement(step.seed, i), step.width));
        break;
      case 'store':
        ide.store(step.address, step.bytes);
        break;
      case 'advance':
        ide.advance(step.ns);
        break;
      case 'settle':
        seen.push(ide.settle(step.channels));
        break;
    }
  }
}
