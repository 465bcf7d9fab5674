/**
 * What a driver does, as steps: selecting, addressing, issuing, moving data. Register numbers and bits are declared
 * here once more, apart from those of any implementation, so that a wrong one cannot cancel itself out.
 */
import { BOTH_CHANNELS, type Step, type Width } from './ide-under-test';
import { BUS_MASTER_BASE } from './machines';

export type ChannelNumber = 0 | 1;

export const commandBlock = (channel: ChannelNumber): number => (channel === 0 ? 0x1f0 : 0x170);
export const controlPort = (channel: ChannelNumber): number => (channel === 0 ? 0x3f6 : 0x376);
export const busMaster = (channel: ChannelNumber): number => BUS_MASTER_BASE + 8 * channel;

export const read = (port: number, width: Width = 1): Step => ({ kind: 'in', port, width });
export const write = (port: number, value: number, width: Width = 1): Step => ({ kind: 'out', port, width, value });
export const store = (address: number, bytes: Uint8Array): Step => ({ kind: 'store', address, bytes });
export const settle = (channels: number = BOTH_CHANNELS): Step => ({ kind: 'settle', channels });

export const readStatus = (channel: ChannelNumber): Step => read(commandBlock(channel) + 7);
export const readAlternateStatus = (channel: ChannelNumber): Step => read(controlPort(channel));
export const writeControl = (channel: ChannelNumber, value: number): Step => write(controlPort(channel), value);

export const select = (channel: ChannelNumber, device: 0 | 1): Step =>
  write(commandBlock(channel) + 6, 0xa0 | (device << 4));

/** Issues a command and waits for what it does by itself. */
export function command(channel: ChannelNumber, code: number): Step[] {
  return [write(commandBlock(channel) + 7, code), settle()];
}

/** SRST for long enough, the wait for the devices, and the selection of device 0. [ATA-6] 9.2 */
export function softwareReset(channel: ChannelNumber, other = 0): Step[] {
  return [writeControl(channel, 0x04 | other), settle(), writeControl(channel, other), settle(), select(channel, 0)];
}

/** Every register of a command block and its control block, without side effects but for the last, Status. */
export function dumpRegisters(channel: ChannelNumber): Step[] {
  const base = commandBlock(channel);
  return [readAlternateStatus(channel), ...[1, 2, 3, 4, 5, 6, 7].map((offset) => read(base + offset))];
}

export type AddressForm = 'chs' | 'lba28' | 'lba48';

/** Sectors that a command is to work on, as the task file will name them. */
export interface Extent {
  readonly device: 0 | 1;
  readonly form: AddressForm;
  /** Sector number; for CHS the packed value that `packChs` makes. */
  readonly sector: number;
  /** As written to Sector Count: 0 is the largest. */
  readonly count: number;
}

/** Cylinder, head and sector in one number, so that an extent has one shape. */
export const packChs = (cylinder: number, head: number, sector: number): number =>
  cylinder * 0x1000 + head * 0x100 + sector;

/** Writes Device, then the parameters, in the order that 48-bit commands ask for. [ATA-6] 6.20 */
export function address(channel: ChannelNumber, { device, form, sector, count }: Extent): Step[] {
  const base = commandBlock(channel);
  const byte = (n: number): number => Math.floor(sector / 2 ** (8 * n)) & 0xff;
  const selected = 0xa0 | (device << 4);
  switch (form) {
    case 'chs':
      return [
        write(base + 6, selected | ((sector >> 8) & 15)),
        write(base + 2, count & 0xff),
        write(base + 3, sector & 0xff),
        write(base + 4, (sector >> 12) & 0xff),
        write(base + 5, (sector >> 20) & 0xff),
      ];
    case 'lba28':
      return [
        write(base + 6, selected | 0x40 | (byte(3) & 15)),
        write(base + 2, count & 0xff),
        write(base + 3, byte(0)),
        write(base + 4, byte(1)),
        write(base + 5, byte(2)),
      ];
    case 'lba48':
      return [
        write(base + 6, selected | 0x40),
        write(base + 2, count >> 8),
        write(base + 3, byte(3)),
        write(base + 4, byte(4)),
        write(base + 5, byte(5)),
        write(base + 2, count & 0xff),
        write(base + 3, byte(0)),
        write(base + 4, byte(1)),
        write(base + 5, byte(2)),
      ];
  }
}

/**
 * Moves `bytes` through the Data port a sector at a time, waiting after each: whoever wrongly believes in larger blocks
 * would otherwise race with the next block's arrival.
 */
function throughData(bytes: number, width: 2 | 4, piece: (count: number, index: number) => Step): Step[] {
  const steps: Step[] = [];
  for (let at = 0, index = 0; at < bytes; at += 512, index++) {
    steps.push(piece(Math.min(512, bytes - at) / width, index), settle());
  }
  return steps;
}

/** Reads one DRQ block, as a driver does on its interrupt: status, data, and the wait for the next block. */
export function readBlock(channel: ChannelNumber, bytes: number, width: 2 | 4 = 2): Step[] {
  const port = commandBlock(channel);
  return [readStatus(channel), ...throughData(bytes, width, (count) => ({ kind: 'ins', port, width, count }))];
}

/** Fills one DRQ block with the data of `seed`. */
export function writeBlock(channel: ChannelNumber, bytes: number, seed: number, width: 2 | 4 = 2): Step[] {
  const port = commandBlock(channel);
  const piece = (count: number, index: number): Step => ({ kind: 'outs', port, width, count, seed: seed + index });
  return [readAlternateStatus(channel), ...throughData(bytes, width, piece)];
}

/** A piece of guest memory in a PRD table; `bytes` 0 stands for 64 KiB. */
export interface Region {
  readonly address: number;
  readonly bytes: number;
}

/** A table of physical region descriptors; the last is marked. [SFF-8038i] 1.2 */
export function regionTable(regions: readonly Region[]): Uint8Array {
  const table = new Uint8Array(regions.length * 8);
  const view = new DataView(table.buffer);
  regions.forEach(({ address, bytes }, index) => {
    view.setUint32(index * 8, address, true);
    view.setUint32(index * 8 + 4, bytes + (index === regions.length - 1 ? 0x8000_0000 : 0), true);
  });
  return table;
}

/** Direction bit of the bus-master command: towards memory for a read from the drive. [SFF-8038i] 3.1 */
export const TO_MEMORY = 0x08;
export const START = 0x01;

/** Puts a PRD table at `table`, clears the engine's status and points it there. */
export function prepareDma(channel: ChannelNumber, table: number, regions: readonly Region[]): Step[] {
  const base = busMaster(channel);
  return [store(table, regionTable(regions)), ...[write(base, 0), write(base + 2, 0x66), write(base + 4, table, 4)]];
}

export function startBusMaster(channel: ChannelNumber, direction: number): Step[] {
  return [write(busMaster(channel), direction | START), settle()];
}

/** What an interrupt handler does after a transfer: stop, read both statuses, clear INTR. */
export function endBusMaster(channel: ChannelNumber): Step[] {
  const base = busMaster(channel);
  return [
    read(base + 2),
    readStatus(channel),
    write(base, 0),
    settle(),
    read(base + 2),
    write(base + 2, 0x64),
    read(base + 2),
  ];
}

/** PACKET with its twelve bytes; `limit` is the byte count limit for PIO. [ATA-6] 8.23, 9.8 */
export function packet(
  channel: ChannelNumber,
  { device, bytes, limit, dma }: { device: 0 | 1; bytes: readonly number[]; limit: number; dma: boolean },
): Step[] {
  const base = commandBlock(channel);
  const words = [0, 2, 4, 6, 8, 10].map((at) => write(base, (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8), 2));
  return [
    select(channel, device),
    write(base + 1, dma ? 1 : 0),
    write(base + 4, limit & 0xff),
    write(base + 5, limit >> 8),
    ...command(channel, 0xa0),
    readAlternateStatus(channel),
    read(base + 2),
    ...words,
    settle(),
  ];
}
