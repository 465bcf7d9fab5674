import { DEVICE_IDE, DEVICE_PIT, DEVICE_RTC, DEVICE_UART } from '../../hypervisor/abi/devices';
import { UART_MODEL_8250, UART_MODEL_16450 } from '../../hypervisor/abi/start-info';
import type { DriveConfig, MachineConfig, UartConfig } from '../../hypervisor/config';
import type { Emulator, EmulatorConfig, EmulatorMachine } from '../../hypervisor/placement/emulator';
import type { CostModel } from '../../hypervisor/time/cost-model';
import { type Disk, DiskResult, SECTOR_BYTES } from '../../pv-drivers/backend/disk';
import { type DiskRequest, DiskStatus, type ReferenceDisk } from '../../test/reference/contract';
import type { AttachedDrive } from '../../test/reference/ide/ide-controller';
import { ReferenceMachine, type SerialPort } from '../../test/reference/machine';
import { cmosOf } from './cmos';

const CDROM_BLOCK = 2048;
const HEADS = 16;
const SECTORS_PER_TRACK = 63;
const MOST_CYLINDERS = 16_383;
const FILE_STATUS: Readonly<Record<DiskResult, DiskStatus>> = {
  [DiskResult.OK]: DiskStatus.Ok,
  [DiskResult.OUT_OF_RANGE]: DiskStatus.MediaError,
  [DiskResult.READ_ONLY]: DiskStatus.WriteProtected,
  [DiskResult.IO_ERROR]: DiskStatus.MediaError,
};

/** Requests to media that are under way, and when each is done. */
class Workload {
  private readonly waiting: { due: number; done: () => void }[] = [];

  constructor(
    private readonly now: () => number,
    private readonly cost: CostModel,
  ) {}

  begin(bytes: number, done: () => void): void {
    const service = this.cost.diskRequest + Math.round((bytes * this.cost.diskByte) / 1000);
    this.waiting.push({ due: this.now() + service, done });
  }

  nextDeadline(): number | undefined {
    return this.waiting.length === 0 ? undefined : Math.min(...this.waiting.map(({ due }) => due));
  }

  advanceTo(ns: number): void {
    for (;;) {
      const index = this.waiting.findIndex(({ due }) => due <= ns);
      if (index < 0) return;
      this.waiting.splice(index, 1)[0]!.done();
    }
  }
}

/** One of the machine's disks as a medium of the reference emulator's, which takes as long as domain 0's back-end does. */
class Medium implements ReferenceDisk {
  readonly sectors: number;
  readonly readOnly: boolean;

  constructor(
    private readonly disk: Disk,
    readonly sectorBytes: number,
    private readonly workload: Workload,
  ) {
    this.sectors = (disk.sectors * SECTOR_BYTES) / sectorBytes;
    this.readOnly = disk.readOnly;
  }

  submit(request: DiskRequest, done: (status: DiskStatus) => void): void {
    this.workload.begin(request.buffer.length, () => done(FILE_STATUS[this.carryOut(request)]));
  }

  private carryOut({ operation, sector, buffer }: DiskRequest): DiskResult {
    const first = (sector * this.sectorBytes) / SECTOR_BYTES;
    if (operation === 'read') return this.disk.read(first, buffer, 0, buffer.length);
    if (operation === 'write') return this.disk.write(first, buffer, 0, buffer.length);
    return this.disk.flush();
  }
}

function attachedDrive(slot: number, drive: DriveConfig, workload: Workload): AttachedDrive | undefined {
  const { model, serial, revision } = drive.identity ?? {
    model: drive.cdrom ? 'selfio CD-ROM' : 'selfio disk',
    serial: `SELFIO${slot}`,
    revision: '1.0',
  };
  const identity = { model, serial, firmware: revision };
  if (drive.cdrom) {
    const medium = drive.disk && new Medium(drive.disk, CDROM_BLOCK, workload);
    return { kind: 'cd-rom', slot, identity: { ...identity, vendor: 'SELFIO', product: model }, medium };
  }
  if (!drive.disk) return undefined;
  const medium = new Medium(drive.disk, SECTOR_BYTES, workload);
  const whole = Math.floor(medium.sectors / (HEADS * SECTORS_PER_TRACK));
  const cylinders = Math.max(1, Math.min(MOST_CYLINDERS, whole));
  const geometry = drive.geometry ?? { cylinders, heads: HEADS, sectorsPerTrack: SECTORS_PER_TRACK };
  return { kind: 'disk', slot, identity, geometry, medium };
}

function serialPort({ model, sink, lineRate, lossy }: UartConfig): SerialPort {
  return {
    model: model === UART_MODEL_8250 ? '8250' : model === UART_MODEL_16450 ? '16450' : '16550A',
    timing: lineRate ? 'timed' : 'instant',
    backPressure: lossy ? 'lossy' : 'blocking',
    transmit: sink,
  };
}

/** The reference emulator, built like the machine that it serves. */
class ReferenceEmulator implements Emulator {
  private readonly workload: Workload;
  private readonly machine: ReferenceMachine;

  constructor(world: EmulatorMachine, config: MachineConfig) {
    this.workload = new Workload(() => world.now(), config.cost);
    const drives = config.drives.flatMap((drive, slot) => (drive && attachedDrive(slot, drive, this.workload)) ?? []);
    const parts = { serialPorts: config.uarts.map((uart) => uart && serialPort(uart)), drives, cmos: cmosOf(config) };
    const environment = {
      memory: world.memory,
      now: () => world.now(),
      setIrq: (line: number, level: boolean) => world.setIrq(line, level),
    };
    this.machine = new ReferenceMachine(environment, parts);
  }

  read(address: number, width: number): number {
    return this.machine.read(address, width);
  }

  write(address: number, width: number, value: number): void {
    this.machine.write(address, width, value);
  }

  input(index: number, bytes: Uint8Array): number {
    for (const byte of bytes) this.machine.receive(index, byte);
    return bytes.length;
  }

  nextDeadline(): number | undefined {
    const [devices, media] = [this.machine.nextDeadline(), this.workload.nextDeadline()];
    return devices === undefined || media === undefined ? (devices ?? media) : Math.min(devices, media);
  }

  advanceTo(ns: number): void {
    this.machine.advanceTo(ns);
    this.workload.advanceTo(ns);
  }

  reset(): void {
    this.machine.reset();
  }
}

/** The independent emulator under `test/reference`, for whichever of its devices are placed in a process. */
export const REFERENCE_EMULATOR: EmulatorConfig = {
  name: 'reference',
  devices: (1 << DEVICE_UART) | (1 << DEVICE_IDE) | (1 << DEVICE_PIT) | (1 << DEVICE_RTC),
  create: (machine) => new ReferenceEmulator(machine, machine.config),
};
