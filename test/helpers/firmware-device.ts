import { buildFirmware } from '../../firmware-emu/toolchain/build';
import { type MachineConfig, machineConfig } from '../../hypervisor/config';
import { DEFERRED } from '../../hypervisor/placement/io-server';
import { Platform } from '../../hypervisor/platform';

const PORT = 0;
const MEMORY = 1;
/** More events than any deferred access takes. */
const PATIENCE = 1000;
/** A reset vector that halts; tests of devices have no processor to run it. */
const NO_BIOS = new Uint8Array(0x1000);

let compiled: Promise<WebAssembly.Module> | undefined;

/** The firmware of this checkout, compiled once a process. */
export function firmwareModule(): Promise<WebAssembly.Module> {
  compiled ??= buildFirmware().then((binary) => new WebAssembly.Module(binary as BufferSource));
  return compiled;
}

/**
 * The firmware's devices on a real platform without a processor: a test makes the accesses itself and lets virtual time
 * pass. Everything between (frames, hypercalls, rings, back-ends, interrupt controller) is the hypervisor's own.
 */
export class FirmwareDevice {
  /** The last platform, whose memory the next one takes over: engines allow only so many gigabyte memories. */
  private static spare: Platform | undefined;
  readonly platform: Platform;
  /** Level of each interrupt line, as the firmware last set it. */
  readonly lines = new Uint8Array(16);
  /** Every change of a line, in order: positive line number + 1 for a rise, negative for a fall. */
  readonly edges: number[] = [];
  /** Called with each level that a line is set to, repeated or not. */
  onLine: (line: number, level: boolean) => void = () => {};

  /** Only one FirmwareDevice can be in use at a time. */
  static async create(changes: Partial<MachineConfig> = {}): Promise<FirmwareDevice> {
    return new FirmwareDevice(await firmwareModule(), changes);
  }

  constructor(firmware: WebAssembly.Module, changes: Partial<MachineConfig> = {}) {
    this.platform = new Platform(
      machineConfig(firmware, NO_BIOS, { ramBytes: 2 ** 20, ...changes }),
      FirmwareDevice.spare,
    );
    FirmwareDevice.spare = this.platform;
    const setLine = this.platform.pic.setLine.bind(this.platform.pic);
    this.platform.pic.setLine = (line, level) => {
      this.lines[line] = level ? 1 : 0;
      this.edges.push(level ? line + 1 : -(line + 1));
      this.onLine(line, level);
      setLine(line, level);
    };
  }

  /** Guest RAM (and all the domain's memory). */
  get memory(): Uint8Array {
    return this.platform.memory.bytes;
  }

  read(port: number, width: 1 | 2 | 4 = 1): number {
    const value = this.platform.read(PORT, port, width);
    return this.checked(value === DEFERRED ? this.completed() : value);
  }

  write(port: number, value: number, width: 1 | 2 | 4 = 1): void {
    if (this.platform.write(PORT, port, width, value)) this.completed();
    this.checked(0);
  }

  readMemory(address: number, width: 1 | 2 | 4 = 4): number {
    return this.checked(this.platform.read(MEMORY, address, width));
  }

  writeMemory(address: number, value: number, width: 1 | 2 | 4 = 4): void {
    this.platform.write(MEMORY, address, width, value);
    this.checked(0);
  }

  /** Let virtual time pass: nanoseconds. Timers fire, requests complete. */
  advance(nanoseconds: number): void {
    this.platform.advance(nanoseconds);
    this.checked(0);
  }

  /** Level of interrupt line `line`: 0 or 1. */
  irq(line: number): number {
    return this.lines[line]!;
  }

  /** Bytes that arrive on UART `index`; the number that the console ring took. */
  receive(index: number, bytes: Uint8Array): number {
    const taken = this.platform.input(index, bytes);
    this.advance(0);
    return taken;
  }

  /** The value of a deferred access, for which time has to pass. */
  private completed(): number {
    const { platform } = this;
    let result: number | undefined;
    platform.onCompleted = (value) => {
      result = value;
    };
    for (let events = 0; events < PATIENCE && result === undefined; events++) {
      this.advance(Math.max(0, platform.deadlines.earliest - platform.clock.now));
    }
    if (result === undefined) throw new Error('a deferred access was never completed');
    return result;
  }

  private checked(value: number): number {
    const { stop } = this.platform;
    if (stop?.kind === 'failed') throw new Error([stop.problem, ...stop.report].join('\n'));
    return value;
  }
}
