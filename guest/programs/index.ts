import { readFileSync } from 'node:fs';

/**
 * The guest programs of this folder: ROM images that run from reset without firmware, on any PC with the devices they use.
 * `parameter` is the default of the program's number, where it has one.
 */
export const PROGRAMS = {
  tour: { summary: 'drives UART, interrupt controller, timer, clock and disk, and checks each' },
  'uart-echo': { summary: 'echoes COM1 by interrupt until Ctrl-D' },
  'disk-dma': { summary: 'checks bus-master DMA against PIO; needs PCI and a PIIX' },
  'pv-console': { summary: 'speaks the console ring itself and ticks in nanoseconds; only for this hypervisor' },
  'pv-disk': { summary: 'writes and reads eight sectors through the block ring itself; only for this hypervisor' },
  'boot-probes': { summary: 'a boot in small, with probes at its steps', parameter: 2050 },
  'bench-port-read': { summary: 'reads the line status of COM1', parameter: 1_000_000, instructionsPerRound: 3 },
  'bench-alu': { summary: 'arithmetic between registers', parameter: 4_000_000, instructionsPerRound: 12 },
  'bench-memory': { summary: 'loads and stores over 32 KiB', parameter: 4_000_000, instructionsPerRound: 8 },
  'bench-call': { summary: 'calls, returns and stack traffic', parameter: 3_000_000, instructionsPerRound: 11 },
  'bench-string-bytes': { summary: 'REP INSB from fw_cfg', parameter: 104_857_600 },
  'bench-string-words': { summary: 'REP INSW from fw_cfg', parameter: 104_857_600 },
  'bench-string-longs': { summary: 'REP INSD from fw_cfg', parameter: 104_857_600 },
  'bench-fw-cfg-dma': { summary: 'one DMA transfer of fw_cfg', parameter: 104_857_600 },
  'bench-rom-card': { summary: 'the window of a ROM card; needs PCI and the card', parameter: 104_857_600 },
  'bench-disk-pio': { summary: 'disk sectors by PIO', parameter: 65_536 },
  'bench-disk-dma': { summary: 'disk sectors by bus-master DMA; needs PCI and a PIIX', parameter: 204_800 },
  'bench-disk': { summary: 'reads from the disk by PIO or DMA, requests of any size', parameter: 524304 },
  'bench-serial': { summary: 'sends on COM1, polled or by interrupt, with or without FIFOs', parameter: 1024 },
  'bench-tick': { summary: 'takes ticks from PIT, real-time clock or HPET', parameter: 100 },
  'bench-pv-disk': { summary: 'reads through the block ring itself, several requests at once', parameter: 34_078_728 },
  'bench-pv-console': { summary: 'sends through the console ring itself', parameter: 66_560 },
  'bench-pv-tick': { summary: 'takes ticks of the one-shot timer in nanoseconds', parameter: 100 },
  'bench-missed-ticks': { summary: 'notes when it takes the ticks of the PIT', parameter: 50 },
  'linux-entry': { summary: 'enters a Linux kernel that a loader has put into memory', parameter: 0x01000000 },
} as const satisfies Record<string, ProgramEntry>;

export interface ProgramEntry {
  readonly summary: string;
  /** Rounds of a benchmark's loop unless `loadProgram` is told otherwise. */
  readonly parameter?: number;
  /** Instructions in one round of a benchmark's loop. */
  readonly instructionsPerRound?: number;
}

export type ProgramName = keyof typeof PROGRAMS;

export const PROGRAM_NAMES = Object.keys(PROGRAMS) as ProgramName[];

/** Bytes in every program's image. */
export const PROGRAM_SIZE = 0x10000;

/** Smallest disk on which the tour and disk-dma pass, in 512-byte sectors. */
export const TOUR_DISK_SECTORS = 256;

/** Offset in the image of a program's parameter, a little-endian u32. */
const PARAMETER_OFFSET = 0xffe0;

/**
 * Load a program's image.
 * @param parameter replaces the program's number, 1 to 2^32 - 1; only for programs that have one
 * @returns PROGRAM_SIZE bytes, a copy of the caller's own
 * @throws RangeError when the parameter is out of range, Error when the program has none
 */
export function loadProgram(name: ProgramName, parameter?: number): Uint8Array {
  const image = new Uint8Array(readFileSync(assembledFile(name)));
  if (parameter !== undefined) {
    const entry: ProgramEntry = PROGRAMS[name];
    if (entry.parameter === undefined) throw new Error(`program ${name} takes no parameter`);
    if (!(Number.isInteger(parameter) && parameter >= 1 && parameter <= 0xffffffff)) {
      throw new RangeError(`program ${name}: ${parameter} rounds is not a number from 1 to 2^32 - 1`);
    }
    new DataView(image.buffer).setUint32(PARAMETER_OFFSET, parameter, true);
  }
  return image;
}

/** Where a program's assembled bytes are kept. */
export function assembledFile(name: ProgramName): URL {
  return new URL(`assembled/${name}.bin`, import.meta.url);
}

/** A program's main source file. */
export function sourceFile(name: ProgramName): URL {
  return new URL(`${name}.asm`, import.meta.url);
}
