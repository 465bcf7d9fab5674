import { loadProgram } from '../../guest/programs';
import { consoleUart, type MachineConfig, PCI_DEVICES } from '../../hypervisor/config';
import { MemoryDisk } from '../../pv-drivers/backend/memory-disk';

/** A guest program with its parameter, and the machine that it needs. */
export interface Workload {
  image: Uint8Array;
  changes: Partial<MachineConfig>;
}

/** How `bench-disk` reads. */
export const DISK_WAYS = ['READ SECTORS', 'READ MULTIPLE', 'bus-master DMA'] as const;
export type DiskWay = (typeof DISK_WAYS)[number];

const DISK_BYTES = 2 ** 20;

/** @param sectors of each request, 1 to 256 */
export function diskWorkload(way: DiskWay, sectors: number, requests: number): Workload {
  const parameter = DISK_WAYS.indexOf(way) * 2 ** 28 + sectors * 2 ** 16 + requests;
  return {
    image: loadProgram('bench-disk', parameter),
    changes: { devices: PCI_DEVICES, drives: [{ disk: new MemoryDisk(new Uint8Array(DISK_BYTES)), cdrom: false }] },
  };
}

/**
 * A guest that reads through the block ring itself, with the placement `pv`.
 *
 * @param outstanding requests under way at once, 1 to 32
 * @param sectors of each request: a multiple of 8 up to 256
 */
export function ringDiskWorkload(outstanding: number, sectors: number, requests: number): Workload {
  const parameter = outstanding * 2 ** 25 + sectors * 2 ** 16 + requests;
  return { ...diskWorkload('READ SECTORS', sectors, requests), image: loadProgram('bench-pv-disk', parameter) };
}

export interface SerialWay {
  name: string;
  fifo: boolean;
  interrupt: boolean;
}

export const SERIAL_WAYS: readonly SerialWay[] = [
  { name: 'polled, no FIFO', fifo: false, interrupt: false },
  { name: 'polled, FIFO', fifo: true, interrupt: false },
  { name: 'interrupt, no FIFO', fifo: false, interrupt: true },
  { name: 'interrupt, FIFO', fifo: true, interrupt: true },
];

/** @param lineRate characters take the time that 115,200 baud says, instead of none */
export function serialWorkload({ fifo, interrupt }: SerialWay, bytes: number, lineRate: boolean): Workload {
  const parameter = (interrupt ? 2 ** 25 : 0) + (fifo ? 0 : 2 ** 24) + bytes;
  return {
    image: loadProgram('bench-serial', parameter),
    changes: { uarts: [{ ...consoleUart(() => {}), lineRate }] },
  };
}

/**
 * A guest that sends through the console ring itself, with the placement `pv`.
 *
 * @param batch characters for each event, 1 to 255
 */
export function ringConsoleWorkload(batch: number, bytes: number): Workload {
  return { image: loadProgram('bench-pv-console', batch * 2 ** 16 + bytes), changes: {} };
}

/** Where the ticks of `bench-tick` come from. */
export const TICK_SOURCES = ['PIT, periodic', 'PIT, one by one', 'RTC, periodic', 'HPET, one by one'] as const;

export function tickWorkload(source: (typeof TICK_SOURCES)[number], ticks: number): Workload {
  return {
    image: loadProgram('bench-tick', TICK_SOURCES.indexOf(source) * 2 ** 16 + ticks),
    changes: { devices: PCI_DEVICES },
  };
}

/** A guest that takes ticks of the one-shot timer in nanoseconds, with the placement `pv`. */
export function ringTickWorkload(ticks: number): Workload {
  return { image: loadProgram('bench-pv-tick', ticks), changes: { devices: PCI_DEVICES } };
}
