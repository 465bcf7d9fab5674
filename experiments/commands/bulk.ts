import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadProgram, PROGRAMS, type ProgramName } from '../../guest/programs';
import { DEVICE_ROM_CARD } from '../../hypervisor/abi/devices';
import { machineConfig, PCI_DEVICES } from '../../hypervisor/config';
import { Machine } from '../../hypervisor/machine';
import { Outcome } from '../../hypervisor/run-loop';
import { type CostModel, FREE_TRANSITIONS } from '../../hypervisor/time/cost-model';
import { HostFile } from '../../pv-drivers/backend/concatenated-disk';
import { type FileDisk, openFileDisk } from '../../pv-drivers/backend/file-disk';
import { BlobDisk } from '../blobs/blob-disk';
import { BATCH_LIMITS } from '../options';

/** A way to bring bulk data into a guest, as `npm run bench -- --bulk` measures it. */
export interface BulkMethod {
  name: string;
  program: ProgramName;
  /** Bytes of string I/O in one exit at most. */
  limit: number;
  /** Bytes moved. */
  bytes: number;
  /** The program's number: bytes, or sectors of the disk. */
  parameter: number;
  /** Where the last of them end up. */
  end: number;
}

const INITRD_KEY = 0x12;
const HIGH_MEMORY = 0x100000;
const SECTOR = 512;
/** What a command of the disk programs moves, and whereto. */
const PIO_BUFFER_END = 0x10000 + 128 * SECTOR;
const DMA_BUFFER_END = HIGH_MEMORY + 256 * SECTOR;
const RAM = 112 * 2 ** 20;
const CHECKED = 4096;
const DEVICES = PCI_DEVICES | (1 << DEVICE_ROM_CARD);
/** The disk is the page cache, and its time is wall time: a guest that polls for a slower one in virtual time would measure that. */
const PAGE_CACHE: CostModel = { ...FREE_TRANSITIONS, diskRequest: 0, diskByte: 0 };
/** A guest that moves single bytes gets fewer of them. */
const ELEMENT_BYTES = 8 * 2 ** 20;

function blobMethod(name: string, program: ProgramName, limit: number, bytes?: number): BulkMethod {
  const moved = bytes ?? (PROGRAMS[program] as { parameter: number }).parameter;
  return { name, program, limit, bytes: moved, parameter: moved, end: HIGH_MEMORY + moved };
}

function diskMethod(name: string, program: ProgramName, end: number): BulkMethod {
  const sectors = (PROGRAMS[program] as { parameter: number }).parameter;
  return { name, program, limit: BATCH_LIMITS.unlimited!, bytes: sectors * SECTOR, parameter: sectors, end };
}

export const BULK_METHODS: readonly BulkMethod[] = [
  blobMethod('rep insb, unlimited', 'bench-string-bytes', BATCH_LIMITS.unlimited!),
  blobMethod('rep insw, unlimited', 'bench-string-words', BATCH_LIMITS.unlimited!),
  blobMethod('rep insd, unlimited', 'bench-string-longs', BATCH_LIMITS.unlimited!),
  blobMethod('rep insb, page', 'bench-string-bytes', BATCH_LIMITS.page!),
  blobMethod('rep insb, 1024 bytes', 'bench-string-bytes', BATCH_LIMITS['1024']!),
  blobMethod('rep insb, element', 'bench-string-bytes', BATCH_LIMITS.element!, ELEMENT_BYTES),
  blobMethod('rep insw, element', 'bench-string-words', BATCH_LIMITS.element!, ELEMENT_BYTES),
  blobMethod('rep insd, element', 'bench-string-longs', BATCH_LIMITS.element!, ELEMENT_BYTES),
  blobMethod('fw_cfg DMA', 'bench-fw-cfg-dma', BATCH_LIMITS.unlimited!),
  blobMethod('ROM card, 64 KiB window', 'bench-rom-card', BATCH_LIMITS.unlimited!),
  diskMethod('disk, PIO rep insw', 'bench-disk-pio', PIO_BUFFER_END),
  diskMethod('disk, bus-master DMA', 'bench-disk-dma', DMA_BUFFER_END),
];

/** The file that every method reads, in the page cache of the host, and the machines that read it. */
export class BulkBench {
  private readonly folder = mkdtempSync(join(tmpdir(), 'selfio-bulk-'));
  private readonly path = join(this.folder, 'data');
  private readonly file: HostFile;
  private readonly disk: FileDisk;
  private spare: Machine | undefined;

  constructor(private readonly firmware: WebAssembly.Module) {
    const chunk = new Uint32Array(2 ** 18).map((_, index) => Math.imul(index + 1, 0x9e3779b1));
    const output = openSync(this.path, 'w');
    for (let mib = 0; mib < 100; mib++) {
      chunk[0] = mib;
      writeSync(output, chunk);
    }
    closeSync(output);
    this.file = HostFile.open(this.path);
    this.disk = openFileDisk(this.path, true);
  }

  /** Let a guest move the bytes; megabytes (10^6) of them in a second of wall time. @throws Error if they did not arrive */
  run({ name, program, limit, bytes, parameter, end }: BulkMethod): number {
    const blobs = new BlobDisk().add(INITRD_KEY, this.file.piece(0, bytes)).config();
    const drives = [{ disk: this.disk, cdrom: false }];
    const changes = { ...blobs, drives, ramBytes: RAM, devices: DEVICES, cost: PAGE_CACHE };
    const machine = new Machine(machineConfig(this.firmware, loadProgram(program, parameter), changes), this.spare);
    this.spare = machine;
    machine.vcpu.stringLimit = limit;
    const start = performance.now();
    const { outcome, summary } = machine.run(Number.POSITIVE_INFINITY);
    const milliseconds = performance.now() - start;
    if (outcome !== Outcome.HALTED) throw new Error(`${name} did not end: ${summary}`);
    const expected = new Uint8Array(CHECKED);
    this.file.piece().read(bytes - CHECKED, expected, 0, CHECKED);
    const arrived = machine.platform.memory.bytes.subarray(end - CHECKED, end);
    if (Buffer.compare(arrived, expected) !== 0) throw new Error(`${name}: the data did not arrive`);
    return bytes / milliseconds / 1000;
  }

  close(): void {
    this.file.close();
    this.disk.close();
    rmSync(this.folder, { recursive: true });
  }
}
