import type { ReferenceDevice, ReferenceEnvironment } from '../../reference/contract';
import { InterruptWord } from './interrupt-word';
import type { Stimulus, UnderTest, Width } from './steps';

const NS_PER_SECOND = 1_000_000_000;

/** What a device's own test folder adds to the generic wiring. */
export interface ReferenceWiring<Device extends ReferenceDevice> {
  readonly name: string;
  /** Interrupt lines to watch, in the order of `UnderTest.interrupt`. */
  readonly lines: readonly number[];
  /** Bytes of guest memory for a bus master, 0 unless stated. */
  readonly memoryBytes?: number;
  create(environment: ReferenceEnvironment, sent: number[]): Device;
  stimulate?(device: Device, stimulus: Stimulus): void;
}

/** One device of the reference emulator on a bench: a clock, interrupt lines, a pile for what it sends. */
export class ReferenceSubject<Device extends ReferenceDevice> implements UnderTest {
  readonly name: string;
  readonly device: Device;
  /** Guest memory. */
  readonly memory: Uint8Array;
  protected time = 0;
  /** Changes of the interrupt line so far. */
  protected edges = 0;
  private readonly lines: InterruptWord;
  private readonly sent: number[] = [];

  constructor(private readonly wiring: ReferenceWiring<Device>) {
    this.name = wiring.name;
    this.memory = new Uint8Array(wiring.memoryBytes ?? 0);
    this.lines = new InterruptWord(wiring.lines.length);
    const environment: ReferenceEnvironment = {
      memory: this.memory,
      now: () => this.time,
      setIrq: (line, level) => {
        this.edges += this.lines.set(wiring.lines.indexOf(line), level) ? 1 : 0;
      },
    };
    this.device = wiring.create(environment, this.sent);
  }

  reset(): void {
    this.time = (Math.floor(this.time / NS_PER_SECOND) + 1) * NS_PER_SECOND;
    this.device.advanceTo(this.time);
    this.device.reset();
    this.sent.length = 0;
  }

  read(port: number, width: Width): number {
    return this.device.read(port, width);
  }

  write(port: number, width: Width, value: number): void {
    this.device.write(port, width, value);
  }

  advance(ns: number): void {
    this.time += ns;
    this.device.advanceTo(this.time);
  }

  stimulate(stimulus: Stimulus): void {
    if (stimulus.kind === 'reset') {
      this.device.reset();
      return;
    }
    if (this.wiring.stimulate === undefined) {
      throw new Error(`${this.name} takes no ${stimulus.kind}`);
    }
    this.wiring.stimulate(this.device, stimulus);
  }

  interrupt(): number {
    return this.lines.take();
  }

  takeOutput(into: number[]): void {
    for (const byte of this.sent.splice(0)) {
      into.push(byte);
    }
  }
}

/**
 * Lets time pass as a machine does that sleeps until the device's next deadline, and throws if the interrupt line
 * moves at any other time.
 */
export class DeadlineSubject<Device extends ReferenceDevice> extends ReferenceSubject<Device> {
  override advance(ns: number): void {
    const end = this.time + ns;
    for (let due = this.device.nextDeadline(); due !== undefined && due <= end; due = this.device.nextDeadline()) {
      if (due <= this.time) {
        throw new Error(`${this.name}: a deadline at ${due} ns when it is ${this.time} ns`);
      }
      this.passQuietly(due - 1);
      super.advance(due - this.time);
    }
    this.passQuietly(end);
  }

  private passQuietly(until: number): void {
    const edges = this.edges;
    super.advance(until - this.time);
    if (this.edges !== edges) {
      throw new Error(`${this.name}: the interrupt line moved before ${this.time} ns, without a deadline`);
    }
  }
}
