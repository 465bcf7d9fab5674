import type { MachineConfig } from '../../hypervisor/config';
import { LEAST_LATENCY } from '../../hypervisor/domain0/domain0';
import { PicPair } from '../../hypervisor/interrupt/pic-pair';
import type { SerialCharacter, Stimulus, UnderTest, Width } from './device-program/steps';
import { FirmwareDevice } from './firmware-device';

const NS_PER_SECOND = 1_000_000_000;

/** How a character with something wrong about it reaches the firmware's UART, if it can. */
export type CharacterBytes = (character: SerialCharacter) => readonly number[];

export interface FirmwareSubjectOptions {
  /** Interrupt line to observe. */
  readonly line: number;
  /** HPET and other memory-mapped devices are read and written at guest-physical addresses. */
  readonly space?: 'port' | 'memory';
  readonly config?: Partial<MachineConfig>;
  readonly characterBytes?: CharacterBytes;
}

/** One of the firmware's devices on the bench for operation programs, behind a real platform without a processor. */
export class FirmwareSubject implements UnderTest {
  readonly name = 'firmware';
  private readonly sent: number[] = [];
  private readonly device: FirmwareDevice;
  private seenEdges = 0;

  private constructor(
    private readonly options: FirmwareSubjectOptions,
    firmware: WebAssembly.Module,
  ) {
    const uart = { model: 3, sink: (byte: number) => this.sent.push(byte), lineRate: false, lossy: false };
    this.device = new FirmwareDevice(firmware, { uarts: [uart], ...options.config });
  }

  /** @param firmware the binary to test: `firmwareModule()`, or one with a planted fault */
  static create(firmware: WebAssembly.Module, options: FirmwareSubjectOptions): FirmwareSubject {
    return new FirmwareSubject(options, firmware);
  }

  reset(): void {
    const { platform } = this.device;
    platform.reset();
    const { now } = platform.clock;
    platform.clock.idleUntil((Math.floor(now / NS_PER_SECOND) + 1) * NS_PER_SECOND);
    platform.reset();
    this.device.lines.fill(0);
    this.device.edges.length = this.seenEdges = this.sent.length = 0;
  }

  read(port: number, width: Width): number {
    const value = this.options.space === 'memory' ? this.device.readMemory(port, width) : this.device.read(port, width);
    this.device.advance(0);
    return value;
  }

  write(port: number, width: Width, value: number): void {
    if (this.options.space === 'memory') this.device.writeMemory(port, value, width);
    else this.device.write(port, value, width);
    this.device.advance(0);
  }

  advance(ns: number): void {
    this.device.advance(ns);
  }

  stimulate(stimulus: Stimulus): void {
    if (stimulus.kind !== 'character') throw new Error(`the firmware takes no ${stimulus.kind}`);
    const bytes = this.options.characterBytes?.(stimulus.character) ?? [stimulus.character.value];
    this.device.receive(0, Uint8Array.from(bytes));
  }

  interrupt(): number {
    const { edges } = this.device;
    const rise = this.options.line + 1;
    const rose = edges.indexOf(rise, this.seenEdges) >= 0;
    edges.length = this.seenEdges = 0;
    return this.device.irq(this.options.line) | (rose ? 2 : 0);
  }

  takeOutput(into: number[]): void {
    this.device.advance(LEAST_LATENCY);
    into.push(...this.sent.splice(0));
  }
}

/** The hypervisor's interrupt controller on the bench. */
export class PicSubject implements UnderTest {
  readonly name = 'hypervisor';
  private pic = new PicPair();
  private rose = false;
  private before = false;

  reset(): void {
    this.pic = new PicPair();
    this.rose = this.before = false;
  }

  read(port: number, width: Width): number {
    if (width !== 1) throw new RangeError('the interrupt controller is read byte by byte');
    const value = this.pic.read(port);
    this.note();
    return value;
  }

  write(port: number, width: Width, value: number): void {
    if (width !== 1) throw new RangeError('the interrupt controller is written byte by byte');
    this.pic.write(port, value);
    this.note();
  }

  advance(): void {}

  stimulate(stimulus: Stimulus): void {
    if (stimulus.kind !== 'input') throw new Error(`an interrupt controller takes no ${stimulus.kind}`);
    this.pic.setLine(stimulus.line, stimulus.level);
    this.note();
  }

  interrupt(): number {
    const word = (this.pic.asserted ? 1 : 0) | (this.rose ? 2 : 0);
    this.rose = false;
    return word;
  }

  takeOutput(): void {}

  private note(): void {
    this.rose ||= this.pic.asserted && !this.before;
    this.before = this.pic.asserted;
  }
}
