import type { MachineConfig, UartConfig } from '../../hypervisor/config';
import { FIRST_CONSOLE_PORT, Slot } from '../../hypervisor/domain0/wiring';
import { PicPair } from '../../hypervisor/interrupt/pic-pair';
import { NEVER } from '../../hypervisor/time/deadlines';
import { InterruptWord } from './device-program/interrupt-word';
import type { SerialCharacter, Stimulus, UnderTest, Width } from './device-program/steps';
import { FirmwareDevice } from './firmware-device';

const NS_PER_SECOND = 1_000_000_000;

/** COM1's console page and the indices in it ([Xen] public/io/console.h), and the pending events of shared info. */
const CONSOLE_PAGE = 0x3ff4_8000;
const [OUT_CONSUMED, OUT_PRODUCED] = [CONSOLE_PAGE + 3080, CONSOLE_PAGE + 3084] as const;
const OUT_BYTES = 2048;
const EVENTS_PENDING = 0x3ff0_1000;
/** The page that a machine's reset does not clear; a bench that begins again has a new battery too. */
const BATTERY_BACKED = 0x3ff1_4000;
const PAGE_SIZE = 4096;

/** Input marks: FF e c is character c with line status errors e, FF 80 m new modem lines. */
const MARK = 0xff;
const MODEM_LINES = 0x80;
const ERRORS = { parity: 0x04, framing: 0x08, break: 0x10 } as const;

export interface FirmwareSubjectOptions {
  /** Interrupt lines to observe, lowest first. */
  readonly lines: readonly number[];
  readonly config?: Partial<MachineConfig>;
  /** What COM1 is beyond a 16550A that sends at once and blocks. */
  readonly uart?: Partial<UartConfig>;
  /** A program begins at the next whole second after the last one's end, not at the first: for what no reset stops. */
  readonly timeGoesOn?: boolean;
}

/** Addresses from here up are guest RAM, below are ports; registers in memory lie beyond any RAM. */
const RAM = 0x1_0000;
const RAM_END = 0x10_0000;

/** One of the firmware's devices on the bench for operation programs, behind a real platform without a processor. */
export class FirmwareSubject implements UnderTest {
  readonly name = 'firmware';
  readonly device: FirmwareDevice;
  private readonly word: InterruptWord;
  private readonly words: Int32Array;
  private readonly sent: number[] = [];
  /** Input that the console ring had no room for yet. */
  private readonly arriving: number[] = [];

  /** @param firmware the binary to test: `firmwareModule()`, or one with a planted fault */
  constructor(
    firmware: WebAssembly.Module,
    private readonly options: FirmwareSubjectOptions,
  ) {
    const sink = (byte: number) => this.sent.push(byte);
    const uart = { model: 3, sink, lineRate: false, lossy: false, marked: true, ...options.uart };
    this.device = new FirmwareDevice(firmware, { uarts: [uart], ...options.config });
    this.words = new Int32Array(this.device.memory.buffer);
    this.word = new InterruptWord(options.lines.length);
    this.device.onLine = (line, level) => this.word.set(options.lines.indexOf(line), level);
  }

  reset(): void {
    const { platform, lines, memory } = this.device;
    const seconds = this.options.timeGoesOn ? Math.floor(platform.clock.now / NS_PER_SECOND) : 0;
    platform.clock.restore({ ...platform.clock.save(), now: (seconds + 1) * NS_PER_SECOND, remainder: 0 });
    memory.fill(0, BATTERY_BACKED, BATTERY_BACKED + PAGE_SIZE);
    lines.fill(0);
    this.options.lines.forEach((_, index) => {
      this.word.set(index, false);
    });
    platform.reset();
    this.device.edges.length = this.sent.length = this.arriving.length = 0;
  }

  read(port: number, width: Width): number {
    const value = this.readAnywhere(port, width);
    this.device.advance(0);
    this.offerInput();
    return value;
  }

  write(port: number, width: Width, value: number): void {
    this.writeAnywhere(port, width, value);
    this.device.advance(0);
    this.offerInput();
  }

  advance(ns: number): void {
    this.device.advance(ns);
    this.offerInput();
  }

  stimulate(stimulus: Stimulus): void {
    switch (stimulus.kind) {
      case 'character':
        this.arriving.push(...characterBytes(stimulus.character));
        break;
      case 'modem':
        this.arriving.push(MARK, MODEM_LINES, stimulus.inputs);
        break;
      case 'accepts':
        this.setFarEndAccepts(stimulus.accepts);
        break;
      case 'reset':
        this.device.platform.reset();
        break;
      default:
        throw new Error(`the firmware takes no ${stimulus.kind}`);
    }
    this.offerInput();
  }

  interrupt(): number {
    this.device.edges.length = 0;
    return this.word.take();
  }

  takeOutput(into: number[]): void {
    this.collectOutput();
    into.push(...this.sent.splice(0));
  }

  private readAnywhere(address: number, width: Width): number {
    if (address < RAM) return this.device.read(address, width);
    if (address >= RAM_END) return this.device.readMemory(address, width);
    const bytes = this.device.memory.subarray(address, address + width);
    return bytes.reduceRight((value, byte) => value * 256 + byte, 0);
  }

  private writeAnywhere(address: number, width: Width, value: number): void {
    if (address < RAM) this.device.write(address, value, width);
    else if (address >= RAM_END) this.device.writeMemory(address, value, width);
    else for (let byte = 0; byte < width; byte++) this.device.memory[address + byte] = value >>> (8 * byte);
  }

  private offerInput(): void {
    if (this.arriving.length === 0) return;
    this.arriving.splice(0, this.device.receive(0, Uint8Array.from(this.arriving)));
  }

  /** Domain 0 takes what stands in the console ring, without a latency that the program could tell. */
  private collectOutput(): void {
    const { deadlines, clock } = this.device.platform;
    const slot = Slot.EVENTS_TO_DOMAIN0 + FIRST_CONSOLE_PORT;
    if (deadlines.at(slot) === NEVER) return;
    deadlines.set(slot, clock.now);
    this.device.advance(0);
  }

  /** A far end that takes nothing is a back-end that leaves the ring full. */
  private setFarEndAccepts(accepts: boolean): void {
    this.collectOutput();
    const produced = Atomics.load(this.words, OUT_PRODUCED >> 2);
    Atomics.store(this.words, OUT_CONSUMED >> 2, accepts ? produced : produced - OUT_BYTES);
    if (!accepts) return;
    const { deadlines, clock } = this.device.platform;
    Atomics.or(this.words, EVENTS_PENDING >> 2, 1 << FIRST_CONSOLE_PORT);
    deadlines.set(Slot.EVENTS_TO_GUEST + FIRST_CONSOLE_PORT, clock.now);
    this.device.advance(0);
  }
}

/** How a character with something wrong about it reaches the firmware's UART. */
function characterBytes({ value, fault }: SerialCharacter): readonly number[] {
  if (fault !== undefined) return [MARK, ERRORS[fault], fault === 'break' ? 0 : value];
  return value === MARK ? [MARK, MARK] : [value];
}

/** The hypervisor's interrupt controller on the bench. */
export class PicSubject implements UnderTest {
  readonly name = 'hypervisor';
  private pic: PicPair;
  private readonly word = new InterruptWord(1);

  /** @param create the controller to test: the hypervisor's, or one with a planted fault */
  constructor(private readonly create: () => PicPair = () => new PicPair()) {
    this.pic = create();
  }

  reset(): void {
    this.pic = this.create();
    this.word.set(0, false);
  }

  read(port: number, width: Width): number {
    let value = 0;
    for (let byte = 0; byte < width; byte++) value += this.pic.read(port + byte) * 2 ** (8 * byte);
    this.note();
    return value;
  }

  write(port: number, width: Width, value: number): void {
    for (let byte = 0; byte < width; byte++) this.pic.write(port + byte, (value >>> (8 * byte)) & 0xff);
    this.note();
  }

  advance(): void {}

  stimulate(stimulus: Stimulus): void {
    if (stimulus.kind !== 'input') throw new Error(`an interrupt controller takes no ${stimulus.kind}`);
    this.pic.setLine(stimulus.line, stimulus.level);
    this.note();
  }

  acknowledge(): number {
    const vector = this.pic.acknowledge();
    this.note();
    return vector;
  }

  interrupt(): number {
    return this.word.take();
  }

  takeOutput(): void {}

  private note(): void {
    this.word.set(0, this.pic.asserted);
  }
}
