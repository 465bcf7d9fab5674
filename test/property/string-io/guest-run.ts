import { createHash } from 'node:crypto';
import { allPlaced, machineConfig, PCI_DEVICES, placementByName } from '../../../hypervisor/config';
import { Machine } from '../../../hypervisor/machine';
import { MemoryDisk } from '../../../pv-drivers/backend/memory-disk';
import { patternDisk } from '../placements/guest-run';
import { FILE_NAME, type Program, stringGuest } from './steps';

const RAM_BYTES = 2 ** 21;
const FILE_KEY = 0x20;
const INITRD_KEY = 0x12;
const FILE_SECTORS = 140;
export const FILE_BYTES = 70_001;
const INITRD_BYTES = 3000;
export const DISK_SECTORS = 8;
/** Virtual nanoseconds after which a guest that does not end is stopped. */
const PATIENCE = 1e9;
/** Nanoseconds: a whole number of ticks of every clock of the machine, so that a program that begins at a multiple finds them alike. */
const COMMON_PERIOD = 1_000_000_000;
/** Where the guest keeps its log: entries of eight words, and the pointer behind the last. */
const LOG = 0x8000;
const LOG_POINTER = 0x3010;
const ENTRY_WORDS = 8;
const FIRMWARE_PAGES = 0x3ff2_0000;

/** Everything that a guest could tell afterwards. */
export interface Seen {
  outcome: string;
  /** Vector, ECX, EDI, ESI, EIP, EFLAGS, CR2, error code of each exception and interrupt; vector FFh after each instruction. */
  log: string[];
  memory: string;
  disk: string;
  /** What came to the debug console and to COM1. */
  written: number[];
  instructions: number;
  /** Virtual nanoseconds. */
  time: number;
}

/** The file that fw_cfg has for the guest. */
export function fileContents(): Uint8Array {
  return patternDisk(FILE_SECTORS).subarray(0, FILE_BYTES);
}

/** A machine that runs one program after another: to make one takes far longer than a program does. */
export class StringMachine {
  private readonly written: number[] = [];
  private readonly disk = new MemoryDisk(patternDisk(DISK_SECTORS));
  private readonly image = new Uint8Array(0x10000);
  readonly machine: Machine;

  /** @param placement where all devices are emulated */
  constructor(firmware: WebAssembly.Module, placement = 'reflect') {
    const sink = (byte: number) => this.written.push(byte | 0x100);
    this.machine = new Machine(
      machineConfig(firmware, this.image, {
        ramBytes: RAM_BYTES,
        devices: PCI_DEVICES,
        placements: allPlaced(placementByName(placement)!),
        blobs: [
          { key: FILE_KEY, name: FILE_NAME, bytes: FILE_BYTES, sector: 0 },
          { key: INITRD_KEY, name: '', bytes: INITRD_BYTES, sector: FILE_SECTORS },
        ],
        blobDisk: new MemoryDisk(patternDisk(FILE_SECTORS + 8), true),
        drives: [{ disk: this.disk, cdrom: false }],
        uarts: [{ model: 3, sink, lineRate: false, lossy: false }],
        debug: (_, value) => this.written.push(value),
      }),
    );
  }

  /** @param limit bytes of string I/O in one exit at most */
  run(program: Program, limit: number, tell = 0): Seen {
    const { platform, vcpu } = this.machine;
    const { memory, clock } = platform;
    this.written.length = 0;
    this.disk.bytes.set(patternDisk(DISK_SECTORS));
    memory.bytes.fill(0, 0, RAM_BYTES);
    this.image.set(stringGuest(program, tell));
    platform.advance(COMMON_PERIOD - (clock.now % COMMON_PERIOD));
    this.machine.reset();
    vcpu.stringLimit = limit;
    const [start, before] = [clock.now, vcpu.instructions];
    const { outcome } = this.machine.run(clock.now + PATIENCE);
    const seen = { outcome, log: this.log(), memory: this.hash(), disk: digest(this.disk.bytes) };
    const [time, instructions] = [clock.now - start, vcpu.instructions - before];
    return { ...seen, written: [...this.written], instructions, time };
  }

  private log(): string[] {
    const { words } = this.machine.platform.memory;
    const entries: string[] = [];
    for (let at = LOG / 4; at < words[LOG_POINTER / 4]! / 4; at += ENTRY_WORDS) {
      entries.push([...words.subarray(at, at + ENTRY_WORDS)].map((word) => (word >>> 0).toString(16)).join(' '));
    }
    return entries;
  }

  /** RAM below the BIOS and above it, and pages of the firmware's region in which it keeps nothing. */
  private hash(): string {
    const { bytes } = this.machine.platform.memory;
    const hash = createHash('sha256').update(bytes.subarray(0, 0xf0000)).update(bytes.subarray(0x100000, RAM_BYTES));
    return hash.update(bytes.subarray(FIRMWARE_PAGES, FIRMWARE_PAGES + 0x8000)).digest('hex');
  }
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
