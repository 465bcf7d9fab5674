import type { DriveConfig } from '../../hypervisor/config';
import { ISA_DEVICES } from '../../hypervisor/config';
import { LEAST_LATENCY } from '../../hypervisor/domain0/domain0';
import { Slot } from '../../hypervisor/domain0/wiring';
import { FREE_TRANSITIONS } from '../../hypervisor/time/cost-model';
import { NEVER } from '../../hypervisor/time/deadlines';
import { type Disk, DiskResult, isOnDisk, SECTOR_BYTES } from '../../pv-drivers/backend/disk';
import { DirectIde, type ProgramMedium } from '../conformance/ide/direct-ide';
import type { Width } from '../conformance/ide/ide-under-test';
import {
  CD_MODEL,
  DISK_MODEL,
  type Drive,
  FIRMWARE_REVISION,
  fails,
  GUEST_RAM_BYTES,
  type IdeMachine,
  isReadOnly,
  SERIAL_PREFIX,
  sectorBytes,
} from '../conformance/ide/machines';
import { MediumImage } from '../conformance/ide/medium-image';
import { FirmwareDevice } from './firmware-device';

const PCI_DEVICE_BIT = 1 << 9;
/** Requests wait until the test settles them: a service time that no program lives to see. */
const HELD = { ...FREE_TRANSITIONS, diskRequest: 1e14 };

/** A medium as the block back-end sees it. */
class BackendMedium implements Disk, ProgramMedium {
  readonly sectors: number;
  readonly readOnly: boolean;
  readonly image: MediumImage;

  constructor(readonly drive: Drive) {
    this.sectors = (drive.sectors * sectorBytes(drive)) / SECTOR_BYTES;
    this.readOnly = isReadOnly(drive);
    this.image = new MediumImage(drive, SECTOR_BYTES);
  }

  read(sector: number, target: Uint8Array, offset: number, bytes: number): DiskResult {
    if (!isOnDisk(this, sector, bytes)) return DiskResult.OUT_OF_RANGE;
    if (this.fails('read', sector, bytes)) return DiskResult.IO_ERROR;
    this.image.read(sector, target.subarray(offset, offset + bytes));
    return DiskResult.OK;
  }

  write(sector: number, source: Uint8Array, offset: number, bytes: number): DiskResult {
    if (this.readOnly) return DiskResult.READ_ONLY;
    if (!isOnDisk(this, sector, bytes)) return DiskResult.OUT_OF_RANGE;
    if (this.fails('write', sector, bytes)) return DiskResult.IO_ERROR;
    this.image.write(sector, source.subarray(offset, offset + bytes));
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
}

/** The firmware's IDE subsystem as a machine under test: real rings, real back-ends, requests held until `settle`. */
export class FirmwareIde extends DirectIde<BackendMedium> {
  readonly name = 'firmware';
  protected readonly memory: Uint8Array;
  private readonly device: FirmwareDevice;

  constructor(firmware: WebAssembly.Module, machine: IdeMachine) {
    super(machine.drives.map((drive) => new BackendMedium(drive)));
    const drives: (DriveConfig | undefined)[] = [];
    for (const medium of this.media) drives[medium.drive.slot] = configure(medium);
    const devices = ISA_DEVICES | PCI_DEVICE_BIT;
    this.device = new FirmwareDevice(firmware, { ramBytes: GUEST_RAM_BYTES, devices, drives, cost: HELD });
    this.memory = this.device.memory;
    this.restart();
  }

  in(port: number, width: Width): number {
    return this.device.read(port, width);
  }

  out(port: number, width: Width, value: number): void {
    this.device.write(port, value, width);
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

  protected reset(): void {
    this.device.platform.reset();
    this.device.lines.fill(0);
  }
}

function configure(medium: BackendMedium): DriveConfig {
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
