import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DEVICE_IDE, DEVICE_PCI, DEVICE_PIT, DEVICE_RTC, DEVICE_UART } from '../../hypervisor/abi/devices';
import type { DriveConfig } from '../../hypervisor/config';
import type { Emulator, EmulatorConfig, EmulatorMachine } from '../../hypervisor/placement/emulator';
import { type Disk, DiskResult } from '../../pv-drivers/backend/disk';
import { UsageError } from '../errors';
import { cmosOf } from './cmos';
import { findQemu } from './find-qemu';
import { QtestChannel, readReady } from './qtest-channel';

/**
 * QEMU's clock is ours: it moves only when it is told to, and its timers fire then. It cannot say when the next one is due, so it is told
 * often: this is how late (ns) an interrupt of its timers can be.
 */
const PERIOD = 100_000;

const IDE_BASES = [0x1f0, 0x170] as const;
const ALTERNATE_STATUS = ['inb 0x3f6', 'inb 0x376'];
const BUSY = 0x80;
/** Work begins with a command, after each block of data, and after a command packet. */
const BLOCK_BYTES = 512;
const PACKET_BYTES = 12;
const PACKET = 0xa0;
/** Looks at a busy drive before the guest has to. QEMU's drives work in real time, some tens of looks for a request. */
const MOST_LOOKS = 20_000;
const QUIET_LOOKS = 2;
const COM1 = 0x3f8;
const WIDTH_SUFFIX = ['', 'b', 'w', '', 'l'];
const RESET_CONTROL = 0xcf9;
const HARD_RESET = 0x06;
/** The device at each interrupt line: lines of devices that QEMU has but does not serve here must stay quiet. */
const DEVICE_OF_LINE = new Map<number, number>([
  [0, DEVICE_PIT],
  [4, DEVICE_UART],
  [8, DEVICE_RTC],
  [14, DEVICE_IDE],
  [15, DEVICE_IDE],
]);
const CHUNK = 1 << 20;

const isData = (port: number) => (IDE_BASES as readonly number[]).includes(port);
/** Command and Device Control. */
const isControl = (port: number) => IDE_BASES.some((base) => port === base + 7 || port === base + 0x206);

/** A drive's medium in a file of its own, which QEMU opens; what the guest wrote goes back to the disk when it is flushed. */
class MediumFile {
  readonly path: string;
  private readonly fd: number;

  constructor(
    directory: string,
    slot: number,
    private readonly disk: Disk,
  ) {
    this.path = join(directory, `disk${slot}.img`);
    this.fd = openSync(this.path, 'w+');
    ftruncateSync(this.fd, disk.sectors * 512);
    this.eachChunk((sector, own) => {
      if (own.some((byte) => byte !== 0)) writeSync(this.fd, own, 0, own.length, sector * 512);
      return DiskResult.OK;
    });
  }

  /** False: the disk did not take all of it. */
  flush(): boolean {
    if (this.disk.readOnly) return true;
    const written = Buffer.alloc(CHUNK);
    const moved = this.eachChunk((sector, own) => {
      const count = readSync(this.fd, written, 0, own.length, sector * 512);
      const same = count === own.length && written.subarray(0, count).equals(own);
      return same ? DiskResult.OK : this.disk.write(sector, written, 0, own.length);
    });
    return moved && this.disk.flush() === DiskResult.OK;
  }

  close(): void {
    closeSync(this.fd);
  }

  private eachChunk(visit: (sector: number, own: Uint8Array) => DiskResult): boolean {
    const buffer = Buffer.alloc(CHUNK);
    for (let sector = 0; sector < this.disk.sectors; sector += CHUNK / 512) {
      const own = buffer.subarray(0, Math.min(CHUNK, (this.disk.sectors - sector) * 512));
      if (this.disk.read(sector, own, 0, own.length) !== DiskResult.OK) return false;
      if (visit(sector, own) !== DiskResult.OK) return false;
    }
    return true;
  }
}

/** QEMU's PC as an emulator: its serial line, IDE channels, timer and clock, reached by port accesses alone. */
class Qemu implements Emulator {
  private readonly channel: QtestChannel;
  private readonly media: MediumFile[] = [];
  private readonly serial: { path: string; toQemu: number; fromQemu: number };
  private readonly sent = new Uint8Array(4096);
  /** Virtual time that QEMU was told of last, and that which it is to be told of before anything else. */
  private told = 0;
  private time = 0;
  /** Bytes through the data ports after which a drive may work, and bytes so far. */
  private portion = BLOCK_BYTES;
  private moved = 0;

  constructor(
    binary: string,
    private readonly machine: EmulatorMachine,
  ) {
    const { config } = machine;
    const serves = (device = 0) => ((config.emulator!.devices >> device) & 1) !== 0;
    this.channel = new QtestChannel((line, level) => {
      if (serves(DEVICE_OF_LINE.get(line))) machine.setIrq(line, level);
    });
    this.serial = this.channel.makePipes('serial');
    // Drives that somebody else serves would be written back with what they held at the start.
    const drives = serves(DEVICE_IDE) ? config.drives : [];
    const date = new Date(config.epoch * 1000).toISOString().slice(0, 19);
    const args = [
      ...['-machine', 'pc,hpet=off', '-m', `${Math.max(8, Math.ceil(config.ramBytes / 2 ** 20))}`],
      ...['-rtc', `base=${date},clock=vm`],
      ...['-chardev', `pipe,id=s0,path=${this.serial.path}`, '-device', 'isa-serial,chardev=s0,index=0'],
      ...drives.flatMap((drive, slot) => (drive ? this.driveArguments(drive, slot) : [])),
    ];
    this.channel.start(binary, args, 'ioapic');
  }

  read(address: number, width: number): number {
    const value = this.tell([`in${WIDTH_SUFFIX[width]} ${address}`]).at(-1)! >>> 0;
    if (isData(address)) this.transferred(width);
    return value;
  }

  write(address: number, width: number, value: number): void {
    this.tell([`out${WIDTH_SUFFIX[width]} ${address} ${value}`]);
    if (isData(address)) this.transferred(width);
    else if (isControl(address)) {
      this.portion = value === PACKET ? PACKET_BYTES : BLOCK_BYTES;
      this.moved = 0;
      this.settle();
    } else if (address === COM1) this.takeOutput();
  }

  input(index: number, bytes: Uint8Array): number {
    if (index !== 0) return bytes.length;
    try {
      return writeSync(this.serial.toQemu, bytes);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
      throw error;
    }
  }

  nextDeadline(): number {
    return this.told + PERIOD;
  }

  /** QEMU hears of the new time with the next access, or when it is high time. */
  advanceTo(ns: number): void {
    this.time = ns;
    if (ns - this.told < PERIOD) return;
    this.tell([]);
    this.takeOutput();
  }

  /** QEMU resets when it next turns to its main loop, hence before it answers another line. Interrupt lines outlive its reset. */
  reset(): void {
    this.tell([`outb ${RESET_CONTROL} ${HARD_RESET}`]);
    this.tell(IDE_BASES.map((base) => `inb ${base + 7}`));
    for (const [address, value] of cmosOf(this.machine.config))
      this.tell([`outb 0x70 ${address}`, `outb 0x71 ${value}`]);
  }

  flush(): string[] {
    return this.media.flatMap((medium, index) => (medium.flush() ? [] : [`disk ${index} could not be flushed`]));
  }

  close(): void {
    for (const medium of this.media) medium.close();
    for (const fd of [this.serial.toQemu, this.serial.fromQemu]) closeSync(fd);
    this.channel.close();
  }

  /** Bring QEMU's clock to the present, then send `lines`. */
  private tell(lines: string[]): number[] {
    if (this.time > this.told) lines.unshift(`clock_set ${this.time}`);
    this.told = Math.max(this.told, this.time);
    return lines.length === 0 ? [] : this.channel.exchange(lines);
  }

  /**
   * Let drives finish what they do in the background, in real time, so that the guest's run does not depend on it. Looking at
   * Alternate Status has no effect.
   */
  private settle(): void {
    for (let looks = 0, quiet = 0; quiet < QUIET_LOOKS && looks < MOST_LOOKS; looks++) {
      const busy = this.tell([...ALTERNATE_STATUS])
        .slice(-2)
        .some((status) => (status & BUSY) !== 0);
      quiet = busy ? 0 : quiet + 1;
    }
  }

  private transferred(bytes: number): void {
    this.moved += bytes;
    if (this.moved < this.portion) return;
    this.moved = 0;
    this.portion = BLOCK_BYTES;
    this.settle();
  }

  private takeOutput(): void {
    const sink = this.machine.config.uarts[0]?.sink;
    const count = readReady(this.serial.fromQemu, this.sent);
    for (let index = 0; index < count; index++) sink?.(this.sent[index]!);
  }

  private driveArguments(drive: DriveConfig, slot: number): string[] {
    const { cdrom, disk, identity, geometry } = drive;
    const medium = disk && new MediumFile(this.channel.directory, slot, disk);
    if (medium) this.media.push(medium);
    const file = medium ? `file=${medium.path},format=raw,cache=unsafe,` : '';
    const { model, serial, revision } = identity ?? {
      ...{ model: cdrom ? 'selfio CD-ROM' : 'selfio disk', serial: `SELFIO${slot}`, revision: '1.0' },
    };
    const translation = geometry
      ? `,cyls=${geometry.cylinders},heads=${geometry.heads},secs=${geometry.sectorsPerTrack}`
      : '';
    const place = `bus=ide.${slot >> 1},unit=${slot & 1}`;
    return [
      ...[
        '-drive',
        `${file}if=none,id=d${slot}${cdrom ? ',media=cdrom,readonly=on' : disk?.readOnly ? ',readonly=on' : ''}`,
      ],
      ...[
        '-device',
        `ide-${cdrom ? 'cd' : 'hd'},drive=d${slot},${place},model=${model},serial=${serial},ver=${revision}${translation}`,
      ],
    ];
  }
}

/**
 * A QEMU process over qtest: the literal conventional emulator. Port I/O only, because its RAM is not the guest's: no bus master, no
 * PCI. Its drives finish their work before the guest looks at them, and its timers' interrupts are up to 100 µs late.
 */
export const QEMU_EMULATOR: EmulatorConfig = {
  name: 'qemu',
  devices: (1 << DEVICE_UART) | (1 << DEVICE_IDE) | (1 << DEVICE_PIT) | (1 << DEVICE_RTC),
  create(machine) {
    if (machine.config.devices & (1 << DEVICE_PCI)) {
      throw new UsageError(
        '--placement qemu: QEMU is reached by port I/O alone, and has no bus master here; leave out --pci',
      );
    }
    const binary = findQemu();
    const named = process.env.SELFIO_QEMU;
    if (!binary && named) {
      throw new UsageError(
        `--placement qemu: SELFIO_QEMU=${named} is no QEMU with the qtest accelerator; name another`,
      );
    }
    if (!binary) {
      throw new UsageError(
        '--placement qemu: there is no QEMU with the qtest accelerator; install qemu-system-xen, or name one in SELFIO_QEMU',
      );
    }
    return new Qemu(binary, machine);
  },
};
