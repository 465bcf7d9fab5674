import { expect } from 'vitest';
import { type IdeUnderTest, Observations, type Step } from './ide-under-test';
import { type IdeMachine, initialImage } from './machines';
import {
  address,
  busMaster,
  type ChannelNumber,
  command,
  commandBlock,
  controlPort,
  type Extent,
  packet,
  prepareDma,
  type Region,
  read,
  select,
  settle,
  startBusMaster,
  TO_MEMORY,
  write,
} from './verbs';

/** Status bits that the cases look at. */
export const BUSY = 0x80;
export const READY = 0x50;
export const READY_WITH_DATA = 0x58;
export const ABORTED_STATUS = 0x41;
export const ABORTED = 0x04;

/** Compares data: as `toEqual`, but for a megabyte at once, and with the place of the first difference. */
export function expectBytes(actual: Uint8Array, wanted: Uint8Array): void {
  if (Buffer.compare(actual, wanted) === 0) return;
  expect(actual.length).toBe(wanted.length);
  const at = actual.findIndex((byte, index) => byte !== wanted[index]);
  expect.fail(`byte ${at} of ${wanted.length} is ${actual[at]}, not ${wanted[at]}`);
}

/** A disk driver in the small: steps in, values out, one expectation after the other. */
export class IdeDriver {
  private readonly seen = new Observations();
  private readonly images = new Map<number, Uint8Array>();

  constructor(
    readonly ide: IdeUnderTest,
    readonly machine: IdeMachine,
  ) {}

  /** Runs steps and gives all that they yielded. */
  async do(...steps: readonly Step[]): Promise<number[]> {
    this.seen.clear();
    await this.ide.run(steps, this.seen);
    return [...this.seen.values.subarray(0, this.seen.length)];
  }

  async in(port: number, width: 1 | 2 | 4 = 1): Promise<number> {
    return (await this.do(read(port, width)))[0];
  }

  async out(port: number, value: number, width: 1 | 2 | 4 = 1): Promise<void> {
    await this.do(write(port, value, width));
  }

  async select(channel: ChannelNumber, device: 0 | 1): Promise<void> {
    await this.do(select(channel, device));
  }

  /** A register of the command block by its offset. */
  register(channel: ChannelNumber, offset: number): Promise<number> {
    return this.in(commandBlock(channel) + offset);
  }

  status(channel: ChannelNumber): Promise<number> {
    return this.register(channel, 7);
  }

  alternateStatus(channel: ChannelNumber): Promise<number> {
    return this.in(controlPort(channel));
  }

  async interrupt(channel: ChannelNumber): Promise<boolean> {
    const [lines] = await this.do(settle());
    return ((lines >> channel) & 1) === 1;
  }

  async command(channel: ChannelNumber, code: number): Promise<void> {
    await this.do(...command(channel, code));
  }

  /** Writes the task file for `extent` and issues the command. */
  async transfer(channel: ChannelNumber, code: number, extent: Extent): Promise<void> {
    await this.do(...address(channel, extent), ...command(channel, code));
  }

  /** Takes `bytes` from the Data port. */
  async takeData(channel: ChannelNumber, bytes: number): Promise<Uint8Array> {
    const port = commandBlock(channel);
    const values = await this.do({ kind: 'ins', port, width: 2, count: bytes / 2 }, settle());
    const data = new Uint8Array(bytes);
    values.slice(0, bytes / 2).forEach((word, index) => {
      data[2 * index] = word & 0xff;
      data[2 * index + 1] = word >> 8;
    });
    return data;
  }

  /** Gives data to the Data port, word by word. */
  async giveData(channel: ChannelNumber, data: Uint8Array): Promise<void> {
    const port = commandBlock(channel);
    const words = Array.from({ length: data.length / 2 }, (_, i) => data[2 * i] | (data[2 * i + 1] << 8));
    await this.do(...words.map((word) => write(port, word, 2)), settle());
  }

  /** Puts a PRD table at `table`, points the engine at it and clears its status. */
  async prepareDma(channel: ChannelNumber, table: number, regions: readonly Region[]): Promise<void> {
    await this.do(...prepareDma(channel, table, regions));
  }

  async startDma(channel: ChannelNumber, direction: number = TO_MEMORY): Promise<void> {
    await this.do(...startBusMaster(channel, direction));
  }

  /** ACTIVE, error and INTR of the engine. */
  async dmaStatus(channel: ChannelNumber): Promise<number> {
    return (await this.in(busMaster(channel) + 2)) & 7;
  }

  async packet(
    channel: ChannelNumber,
    device: 0 | 1,
    bytes: readonly number[],
    { limit = 0xfffe, dma = false } = {},
  ): Promise<void> {
    await this.do(...packet(channel, { device, bytes, limit, dma }));
  }

  async memory(at: number, length: number): Promise<Uint8Array> {
    return (await this.ide.readMemory(at, length)).slice();
  }

  async image(slot: number): Promise<Uint8Array> {
    return (await this.ide.image(slot)).slice();
  }

  /** What a medium held when the machine was started: `length` bytes from byte `from`. */
  initially(slot: number, from: number, length: number): Uint8Array {
    const drive = this.machine.drives.find((candidate) => candidate.slot === slot);
    if (drive === undefined) throw new Error(`${this.machine.name} has nothing in slot ${slot}`);
    const image = this.images.get(slot) ?? initialImage(drive);
    this.images.set(slot, image);
    return image.slice(from, from + length);
  }
}
