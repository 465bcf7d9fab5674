import {
  cut,
  dataElement,
  type IdeUnderTest,
  type Observations,
  type Step,
} from '../../conformance/ide/ide-under-test';
import {
  BUS_MASTER_BASE,
  CD_MODEL,
  DISK_MODEL,
  type DiskDrive,
  type Drive,
  FIRMWARE_REVISION,
  type IdeMachine,
  MEMORY_BASE,
  MEMORY_BYTES,
  SERIAL_PREFIX,
} from '../../conformance/ide/machines';
import { INITIALIZE_DEVICE_PARAMETERS, LastingChanges, SET_FEATURES } from './lasting-changes';
import { MediumFile, makeMediaDirectory, removeMediaDirectory } from './medium-file';
import { answerValue, portRead, portWrite, QtestClient } from './qtest-client';

const ALTERNATE_STATUS = [0x3f6, 0x376] as const;
const BUSY = 0x80;
const BUS_MASTER_ACTIVE = 0x01;
const COMMAND_PORTS: readonly number[] = [0x1f7, 0x177];
/** Rounds of polling before a drain, which costs as much as some of them. */
const BUSY_POLLS = 12;
const SETTLE_READS = [...ALTERNATE_STATUS, BUS_MASTER_BASE + 2, BUS_MASTER_BASE + 10].map((port) => portRead(port, 1));

/** The file of a disk, behind a driver that fails where the machine says so. Flushes never fail: nothing is cached. */
function mediumOptions({ faults, sectors }: DiskDrive, path: string): string {
  if (faults === undefined) return `file=${path}`;
  const numbers = Array.from({ length: sectors }, (_, sector) => sector);
  const rules = [
    ...numbers.filter(faults.unreadable).map((sector) => ({ iotype: 'read', sector })),
    ...numbers.filter(faults.unwritable).map((sector) => ({ iotype: 'write', sector })),
  ];
  const options = rules.flatMap(({ iotype, sector }, index) =>
    ['event=none', `iotype=${iotype}`, `sector=${sector}`].map((option) => `file.inject-error.${index}.${option}`),
  );
  return ['file.driver=blkdebug', 'file.image.driver=file', `file.image.filename=${path}`, ...options].join(',');
}

function driveArguments(drive: Drive, path: string): string[] {
  const place = `bus=ide.${drive.slot >> 1},unit=${drive.slot & 1}`;
  const identity = `serial=${SERIAL_PREFIX}${drive.slot},ver=${FIRMWARE_REVISION}`;
  if (drive.kind === 'cd-rom') {
    const medium = drive.sectors === 0 ? '' : `file=${path},format=raw,readonly=on,cache=unsafe,`;
    const file = ['-drive', `${medium}if=none,id=d${drive.slot},media=cdrom`];
    return [...file, '-device', `ide-cd,drive=d${drive.slot},${place},${identity},model=${CD_MODEL}`];
  }
  const geometry = `cyls=${drive.cylinders},heads=${drive.heads},secs=${drive.sectorsPerTrack}`;
  const file = ['-drive', `${mediumOptions(drive, path)},format=raw,if=none,id=d${drive.slot},cache=unsafe`];
  const options = `${place},${identity},${geometry},model=${DISK_MODEL},discard_granularity=0`;
  return [...file, '-device', `ide-hd,drive=d${drive.slot},${options}`];
}

/**
 * QEMU's PIIX3 IDE controller and drives. A QEMU that dies under a program is replaced at the next `restart`; the
 * program that killed it gets `QemuGone`.
 */
export class QemuIde implements IdeUnderTest {
  readonly name = 'QEMU';
  private readonly directory = makeMediaDirectory();
  private readonly media: MediumFile[];
  private readonly lasting = new LastingChanges();
  private client: QtestClient | undefined;
  private lines: string[] = [];
  private reads: number[] = [];

  constructor(
    private readonly binary: string,
    private readonly machine: IdeMachine,
  ) {
    this.media = machine.drives.map((drive) => new MediumFile(this.directory, drive));
  }

  async run(steps: readonly Step[], seen: Observations): Promise<void> {
    for (const step of steps) {
      if (step.kind === 'settle') {
        await this.flush(seen);
        await this.settle();
        seen.push((this.qtest().irqLevel(14) ? 1 : 0) | (this.qtest().irqLevel(15) ? 2 : 0));
      } else {
        this.queue(step);
      }
    }
    await this.flush(seen);
  }

  async readMemory(address: number, length: number): Promise<Uint8Array> {
    return await this.qtest().readMemory(address, length);
  }

  image(slot: number): Uint8Array {
    const medium = this.media.find((candidate) => candidate.drive.slot === slot);
    if (medium === undefined) throw new Error(`${this.machine.name}: no drive in slot ${slot}`);
    return medium.read();
  }

  async restart(): Promise<void> {
    this.lines = [];
    this.reads = [];
    if (this.client?.alive && this.lasting.needNewProcess) await this.client.close();
    if (this.client?.alive) {
      await this.client.reset();
    } else {
      await this.boot();
    }
    for (const medium of this.media) medium.restore();
    await this.setUpAsBios();
    if (this.lasting.areSettings) await this.restoreSettings();
    this.lasting.clear();
  }

  async close(): Promise<void> {
    await this.client?.close();
    for (const medium of this.media) medium.close();
    removeMediaDirectory(this.directory);
  }

  private qtest(): QtestClient {
    if (this.client === undefined) throw new Error('QEMU is started by restart()');
    return this.client;
  }

  private async boot(): Promise<void> {
    const drives = this.media.flatMap((medium) => driveArguments(medium.drive, medium.path));
    this.client = await QtestClient.start(this.binary, ['-machine', 'pc', '-m', '16', ...drives]);
    await this.client.interceptIrqs('ioapic');
    await this.identifyAll();
  }

  /** QEMU builds a drive's identification once, at the first request; that should not be after a program's changes. */
  private async identifyAll(): Promise<void> {
    for (const { drive } of this.media) {
      const base = drive.slot < 2 ? 0x1f0 : 0x170;
      await this.qtest().values([
        portWrite(base + 6, 1, 0xa0 | ((drive.slot & 1) << 4)),
        portWrite(base + 7, 1, drive.kind === 'disk' ? 0xec : 0xa1),
        ...Array.from({ length: 128 }, () => portRead(base, 4)),
        portRead(base + 7, 1),
      ]);
    }
    await this.restoreSettings();
  }

  /**
   * PIIX IDE is PCI device 1 function 1: BAR 4 is the bus-master block, command bits 0 and 2 switch it on. The interrupt
   * lines and the timing registers outlive QEMU's reset, so Status is read and the latter are cleared.
   */
  private async setUpAsBios(): Promise<void> {
    const configure = (register: number, value: number): string[] => [
      portWrite(0xcf8, 4, 0x8000_0900 | register),
      portWrite(0xcfc, 4, value),
    ];
    await this.qtest().values([
      ...[0x40, 0x44, 0x48].flatMap((register) => configure(register, 0)),
      ...configure(0x20, BUS_MASTER_BASE | 1),
      ...configure(0x04, 5),
      ...COMMAND_PORTS.map((port) => portRead(port, 1)),
    ]);
    await this.qtest().fillMemory(MEMORY_BASE, MEMORY_BYTES, 0);
  }

  /**
   * SET FEATURES and INITIALIZE DEVICE PARAMETERS outlive QEMU's reset. A program starts without a DMA mode selected, as
   * drives do after power-on (QEMU itself starts with UDMA mode 5), the write cache on, and the default translation.
   */
  private async restoreSettings(): Promise<void> {
    for (const { drive } of this.media) {
      await this.command(drive, SET_FEATURES, 0x00, 0x03);
      if (drive.kind !== 'disk') continue;
      await this.command(drive, SET_FEATURES, 0, 0x02);
      await this.command(drive, INITIALIZE_DEVICE_PARAMETERS, drive.sectorsPerTrack, 0, drive.heads - 1);
    }
    await this.qtest().reset();
    await this.setUpAsBios();
  }

  private async command(drive: Drive, code: number, count: number, feature: number, head = 0): Promise<void> {
    const base = drive.slot < 2 ? 0x1f0 : 0x170;
    await this.qtest().values([
      portWrite(base + 6, 1, 0xa0 | ((drive.slot & 1) << 4) | head),
      portWrite(base + 1, 1, feature),
      portWrite(base + 2, 1, count),
      portWrite(base + 7, 1, code),
      portRead(base + 7, 1),
    ]);
    await this.settle();
  }

  private queue(step: Exclude<Step, { kind: 'settle' }>): void {
    switch (step.kind) {
      case 'in':
        this.queueRead(step.port, step.width);
        break;
      case 'ins':
        for (let i = 0; i < step.count; i++) this.queueRead(step.port, step.width);
        break;
      case 'out':
        this.lasting.note(step.port, step.value);
        this.lines.push(portWrite(step.port, step.width, step.value));
        break;
      case 'outs':
        for (let i = 0; i < step.count; i++) {
          this.lines.push(portWrite(step.port, step.width, cut(dataElement(step.seed, i), step.width)));
        }
        break;
      case 'store': {
        const text = Buffer.from(step.bytes).toString('base64');
        this.lines.push(`b64write 0x${step.address.toString(16)} ${step.bytes.length} ${text}`);
        break;
      }
      case 'advance':
        this.lines.push(`clock_step ${step.ns}`);
        break;
    }
  }

  private queueRead(port: number, width: 1 | 2 | 4): void {
    this.reads.push(this.lines.length);
    this.lines.push(portRead(port, width));
  }

  private async flush(seen: Observations): Promise<void> {
    const { lines, reads } = this;
    this.lines = [];
    this.reads = [];
    const answers = await this.qtest().send(lines);
    for (const index of reads) seen.push(answerValue(answers[index]) >>> 0);
  }

  /**
   * Waits until no drive works in the background, by reads without side effects. An absent device 1 hides device 0's
   * BSY; two quiet rounds let QEMU's main loop get to a pending software reset. What stays busy, and a bus
   * master that runs, may as well wait for the guest: draining all requests tells the one from the other.
   */
  private async settle(): Promise<void> {
    for (let polls = 0, quiet = 0; quiet < 2; polls++) {
      const [status0, status1, master0, master1] = await this.qtest().values(SETTLE_READS);
      const busy = ((status0 | status1) & BUSY) !== 0;
      const active = ((master0 | master1) & BUS_MASTER_ACTIVE) !== 0;
      if ((busy && polls >= BUSY_POLLS) || (active && !busy)) {
        await this.qtest().drain();
        await this.qtest().values(SETTLE_READS);
        return;
      }
      quiet = busy ? 0 : quiet + 1;
    }
  }
}
