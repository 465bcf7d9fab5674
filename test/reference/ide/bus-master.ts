/** Command register. [SFF-8038i] 3.1, bits 0 (start) and 3 (direction). Other bits are reserved and read zero. */
const Command = { Start: 0x01, Direction: 0x08 } as const;

/** Status register. [SFF-8038i] 3.2 */
const Status = { Active: 0x01, Error: 0x02, Interrupt: 0x04, DriveCapable: 0x60 } as const;

const REGION_DESCRIPTOR_BYTES = 8;
const END_OF_TABLE = 0x8000_0000;
/** A table may not cross a 64 KiB boundary; 4 KiB of it, 512 entries, is what any transfer needs and all that is read. */
const TABLE_LIMIT_BYTES = 4096;

/** A piece of guest memory that a transfer covers. */
interface Region {
  readonly address: number;
  readonly length: number;
}

/** A device that waits for DMA. Told to go once the host has started the engine too. */
export interface DmaClient {
  /** Length in bytes of what is to be transferred next. */
  readonly dmaLength: number;
  /**
   * Both sides are ready: move the data, then report by `BusMaster.finish`. `room` is what the table has memory for, at
   * most `dmaLength`.
   */
  beginDma(room: number): void;
}

/** One channel's bus-master engine: four registers and the walk through a table of physical region descriptors. */
export class BusMaster {
  private command = 0;
  private status = 0;
  private table = 0;
  /** The table that the engine was started on, and the next descriptor in it. A new pointer waits for the next start. */
  private startedTable = 0;
  private cursor = 0;
  /** The descriptor that is marked as the last one has been used. */
  private ended = false;
  /** Counts starts of the engine, so that what belongs to an earlier one is recognised. */
  private starts = 0;
  private client: DmaClient | undefined;
  private owner: object | undefined;
  private underWay = false;
  private regions: Region[] = [];
  /** The table describes more memory than the transfer in progress needs. [SFF-8038i] 3.2 */
  private tableIsLonger = false;

  /** @param mayMasterBus the bus master bit of the PCI Command register; without it the engine waits. [PIIX3] 2.3.3 */
  constructor(
    private readonly memory: Uint8Array,
    private readonly mayMasterBus: () => boolean,
  ) {}

  reset(): void {
    this.command = 0;
    this.status = 0;
    this.table = 0;
    this.owner = undefined;
    this.client = undefined;
    this.underWay = false;
  }

  /** The IDE interrupt of this channel was asserted. [SFF-8038i] 3.2: set at the rising edge, whatever caused it. */
  noteInterrupt(): void {
    this.status |= Status.Interrupt;
  }

  /** The device `owner` has a command that moves data by DMA. */
  connect(owner: object, client: DmaClient): void {
    this.owner = owner;
    this.client = client;
    this.start();
  }

  /** The command that `owner` had connected for is over without a result. */
  disconnect(owner: object): void {
    if (this.owner !== owner) return;
    this.owner = undefined;
    this.client = undefined;
    this.underWay = false;
  }

  /** `owner` is through, if it was connected. A table with more room leaves the engine active, waiting for more. */
  finish(owner: object, succeeded: boolean): void {
    if (this.owner !== owner) return;
    this.disconnect(owner);
    if (!succeeded || !this.tableIsLonger) this.status &= ~Status.Active;
  }

  /** Copies the device's data, or the first part of it, to the regions found for this transfer. */
  toMemory(data: Uint8Array): void {
    let offset = 0;
    for (const { address, length } of this.regions) {
      const available = Math.min(length, this.memory.length - address);
      if (available > 0) this.memory.set(data.subarray(offset, offset + available), address);
      offset += length;
    }
  }

  /** Fills `data` from the regions found for this transfer; memory that does not exist reads as ones. */
  fromMemory(data: Uint8Array): void {
    let offset = 0;
    for (const { address, length } of this.regions) {
      const available = Math.max(0, Math.min(length, this.memory.length - address));
      data.set(this.memory.subarray(address, address + available), offset);
      data.fill(0xff, offset + available, offset + length);
      offset += length;
    }
  }

  /** One byte of the channel's eight. Bytes 1 and 3 are reserved. [SFF-8038i] 3 */
  read(offset: number): number {
    if (offset >= 4) return (this.table >>> (8 * (offset - 4))) & 0xff;
    switch (offset) {
      case 0:
        return this.command;
      case 2:
        return this.status;
      default:
        return 0xff;
    }
  }

  write(offset: number, value: number): void {
    if (offset >= 4) this.writeTable(8 * (offset - 4), value);
    else if (offset === 0) this.writeCommand(value);
    else if (offset === 2) this.writeStatus(value);
  }

  /** The table's address is a multiple of four. [SFF-8038i] 3.3 */
  private writeTable(shift: number, value: number): void {
    this.table = ((this.table & ~(0xff << shift)) | ((value << shift) & ~3)) >>> 0;
  }

  private writeCommand(value: number): void {
    const started = value & ~this.command & Command.Start;
    const stopped = ~value & this.command & Command.Start;
    this.command = value & (Command.Start | Command.Direction);
    if (stopped) this.stop();
    if (!started || (this.status & Status.Active) !== 0) return;
    this.status |= Status.Active;
    this.startedTable = this.table;
    this.cursor = this.table;
    this.ended = false;
    this.start();
  }

  /** What is under way is aborted and the engine forgets it; the drive goes on waiting. [SFF-8038i] 3.1, bit 0 */
  private stop(): void {
    this.status &= ~Status.Active;
    this.underWay = false;
    this.starts++;
  }

  /** A callback that does nothing once the host has stopped the engine. */
  whileStarted<T>(callback: (result: T) => void): (result: T) => void {
    const { starts } = this;
    return (result) => {
      if (starts === this.starts) callback(result);
    };
  }

  private writeStatus(value: number): void {
    const cleared = value & (Status.Interrupt | Status.Error);
    this.status = (this.status & ~Status.DriveCapable & ~cleared) | (value & Status.DriveCapable);
  }

  /** Begins the transfer if drive, host and PCI have all said yes. */
  start(): void {
    const { client } = this;
    if (client === undefined || this.underWay || (this.status & Status.Active) === 0 || !this.mayMasterBus()) return;
    this.underWay = true;
    client.beginDma(this.walkTable(client.dmaLength));
  }

  /** Collects the regions for the first `wanted` bytes. [SFF-8038i] 1.2: bit 0 of a count is zero, count 0 means 64 KiB. */
  private walkTable(wanted: number): number {
    const view = new DataView(this.memory.buffer, this.memory.byteOffset, this.memory.byteLength);
    let described = 0;
    this.regions = [];
    while (!this.ended && this.cursor - this.startedTable < TABLE_LIMIT_BYTES) {
      if (this.cursor + REGION_DESCRIPTOR_BYTES > view.byteLength) break;
      const address = view.getUint32(this.cursor, true);
      const word = view.getUint32(this.cursor + 4, true);
      this.cursor += REGION_DESCRIPTOR_BYTES;
      const length = word & 0xfffe || 0x1_0000;
      const used = Math.min(length, wanted - Math.min(described, wanted));
      if (used > 0) this.regions.push({ address, length: used });
      described += length;
      this.ended = (word & END_OF_TABLE) !== 0;
    }
    this.tableIsLonger = described > wanted;
    return Math.min(described, wanted);
  }
}
