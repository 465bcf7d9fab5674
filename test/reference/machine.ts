import type { AccessWidth, ReferenceDevice, ReferenceEnvironment } from './contract';
import { type AttachedDrive, IdeController } from './ide/ide-controller';
import { Pit8254 } from './pit/pit';
import { Rtc146818 } from './rtc/rtc';
import type { UartOptions } from './uart/registers';
import { Uart16550 } from './uart/uart';

/** One of COM1 to COM4: what kind of UART it is, and where its characters go. */
export type SerialPort = Omit<UartOptions, 'base' | 'irq'> & { readonly transmit: (value: number) => void };

/** What is built into a reference machine. */
export interface ReferenceMachineParts {
  /** COM1 to COM4; a port that is missing reads as an empty bus. */
  readonly serialPorts: readonly (SerialPort | undefined)[];
  readonly drives: readonly AttachedDrive[];
  /** Bytes of CMOS RAM, time and format among them, as the builder of the machine leaves them: address and value. */
  readonly cmos: readonly (readonly [number, number])[];
}

const SERIAL_PORTS = [
  { base: 0x3f8, irq: 4 },
  { base: 0x2f8, irq: 3 },
  { base: 0x3e8, irq: 4 },
  { base: 0x2e8, irq: 3 },
] as const;
const UART_PORTS = 8;
const [TIMER_IRQ, CLOCK_IRQ] = [0, 8] as const;
const [CMOS_INDEX, CMOS_DATA] = [0x70, 0x71] as const;
const BUS_MASTER_PORTS = 16;

interface Decoded {
  readonly decodes: (port: number) => boolean;
  readonly device: ReferenceDevice;
}

const isSystemTimer = (port: number): boolean => (port & ~3) === 0x40 || port === 0x61;
const isClock = (port: number): boolean => port === CMOS_INDEX || port === CMOS_DATA;
const isLegacyIde = (port: number): boolean => (port & ~0x87) === 0x170 || (port | 0x80) === 0x3f6;

/**
 * Timer, clock, serial ports and disks of a PC as one conventional out-of-guest emulator.
 *
 * Which accesses reach it is the hypervisor's choice. PCI configuration is not among its devices: an access at none of its
 * fixed ports is one to the bus-master block, wherever PCI has put that, and PCI's permission to master the bus is taken
 * for granted.
 */
export class ReferenceMachine {
  private readonly decoded: readonly Decoded[];
  private readonly uarts: readonly (Uart16550 | undefined)[];
  private readonly disks: IdeController;
  private busMasterBase: number | undefined;
  /** For each interrupt line, which of the devices that share it assert it. */
  private readonly asserting = Array.from({ length: 16 }, () => new Set<object>());

  constructor(
    private readonly environment: ReferenceEnvironment,
    { serialPorts, drives, cmos }: ReferenceMachineParts,
  ) {
    this.uarts = SERIAL_PORTS.map((place, index) => {
      const port = serialPorts[index];
      return port && new Uart16550(this.ownLines(), { transmit: port.transmit }, { ...port, ...place });
    });
    this.disks = new IdeController(this.ownLines(), drives, {
      busMasterBase: () => this.busMasterBase,
      mayMasterBus: () => true,
    });
    const clock = new Rtc146818(this.ownLines(), CLOCK_IRQ);
    for (const [address, value] of cmos) {
      clock.write(CMOS_INDEX, 1, address);
      clock.write(CMOS_DATA, 1, value);
    }
    this.decoded = [
      ...this.uarts.flatMap((device, index) => {
        const { base } = SERIAL_PORTS[index]!;
        return device ? [{ decodes: (port: number) => port >= base && port < base + UART_PORTS, device }] : [];
      }),
      { decodes: isSystemTimer, device: new Pit8254(this.ownLines(), TIMER_IRQ) },
      { decodes: isClock, device: clock },
      { decodes: isLegacyIde, device: this.disks },
    ];
  }

  read(port: number, width: number): number {
    return this.at(port).read(port, width as AccessWidth);
  }

  write(port: number, width: number, value: number): void {
    this.at(port).write(port, width as AccessWidth, value);
  }

  /** A character for COM1 (0) to COM4 (3). */
  receive(index: number, value: number): void {
    this.uarts[index]?.receive({ value });
  }

  /** Absolute ns, or undefined while nothing is to happen. */
  nextDeadline(): number | undefined {
    let earliest: number | undefined;
    for (const { device } of this.decoded) {
      const deadline = device.nextDeadline();
      if (deadline !== undefined && (earliest === undefined || deadline < earliest)) earliest = deadline;
    }
    return earliest;
  }

  advanceTo(ns: number): void {
    for (const { device } of this.decoded) device.advanceTo(ns);
  }

  reset(): void {
    for (const { device } of this.decoded) device.reset();
  }

  private at(port: number): ReferenceDevice {
    const found = this.decoded.find(({ decodes }) => decodes(port));
    if (!found) this.busMasterBase = port & -BUS_MASTER_PORTS;
    return found?.device ?? this.disks;
  }

  /** The environment for one device: a line is asserted while any of the devices on it asserts it. */
  private ownLines(): ReferenceEnvironment {
    const { environment } = this;
    const owner = {};
    return {
      memory: environment.memory,
      now: () => environment.now(),
      setIrq: (line, level) => {
        const owners = this.asserting[line]!;
        if (level) owners.add(owner);
        else owners.delete(owner);
        environment.setIrq(line, owners.size > 0);
      },
    };
  }
}
