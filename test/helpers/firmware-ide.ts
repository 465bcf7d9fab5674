import type { DriveConfig } from '../../hypervisor/config';
import { ISA_DEVICES } from '../../hypervisor/config';
import { LEAST_LATENCY } from '../../hypervisor/domain0/domain0';
import { Slot } from '../../hypervisor/domain0/wiring';
import { FREE_TRANSITIONS } from '../../hypervisor/time/cost-model';
import { NEVER } from '../../hypervisor/time/deadlines';
import { type Disk, DiskResult, isOnDisk, SECTOR_BYTES } from '../../pv-drivers/backend/disk';
import {
  type IdeUnderTest,
  type Observations,
  runSteps,
  type Step,
  type SynchronousIde,
  type Width,
} from '../conformance/ide/ide-under-test';
import {
  BUS_MASTER_BASE,
  CD_MODEL,
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
} from '../conformance/ide/machines';
import { FirmwareDevice } from './firmware-device';

/** PCI configuration mechanism #1, and the IDE function of a PIIX3 at 00:01.1. */
const CONFIG_ADDRESS = 0xcf8;
const CONFIG_DATA = 0xcfc;
const IDE_FUNCTION = 0x8000_0900;
const COMMAND = 0x04;
const BUS_MASTER_BAR = 0x20;
const IO_SPACE_AND_BUS_MASTER = 5;
const PCI_DEVICE_BIT = 1 << 9;
/** Requests wait until the test settles them: a service time that no program lives to see. */
const HELD = { ...FREE_TRANSITIONS, diskRequest: 1e14 };

/** A medium that starts each program with the same contents; a blank one stores only what was written. */
class ProgramMedium implements Disk {
  readonly sectors: number;
  readonly readOnly: boolean;
  private readonly initial: Uint8Array;
  private readonly written = new Map<number, Uint8Array>();

  constructor(readonly drive: Drive) {
    this.sectors = (drive.sectors * sectorBytes(drive)) / SECTOR_BYTES;
    this.readOnly = isReadOnly(drive);
    this.initial = drive.kind === 'disk' && drive.contents === 'blank' ? new Uint8Array(0) : initialImage(drive);
  }

  read(sector: number, target: Uint8Array, offset: number, bytes: number): DiskResult {
    if (!isOnDisk(this, sector, bytes)) return DiskResult.OUT_OF_RANGE;
    if (this.fails('read', sector, bytes)) return DiskResult.IO_ERROR;
    for (let index = 0; index < bytes / SECTOR_BYTES; index++) {
      const place = offset + index * SECTOR_BYTES;
      const start = (sector + index) * SECTOR_BYTES;
      const stored = this.written.get(sector + index) ?? this.initial.subarray(start, start + SECTOR_BYTES);
      target.fill(0, place, place + SECTOR_BYTES).set(stored, place);
    }
    return DiskResult.OK;
  }

  write(sector: number, source: Uint8Array, offset: number, bytes: number): DiskResult {
    if (this.readOnly) return DiskResult.READ_ONLY;
    if (!isOnDisk(this, sector, bytes)) return DiskResult.OUT_OF_RANGE;
    if (this.fails('write', sector, bytes)) return DiskResult.IO_ERROR;
    for (let index = 0; index < bytes / SECTOR_BYTES; index++) {
      const place = offset + index * SECTOR_BYTES;
      this.written.set(sector + index, source.slice(place, place + SECTOR_BYTES));
    }
    return DiskResult.OK;
  }

  flush(): DiskResult {
    return fails(this.drive, 'flush', 0, 0) ? DiskResult.IO_ERROR : DiskResult.OK;
  }

  /** The back-end counts in sectors of 512 bytes, a CD-ROM drive in its own. */
  private fails(operation: 'read' | 'write', sector: number, bytes: number): boolean {
    const ratio = sectorBytes(this.drive) / SECTOR_BYTES;
    const first = Math.floor(sector / ratio);
    const end = Math.ceil((sector + bytes / SECTOR_BYTES) / ratio);
    return fails(this.drive, operation, first, end - first);
  }

  image(): Uint8Array {
    const whole = this.initial.slice();
    for (const [sector, bytes] of this.written) whole.set(bytes, sector * SECTOR_BYTES);
    return whole;
  }

  restore(): void {
    this.written.clear();
  }
}

/** The firmware's IDE subsystem as a machine under test: real rings, real back-ends, requests held until `settle`. */
export class FirmwareIde implements IdeUnderTest, SynchronousIde {
  readonly name = 'firmware';
  private readonly device: FirmwareDevice;
  private readonly media: ProgramMedium[];

  constructor(firmware: WebAssembly.Module, machine: IdeMachine) {
    this.media = machine.drives.map((drive) => new ProgramMedium(drive));
    const drives: (DriveConfig | undefined)[] = [];
    for (const medium of this.media) drives[medium.drive.slot] = configure(medium);
    const devices = ISA_DEVICES | PCI_DEVICE_BIT;
    this.device = new FirmwareDevice(firmware, { ramBytes: GUEST_RAM_BYTES, devices, drives, cost: HELD });
    this.restart();
  }

  run(steps: readonly Step[], seen: Observations): void {
    runSteps(this, steps, seen);
  }

  in(port: number, width: Width): number {
    return this.device.read(port, width);
  }

  out(port: number, width: Width, value: number): void {
    this.device.write(port, value, width);
  }

  store(address: number, bytes: Uint8Array): void {
    this.device.memory.set(bytes, address);
  }

  advance(ns: number): void {
    this.device.advance(ns);
  }

  settle(channels: number): number {
    const { platform } = this.device;
    for (let progress = true; progress; ) {
      progress = false;
      this.device.advance(LEAST_LATENCY);
      for (let ring = 0; ring < 4; ring++) {
        const slot = Slot.DISK_COMPLETIONS + ring;
        if ((channels & (1 << (ring >> 1))) === 0 || platform.deadlines.at(slot) === NEVER) continue;
        platform.deadlines.set(slot, platform.clock.now);
        this.device.advance(0);
        progress = true;
      }
    }
    return this.device.irq(14) | (this.device.irq(15) << 1);
  }

  readMemory(address: number, length: number): Uint8Array {
    return this.device.memory.subarray(address, address + length);
  }

  image(slot: number): Uint8Array {
    return this.media.find((medium) => medium.drive.slot === slot)!.image();
  }

  restart(): void {
    for (const medium of this.media) medium.restore();
    this.device.memory.fill(0, MEMORY_BASE, MEMORY_BASE + MEMORY_BYTES);
    this.device.platform.reset();
    this.device.lines.fill(0);
    this.configure(BUS_MASTER_BAR, BUS_MASTER_BASE | 1);
    this.configure(COMMAND, IO_SPACE_AND_BUS_MASTER);
  }

  close(): void {}

  private configure(register: number, value: number): void {
    this.device.write(CONFIG_ADDRESS, IDE_FUNCTION | register, 4);
    this.device.write(CONFIG_DATA, value, 4);
  }
}

function configure(medium: ProgramMedium): DriveConfig {
  const { drive } = medium;
  const cdrom = drive.kind === 'cd-rom';
  const model = cdrom ? CD_MODEL : DISK_MODEL;
  return {
    disk: cdrom && drive.sectors === 0 ? undefined : medium,
    cdrom,
    identity: { model, serial: `${SERIAL_PREFIX}${drive.slot}`, revision: FIRMWARE_REVISION },
    ...(drive.kind === 'disk' ? { geometry: drive } : {}),
  };
}
