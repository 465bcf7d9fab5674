import { DirectIde, type ProgramMedium } from '../conformance/ide/direct-ide';
import type { Width } from '../conformance/ide/ide-under-test';
import {
  BOARD_SUBSYSTEM,
  CD_MODEL,
  CD_PRODUCT,
  CD_VENDOR,
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
import { type DiskRequest, DiskStatus, type ReferenceDisk } from '../reference/contract';
import { PiixIde } from '../reference/ide/piix-ide';

/** A medium in memory whose requests wait until the test lets them complete. */
class HeldMedium implements ReferenceDisk, ProgramMedium {
  readonly sectors: number;
  readonly sectorBytes: number;
  readonly readOnly: boolean;
  readonly image: MediumImage;
  private readonly waiting: { request: DiskRequest; done: (status: DiskStatus) => void }[] = [];

  constructor(readonly drive: Drive) {
    this.sectors = drive.sectors;
    this.sectorBytes = sectorBytes(drive);
    this.readOnly = isReadOnly(drive);
    this.image = new MediumImage(drive, this.sectorBytes);
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

  forgetRequests(): void {
    this.waiting.length = 0;
  }

  private carryOut({ operation, sector, count, buffer }: DiskRequest): DiskStatus {
    if (fails(this.drive, operation, sector, count)) return DiskStatus.MediaError;
    if (operation === 'write' && this.readOnly) return DiskStatus.WriteProtected;
    if (operation === 'read') this.image.read(sector, buffer);
    else if (operation === 'write') this.image.write(sector, buffer);
    return DiskStatus.Ok;
  }
}

/** The reference emulator as a machine under test. */
export class ReferenceIde extends DirectIde<HeldMedium> {
  readonly name = 'reference';
  protected readonly memory = new Uint8Array(GUEST_RAM_BYTES);
  private controller!: PiixIde;
  private lines = 0;

  constructor(machine: IdeMachine) {
    super(machine.drives.map((drive) => new HeldMedium(drive)));
    this.restart();
  }

  in(port: number, width: Width): number {
    return this.controller.read(port, width);
  }

  out(port: number, width: Width, value: number): void {
    this.controller.write(port, width, value);
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

  protected reset(): void {
    for (const medium of this.media) medium.forgetRequests();
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
  }

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
