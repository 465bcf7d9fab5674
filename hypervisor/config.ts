import type { Piece } from '../pv-drivers/backend/concatenated-disk';
import { type Disk, DiskResult } from '../pv-drivers/backend/disk';
import { DEVICE_COUNT, DEVICE_HPET, DEVICE_NONE, DEVICE_PCI, DEVICE_PM, DEVICE_ROM_CARD } from './abi/devices';
import { UART_MODEL_16550A } from './abi/start-info';
import { MissedTicks } from './interrupt/missed-ticks';
import type { LiveMeter } from './live/firmware-thread';
import type { EmulatorConfig } from './placement/emulator';
import { PLACEMENTS, type Placement, placementNamed } from './placement/placements';
import { type CostModel, FREE_TRANSITIONS } from './time/cost-model';
import type { Timeline } from './trace/timeline';

/** A drive on one of the four IDE positions. */
export interface DriveConfig {
  /** A CD-ROM drive without a disc has none. */
  disk: Disk | undefined;
  /** ATAPI CD-ROM instead of an ATA disk. */
  cdrom: boolean;
  /** Default CHS translation; without it the firmware chooses one from the capacity. */
  geometry?: { cylinders: number; heads: number; sectorsPerTrack: number };
  /** ASCII, at most 40, 20 and 8 characters. */
  identity?: { model: string; serial: string; revision: string };
}

/** What lies in RAM before the processor starts, also after a reset. */
export interface BootImage {
  /** Guest-physical. */
  readonly address: number;
  readonly bytes: number;
  /** Put it into `target` at `offset`; false: it can no longer be read. */
  read(target: Uint8Array, offset: number): boolean;
}

/** What `piece` holds, at `address`. */
export function bootImage(address: number, piece: Piece): BootImage {
  const { bytes } = piece;
  return { address, bytes, read: (target, offset) => piece.read(0, target, offset, bytes) === DiskResult.OK };
}

/** One of the UARTs COM1-COM4. */
export interface UartConfig {
  /** UART_MODEL_*. */
  model: number;
  /** Receives what the guest sends. */
  sink: (byte: number) => void;
  /** Characters take the time that the divisor says, instead of none. */
  lineRate: boolean;
  /** Neither side waits for the other: output that nobody takes is dropped, input that there is no room for is overrun. */
  lossy: boolean;
  /** Input carries marks for what a stream of bytes cannot say (UART_FLAG_MARKED). */
  marked?: boolean;
}

/** A fw_cfg entry: a selector key below 20h, or a file with a name; its content lies on the blob disk. */
export interface BlobConfig {
  key: number;
  name: string;
  bytes: number;
  /** First 512-byte sector on the blob disk. */
  sector: number;
}

/** Everything that a run is a function of, together with what comes in over the consoles. */
export interface MachineConfig {
  /** Bytes of guest RAM: a multiple of 4 KiB, 1 MiB to 1023 MiB. */
  ramBytes: number;
  /** At most 256 KiB, a multiple of 4 KiB. */
  bios: Uint8Array;
  /** The audited, fuelled firmware binary. */
  firmware: WebAssembly.Module;
  /** Primary master, primary slave, secondary master, secondary slave. */
  drives: (DriveConfig | undefined)[];
  uarts: (UartConfig | undefined)[];
  blobs: BlobConfig[];
  blobDisk: Disk | undefined;
  /** What the ROM card's expansion ROM holds, at most 16 KiB; without it the card has none. */
  expansionRom: Uint8Array | undefined;
  images: BootImage[];
  /** Bit mask of DEVICE_* that the machine has. */
  devices: number;
  /** Where each device (index DEVICE_*) is emulated. */
  placements: readonly Placement[];
  /** What out-of-guest processes host instead of the firmware binary, if anything. */
  emulator: EmulatorConfig | undefined;
  /** Measures live placements. */
  meter: LiveMeter | undefined;
  cost: CostModel;
  /** The real-time clock's seconds since 1970-01-01T00:00:00Z at virtual time 0. */
  epoch: number;
  /** VGA text memory, 32 KiB at B8000h: plain RAM that somebody may look at; no CRT controller is behind it. */
  textMemory: boolean;
  /** What becomes of timer ticks that the guest could not take. */
  missedTicks: MissedTicks;
  /** Debug console, probes and POST codes: channel CHANNEL_*, value. */
  debug: (channel: number, value: number) => void;
  /** Is told what happens at the machine's seams. */
  timeline: Timeline | undefined;
}

/** An ISA machine: everything but the devices that come with PCI and ACPI, and the ROM card. */
export const ISA_DEVICES =
  ((1 << DEVICE_COUNT) - 1) &
  ~((1 << DEVICE_NONE) | (1 << DEVICE_PCI) | (1 << DEVICE_HPET) | (1 << DEVICE_PM) | (1 << DEVICE_ROM_CARD));

/** A machine with PCI, ACPI power management and HPET besides. */
export const PCI_DEVICES = ISA_DEVICES | (1 << DEVICE_PCI) | (1 << DEVICE_HPET) | (1 << DEVICE_PM);

/** 2020-01-01T00:00:00Z. */
const DEFAULT_EPOCH = 1_577_836_800;

export function placementByName(name: string): Placement | undefined {
  return placementNamed(name);
}

/** A machine with one UART and no drives, every device reflected; `changes` replaces what differs. */
export function machineConfig(
  firmware: WebAssembly.Module,
  bios: Uint8Array,
  changes: Partial<MachineConfig> = {},
): MachineConfig {
  return {
    ramBytes: 16 * 2 ** 20,
    bios,
    firmware,
    drives: [],
    uarts: [consoleUart(() => {})],
    blobs: [],
    images: [],
    blobDisk: undefined,
    expansionRom: undefined,
    devices: ISA_DEVICES,
    placements: allPlaced(PLACEMENTS[0]!),
    emulator: undefined,
    meter: undefined,
    cost: FREE_TRANSITIONS,
    epoch: DEFAULT_EPOCH,
    missedTicks: MissedTicks.ONE_PENDING,
    textMemory: false,
    debug: () => {},
    timeline: undefined,
    ...changes,
  };
}

/** Every device at one place. */
export function allPlaced(placement: Placement): Placement[] {
  return new Array<Placement>(DEVICE_COUNT).fill(placement);
}

/** A 16550A that sends at once and never loses output. */
export function consoleUart(sink: (byte: number) => void): UartConfig {
  return { model: UART_MODEL_16550A, sink, lineRate: false, lossy: false };
}
