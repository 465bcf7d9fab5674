import { type DiskRequest, DiskStatus, type ReferenceDisk } from '../../reference/contract';
import { PiixIde } from '../../reference/ide/piix-ide';
import {
  type IdeUnderTest,
  type Observations,
  runSteps,
  type Step,
  type SynchronousIde,
  type Width,
} from './ide-under-test';
import {
  BOARD_SUBSYSTEM,
  BUS_MASTER_BASE,
  CD_MODEL,
  CD_PRODUCT,
  CD_VENDOR,
  DISK_MODEL,
  type Drive,
  FIRMWARE_REVISION,
  fails,
  GUEST_RAM_BYTES,
  type IdeMachine,
  initialImage,
  isReadOnly,
  MEMORY_BASE,
  MEMORY_BYTES,
  SERIAL_PREFIX,
  sectorBytes,
} from './machines';

/** Where a medium's sectors are kept: in one piece, or, for media too large for that, only those ever written. */
interface Storage {
  read(sector: number, buffer: Uint8Array): void;
  write(sector: number, buffer: Uint8Array): void;
  restore(): void;
  image(): Uint8Array;
}

class WholeStorage implements Storage {
  private readonly contents: Uint8Array;
  private written = false;

  constructor(
    private readonly initial: Uint8Array,
    private readonly sectorBytes: number,
  ) {
    this.contents = initial.slice();
  }

  read(sector: number, buffer: Uint8Array): void {
    const start = sector * this.sectorBytes;
    buffer.set(this.contents.subarray(start, start + buffer.length));
  }

  write(sector: number, buffer: Uint8Array): void {
    this.contents.set(buffer, sector * this.sectorBytes);
    this.written = true;
  }

  restore(): void {
    if (this.written) this.contents.set(this.initial);
    this.written = false;
  }

  image(): Uint8Array {
    return this.contents;
  }
}

class SparseStorage implements Storage {
  private readonly sectors = new Map<number, Uint8Array>();

  constructor(private readonly sectorBytes: number) {}

  read(sector: number, buffer: Uint8Array): void {
    buffer.fill(0);
    for (let at = 0; at < buffer.length; at += this.sectorBytes) {
      buffer.set(this.sectors.get(sector + at / this.sectorBytes) ?? [], at);
    }
  }

  write(sector: number, buffer: Uint8Array): void {
    for (let at = 0; at < buffer.length; at += this.sectorBytes) {
      this.sectors.set(sector + at / this.sectorBytes, buffer.slice(at, at + this.sectorBytes));
    }
  }

  restore(): void {
    this.sectors.clear();
  }

  image(): Uint8Array {
    throw new Error('a blank medium is too large to be looked at as a whole');
  }
}

/** A medium in memory whose requests wait until the test lets them complete. */
export class HeldMedium implements ReferenceDisk {
  readonly sectors: number;
  readonly sectorBytes: number;
  readonly readOnly: boolean;
  private readonly storage: Storage;
  private readonly waiting: { request: DiskRequest; done: (status: DiskStatus) => void }[] = [];

  constructor(readonly drive: Drive) {
    this.sectors = drive.sectors;
    this.sectorBytes = sectorBytes(drive);
    this.readOnly = isReadOnly(drive);
    const blank = drive.kind === 'disk' && drive.contents === 'blank';
    this.storage = blank
      ? new SparseStorage(this.sectorBytes)
      : new WholeStorage(initialImage(drive), this.sectorBytes);
  }

  submit(request: DiskRequest, done: (status: DiskStatus) => void): void {
    this.waiting.push({ request, done });
  }

  /** Completes the oldest request; false when there is none. */
  completeOne(): boolean {
    const entry = this.waiting.shift();
    if (entry === undefined) return false;
    entry.done(this.carryOut(entry.request));
    return true;
  }

  image(): Uint8Array {
    return this.storage.image();
  }

  restore(): void {
    this.waiting.length = 0;
    this.storage.restore();
  }

  private carryOut({ operation, sector, count, buffer }: DiskRequest): DiskStatus {
    if (fails(this.drive, operation, sector, count)) return DiskStatus.MediaError;
    if (operation === 'write' && this.readOnly) return DiskStatus.WriteProtected;
    if (operation === 'read') this.storage.read(sector, buffer);
    else if (operation === 'write') this.storage.write(sector, buffer);
    return DiskStatus.Ok;
  }
}

/** What a BIOS writes to the IDE function: base of the bus-master block, then I/O and bus mastering on. */
const BIOS_SETTINGS = [
  [0x20, BUS_MASTER_BASE | 1],
  [0x04, 5],
] as const;

/** The reference emulator as a machine under test. */
export class ReferenceIde implements IdeUnderTest, SynchronousIde {
  readonly name = 'reference';
  private readonly memory = new Uint8Array(GUEST_RAM_BYTES);
  private readonly media: HeldMedium[];
  private controller!: PiixIde;
  private lines = 0;

  constructor(machine: IdeMachine) {
    this.media = machine.drives.map((drive) => new HeldMedium(drive));
    this.restart();
  }

  run(steps: readonly Step[], seen: Observations): void {
    runSteps(this, steps, seen);
  }

  in(port: number, width: Width): number {
    return this.controller.read(port, width);
  }

  out(port: number, width: Width, value: number): void {
    this.controller.write(port, width, value);
  }

  store(address: number, bytes: Uint8Array): void {
    this.memory.set(bytes, address);
  }

  advance(_ns: number): void {}

  settle(channels: number): number {
    let progress = true;
    while (progress) {
      progress = false;
      for (const medium of this.media) {
        if ((channels & (1 << (medium.drive.slot >> 1))) !== 0 && medium.completeOne()) progress = true;
      }
    }
    return this.lines;
  }

  readMemory(address: number, length: number): Uint8Array {
    return this.memory.subarray(address, address + length);
  }

  image(slot: number): Uint8Array {
    return this.media.find((medium) => medium.drive.slot === slot)!.image();
  }

  restart(): void {
    for (const medium of this.media) medium.restore();
    this.memory.fill(0, MEMORY_BASE, MEMORY_BASE + MEMORY_BYTES);
    this.lines = 0;
    const environment = {
      memory: this.memory,
      now: () => 0,
      setIrq: (line: number, level: boolean) => {
        const bit = 1 << (line - 14);
        this.lines = level ? this.lines | bit : this.lines & ~bit;
      },
    };
    const drives = this.media.map((medium) => this.attach(medium));
    this.controller = new PiixIde(environment, drives, BOARD_SUBSYSTEM);
    for (const [register, value] of BIOS_SETTINGS) {
      this.controller.write(0xcf8, 4, (0x8000_0900 | register) >>> 0);
      this.controller.write(0xcfc, 4, value);
    }
  }

  close(): void {}

  private attach(medium: HeldMedium) {
    const { drive } = medium;
    const serial = `${SERIAL_PREFIX}${drive.slot}`;
    const identity = (model: string) => ({ model, serial, firmware: FIRMWARE_REVISION });
    if (drive.kind === 'cd-rom') {
      const disc = drive.sectors === 0 ? undefined : medium;
      return {
        kind: drive.kind,
        slot: drive.slot,
        identity: { ...identity(CD_MODEL), vendor: CD_VENDOR, product: CD_PRODUCT },
        medium: disc,
      };
    }
    return { kind: drive.kind, slot: drive.slot, identity: identity(DISK_MODEL), geometry: drive, medium };
  }
}
