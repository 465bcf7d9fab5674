import { expect } from 'vitest';
import { ABORTED, ABORTED_STATUS, expectBytes, type IdeDriver, READY, READY_WITH_DATA } from '../driver';
import { CD_MODEL, CD_PRODUCT, CD_VENDOR, EMPTY_TRAY, MEMORY_BASE, STANDARD } from '../machines';
import type { ConformanceCase } from '../suite';
import { softwareReset } from '../verbs';

const TABLE = MEMORY_BASE;
const BUFFER = MEMORY_BASE + 0x1_0000;
const CD_SECTORS = 100;
const SLOT = 2;

/** Interrupt reason: command phase, data to the host, ended. [ATA-6] 8.23, table 28 */
const COMMAND_PHASE = 1;
const DATA_IN = 2;
const ENDED = 3;

const CHECK_CONDITION = 0x41;
const NOT_READY_KEY = 0x20;
const ILLEGAL_REQUEST_KEY = 0x50;
const UNIT_ATTENTION_KEY = 0x60;

const reason = async (driver: IdeDriver, channel: 0 | 1 = 1): Promise<number> =>
  (await driver.register(channel, 2)) & 7;
const byteCount = async (driver: IdeDriver): Promise<number> =>
  (await driver.register(1, 4)) | ((await driver.register(1, 5)) << 8);

const read10 = (sector: number, count: number): number[] => [
  0x28,
  0,
  0,
  0,
  sector >> 8,
  sector & 0xff,
  0,
  count >> 8,
  count,
];

/** Takes a reply of one DRQ block and checks the phases around it. */
async function reply(driver: IdeDriver, bytes: readonly number[], length: number): Promise<Uint8Array> {
  await driver.packet(1, 0, bytes);
  expect(await driver.interrupt(1)).toBe(true);
  expect(await reason(driver)).toBe(DATA_IN);
  expect(await byteCount(driver)).toBe(length);
  expect(await driver.status(1)).toBe(READY_WITH_DATA);
  const data = await driver.takeData(1, length);
  expect(await driver.interrupt(1)).toBe(true);
  expect(await reason(driver)).toBe(ENDED);
  expect(await driver.status(1)).toBe(READY);
  return data;
}

/** Sense key and code of the last error. */
async function sense(driver: IdeDriver, channel: 0 | 1, device: 0 | 1): Promise<number[]> {
  await driver.packet(channel, device, [0x03, 0, 0, 0, 18]);
  const data = await driver.takeData(channel, 18);
  await driver.status(channel);
  return [data[2] & 0x0f, data[12]];
}

async function expectCheck(driver: IdeDriver, channel: 0 | 1, key: number): Promise<void> {
  expect(await driver.interrupt(channel)).toBe(true);
  expect(await reason(driver, channel)).toBe(ENDED);
  expect((await driver.register(channel, 1)) & 0xf0).toBe(key);
  expect((await driver.status(channel)) & 0xc9).toBe(CHECK_CONDITION);
}

export const packets: readonly ConformanceCase[] = [
  {
    name: 'IDENTIFY PACKET DEVICE tells a CD-ROM with 12-byte packets; IDENTIFY DEVICE is aborted with the signature',
    machine: STANDARD,
    clause: '[ATA-6] 8.15.5.2, 8.16',
    async run(driver) {
      await driver.select(1, 0);
      await driver.command(1, 0xa1);
      expect(await driver.status(1)).toBe(READY_WITH_DATA);
      const block = await driver.takeData(1, 512);
      expect((block[1] & 0xdf) | 0).toBe(0x85);
      expect(block[0] & 0x03).toBe(0);
      const model = Array.from({ length: 40 }, (_, index) => String.fromCharCode(block[54 + (index ^ 1)])).join('');
      expect(model.trimEnd()).toBe(CD_MODEL);
      await driver.command(1, 0xec);
      expect(await driver.status(1)).toBe(ABORTED_STATUS);
      expect(await byteCount(driver)).toBe(0xeb14);
    },
  },
  {
    name: 'PACKET asks for the packet without an interrupt, in the command phase',
    machine: STANDARD,
    clause: '[ATA-6] 9.8',
    async run(driver) {
      await driver.select(1, 0);
      await driver.out(0x171, 0);
      await driver.command(1, 0xa0);
      expect(await driver.interrupt(1)).toBe(false);
      expect((await driver.alternateStatus(1)) & 0x89).toBe(0x08);
      expect(await reason(driver)).toBe(COMMAND_PHASE);
    },
  },
  {
    name: 'a read by PIO comes in blocks of the byte count limit, each with an interrupt',
    machine: STANDARD,
    clause: '[ATA-6] 8.23.4, 9.8',
    async run(driver) {
      const limit = 5120;
      const total = 7 * 2048;
      await driver.packet(1, 0, read10(20, 7), { limit });
      const data = new Uint8Array(total);
      for (let at = 0; at < total; at += limit) {
        const length = Math.min(limit, total - at);
        expect(await driver.interrupt(1)).toBe(true);
        expect(await reason(driver)).toBe(DATA_IN);
        expect(await byteCount(driver)).toBe(length);
        expect(await driver.status(1)).toBe(READY_WITH_DATA);
        for (let piece = 0; piece < length; piece += 1024) data.set(await driver.takeData(1, 1024), at + piece);
      }
      expect(await driver.interrupt(1)).toBe(true);
      expect(await reason(driver)).toBe(ENDED);
      expect(await driver.status(1)).toBe(READY);
      expectBytes(data, driver.initially(SLOT, 20 * 2048, total));
    },
  },
  {
    name: 'a read by DMA goes to memory and interrupts once',
    machine: STANDARD,
    clause: '[ATA-6] 9.8; [SFF-8038i] 3',
    async run(driver) {
      const regions = [
        { address: BUFFER, bytes: 3000 },
        { address: BUFFER + 0x4000, bytes: 3 * 2048 - 3000 },
      ];
      await driver.prepareDma(1, TABLE, regions);
      await driver.packet(1, 0, [0xa8, 0, 0, 0, 0, 50, 0, 0, 0, 3], { dma: true });
      expect(await driver.interrupt(1)).toBe(false);
      await driver.startDma(1);
      expect(await driver.interrupt(1)).toBe(true);
      expect(await driver.dmaStatus(1)).toBe(4);
      expect(await reason(driver)).toBe(ENDED);
      expect(await driver.status(1)).toBe(READY);
      const expected = driver.initially(SLOT, 50 * 2048, 3 * 2048);
      expectBytes(await driver.memory(BUFFER, 3000), expected.slice(0, 3000));
      expectBytes(await driver.memory(BUFFER + 0x4000, 3 * 2048 - 3000), expected.slice(3000));
    },
  },
  {
    name: 'a table longer than a packet command needs leaves the engine active',
    machine: STANDARD,
    clause: '[SFF-8038i] 3.2',
    deviation: 'packet-long-table',
    async run(driver) {
      await driver.prepareDma(1, TABLE, [{ address: BUFFER, bytes: 4096 }]);
      await driver.packet(1, 0, read10(0, 1), { dma: true });
      await driver.startDma(1);
      expect(await driver.dmaStatus(1)).toBe(5);
    },
  },
  {
    name: 'READ CAPACITY, INQUIRY and READ TOC describe the disc',
    machine: STANDARD,
    clause: '[MMC-3] 5.15, 5.23; [SPC-3] 6.4',
    async run(driver) {
      expect([...(await reply(driver, [0x25], 8))]).toEqual([0, 0, 0, CD_SECTORS - 1, 0, 0, 8, 0]);
      const inquiry = await reply(driver, [0x12, 0, 0, 0, 36], 36);
      expect([inquiry[0], inquiry[1] & 0x80]).toEqual([0x05, 0x80]);
      const toc = await reply(driver, [0x43, 0, 0, 0, 0, 0, 0, 0, 20, 0], 20);
      expect([...toc.subarray(0, 4)]).toEqual([0, 18, 1, 1]);
      expect([...toc.subarray(4, 12)]).toEqual([0, 0x14, 1, 0, 0, 0, 0, 0]);
      expect([toc[14], ...toc.subarray(16)]).toEqual([0xaa, 0, 0, 0, CD_SECTORS]);
      const times = await reply(driver, [0x43, 2, 0, 0, 0, 0, 0, 0, 20, 0], 20);
      expect([...times.subarray(16)]).toEqual([0, 0, 3, 25]);
    },
  },
  {
    name: 'INQUIRY tells the configured vendor and product',
    machine: STANDARD,
    clause: '[SPC-3] 6.4.2',
    deviation: 'inquiry-identification',
    async run(driver) {
      const inquiry = await reply(driver, [0x12, 0, 0, 0, 36], 36);
      const text = String.fromCharCode(...inquiry.subarray(8, 32));
      expect(text).toBe(CD_VENDOR.padEnd(8) + CD_PRODUCT.padEnd(16));
    },
  },
  {
    name: 'the lead-out has the control bits of the track before it',
    machine: STANDARD,
    clause: '[MMC-3] 5.23.3.1',
    deviation: 'toc-lead-out',
    async run(driver) {
      expect((await reply(driver, [0x43, 0, 0, 0, 0, 0, 0xaa, 0, 12, 0], 12))[5]).toBe(0x14);
    },
  },
  {
    name: 'READ TOC takes its format from byte 2',
    machine: STANDARD,
    clause: '[MMC-3] 5.23.1',
    deviation: 'toc-format',
    async run(driver) {
      expect([...(await reply(driver, [0x43, 0, 1, 0, 0, 0, 0, 0, 12, 0], 12))].slice(0, 4)).toEqual([0, 10, 1, 1]);
    },
  },
  {
    name: 'GET CONFIGURATION and GET EVENT STATUS NOTIFICATION know that a CD is in',
    machine: STANDARD,
    clause: '[MMC-3] 5.5, 5.6',
    async run(driver) {
      const configuration = await reply(driver, [0x46, 0, 0, 0, 0, 0, 0, 0, 20], 20);
      expect([configuration[6], configuration[7]]).toEqual([0, 8]);
      expect([...configuration.subarray(8, 12)]).toEqual([0, 0, 3, 8]);
      const event = await reply(driver, [0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8], 8);
      expect([...event]).toEqual([0, 4, 4, 0x10, 0, 2, 0, 0]);
    },
  },
  {
    name: 'GET CONFIGURATION has the mandatory features, one by one and together',
    machine: STANDARD,
    clause: '[MMC-3] 5.5.2, 5.4.3.2',
    deviation: 'configuration-features',
    async run(driver) {
      const sizes = { 1: 4, 3: 4, 16: 8 };
      for (const [feature, size] of Object.entries(sizes)) {
        const code = Number(feature);
        const single = await reply(driver, [0x46, 2, 0, code, 0, 0, 0, 0, 64], 12 + size);
        expect([single[9], single[10] & 1, single[11]]).toEqual([code, 1, size]);
      }
    },
  },
  {
    name: 'MODE SENSE is cut to what was asked for, and says how long it would be',
    machine: STANDARD,
    clause: '[SPC-3] 6.10, 4.3.4.6',
    async run(driver) {
      const page = await reply(driver, [0x5a, 0, 0x2a, 0, 0, 0, 0, 0, 16], 16);
      expect([page[8], page[0] * 256 + page[1]]).toEqual([0x2a, page[9] + 8]);
    },
  },
  {
    name: 'MODE SENSE knows all pages together, and their default values',
    machine: STANDARD,
    clause: '[SPC-3] 6.10.1',
    deviation: 'mode-pages',
    async run(driver) {
      const recovery = await reply(driver, [0x5a, 0, 0x81, 0, 0, 0, 0, 0, 64], 16);
      expect([recovery[8], recovery[9]]).toEqual([0x01, 6]);
      await driver.packet(1, 0, [0x5a, 0, 0x3f, 0, 0, 0, 0, 0, 64]);
      const all = await driver.takeData(1, await byteCount(driver));
      expect([all[8], all[8 + all[9] + 2]]).toEqual([0x01, 0x2a]);
    },
  },
  {
    name: 'opening the tray is an event, told once',
    machine: STANDARD,
    clause: '[MMC-3] 5.6.3.5',
    deviation: 'media-events',
    async run(driver) {
      await driver.packet(1, 0, [0x1b, 0, 0, 0, 2]);
      await driver.status(1);
      const event = [0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8];
      expect([...(await reply(driver, event, 8)).subarray(4, 6)]).toEqual([3, 1]);
      expect([...(await reply(driver, event, 8)).subarray(4, 6)]).toEqual([0, 1]);
    },
  },
  {
    name: 'a read beyond the disc, an unknown command and an unknown field are illegal requests',
    machine: STANDARD,
    clause: '[MMC-3] annex C',
    async run(driver) {
      for (const [bytes, code] of [
        [read10(CD_SECTORS - 1, 2), 0x21],
        [[0xff], 0x20],
        [[0x5a, 0, 0x3e, 0, 0, 0, 0, 0, 16], 0x24],
      ] as const) {
        await driver.packet(1, 0, bytes);
        await expectCheck(driver, 1, ILLEGAL_REQUEST_KEY);
        expect(await sense(driver, 1, 0)).toEqual([5, code]);
      }
    },
  },
  {
    name: 'an empty drive is not ready, and says that there is no medium',
    machine: EMPTY_TRAY,
    clause: '[MMC-3] annex C',
    async run(driver) {
      for (const opcode of [0x00, 0x25, 0x28, 0x43]) {
        await driver.packet(0, 1, [opcode]);
        await expectCheck(driver, 0, NOT_READY_KEY);
        expect(await sense(driver, 0, 1)).toEqual([2, 0x3a]);
      }
    },
  },
  {
    name: 'sense data are told once',
    machine: EMPTY_TRAY,
    clause: '[SPC-3] 6.27',
    deviation: 'sense-told-twice',
    async run(driver) {
      await driver.packet(0, 1, [0x00]);
      await sense(driver, 0, 1);
      expect(await sense(driver, 0, 1)).toEqual([0, 0]);
    },
  },
  {
    name: 'an opened tray is not ready, a locked one does not open, a closed one reads again',
    machine: STANDARD,
    clause: '[MMC-3] 5.43, 5.13',
    async run(driver) {
      await driver.packet(1, 0, [0x1e, 0, 0, 0, 1]);
      expect(await driver.status(1)).toBe(READY);
      await driver.packet(1, 0, [0x1b, 0, 0, 0, 2]);
      expect((await driver.status(1)) & 1).toBe(1);
      expect((await sense(driver, 1, 0))[1]).toBe(0x53);
      await driver.packet(1, 0, [0x1e, 0, 0, 0, 0]);
      await driver.packet(1, 0, [0x1b, 0, 0, 0, 2]);
      expect(await driver.status(1)).toBe(READY);
      await driver.packet(1, 0, [0x00]);
      await expectCheck(driver, 1, NOT_READY_KEY);
      await driver.packet(1, 0, [0x1b, 0, 0, 0, 3]);
      // The first command after that may be told of the medium, by a unit attention.
      await driver.packet(1, 0, [0x00]);
      await driver.packet(1, 0, [0x00]);
      expect(await driver.status(1)).toBe(READY);
    },
  },
  {
    name: 'a data command without a byte count limit is aborted by PIO',
    machine: STANDARD,
    clause: '[ATA-6] 8.23.4',
    async run(driver) {
      await driver.packet(1, 0, [0x12, 0, 0, 0, 36], { limit: 0 });
      expect(await driver.register(1, 1)).toBe(ABORTED);
      expect(await driver.status(1)).toBe(ABORTED_STATUS);
    },
  },
  {
    name: 'and interrupts',
    machine: STANDARD,
    clause: '[ATA-6] 9.8',
    deviation: 'packet-limit-zero',
    async run(driver) {
      await driver.packet(1, 0, [0x12, 0, 0, 0, 36], { limit: 0 });
      expect(await driver.interrupt(1)).toBe(true);
    },
  },
  {
    name: 'DEVICE RESET ends a command that waits for its data, without an interrupt',
    machine: STANDARD,
    clause: '[ATA-6] 8.9, 9.11',
    async run(driver) {
      await driver.packet(1, 0, read10(0, 4));
      expect(await driver.status(1)).toBe(READY_WITH_DATA);
      await driver.command(1, 0x08);
      expect(await driver.interrupt(1)).toBe(false);
      expect(await byteCount(driver)).toBe(0xeb14);
      expect(await driver.status(1)).toBe(0);
    },
  },
  {
    name: 'a reply of an odd number of bytes ends',
    machine: STANDARD,
    clause: '[ATA-6] 8.23.4',
    deviation: 'packet-odd-length',
    async run(driver) {
      await driver.packet(1, 0, [0x12, 0, 0, 0, 5]);
      expect(await byteCount(driver)).toBe(5);
      await driver.takeData(1, 6);
      expect(await driver.status(1)).toBe(READY);
    },
  },
  {
    name: 'a drive whose tray has been closed over a disc says so once',
    machine: STANDARD,
    clause: '[SPC-3] 4.5.6, 28h/00h; [SAM-3] 5.9.4',
    deviation: 'loading-attention',
    async run(driver) {
      for (const flags of [2, 3]) await driver.packet(1, 0, [0x1b, 0, 0, 0, flags]);
      await driver.packet(1, 0, [0x12, 0, 0, 0, 0]);
      expect(await driver.status(1)).toBe(READY);
      await driver.packet(1, 0, [0x00]);
      await expectCheck(driver, 1, UNIT_ATTENTION_KEY);
      expect(await sense(driver, 1, 0)).toEqual([6, 0x28]);
      await driver.packet(1, 0, [0x00]);
      expect(await driver.status(1)).toBe(READY);
    },
  },
  {
    name: 'a tray that moves without a disc is no news',
    machine: EMPTY_TRAY,
    clause: '[MMC-3] 5.6.3.5',
    async run(driver) {
      for (const flags of [2, 3]) await driver.packet(0, 1, [0x1b, 0, 0, 0, flags]);
      await driver.packet(0, 1, [0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8]);
      expect((await driver.takeData(0, 8))[4] & 0x0f).toBe(0);
      await driver.packet(0, 1, [0x00]);
      await expectCheck(driver, 0, NOT_READY_KEY);
    },
  },
  {
    name: 'a software reset leaves the tray as it is',
    machine: STANDARD,
    clause: '[ATA-6] 9.2; [SPC-3] 6.13',
    deviation: 'tray-reset',
    async run(driver) {
      await driver.packet(1, 0, [0x1b, 0, 0, 0, 2]);
      await driver.do(...softwareReset(1));
      await driver.packet(1, 0, [0x00]);
      await expectCheck(driver, 1, NOT_READY_KEY);
    },
  },
  {
    name: 'START STOP UNIT about a power condition leaves the tray as it is',
    machine: STANDARD,
    clause: '[MMC-3] START STOP UNIT, Power Conditions',
    async run(driver) {
      await driver.packet(1, 0, [0x1b, 0, 0, 0, 0x22]);
      await driver.packet(1, 0, [0x00]);
      expect(await driver.status(1)).toBe(READY);
    },
  },
  {
    name: 'a read ends Standby',
    machine: STANDARD,
    clause: '[ATA-6] 6.10, 8.7.5',
    deviation: 'packet-device-power',
    async run(driver) {
      await driver.select(1, 0);
      for (const [packet, power] of [
        [undefined, 0x00],
        [read10(3, 1), 0xff],
      ] as const) {
        await driver.command(1, 0xe0);
        if (packet !== undefined) {
          await driver.packet(1, 0, packet);
          await driver.takeData(1, 2048);
        }
        await driver.command(1, 0xe5);
        expect(await driver.register(1, 2)).toBe(power);
      }
    },
  },
  {
    name: 'READ CD gives user data or nothing',
    machine: STANDARD,
    clause: '[MMC-3] READ CD',
    async run(driver) {
      await driver.packet(1, 0, [0xbe, 0, 0, 0, 0, 7, 0, 0, 1, 0x10]);
      expectBytes(await driver.takeData(1, 2048), driver.initially(SLOT, 7 * 2048, 2048));
      expect(await driver.status(1)).toBe(READY);
      await driver.packet(1, 0, [0xbe, 0, 0, 0, 0, 7, 0, 0, 1, 0x00]);
      expect(await driver.status(1)).toBe(READY);
      await driver.packet(1, 0, [0xbe, 0, 0, 0, 0, 7, 0, 0, 1, 0x20]);
      await expectCheck(driver, 1, ILLEGAL_REQUEST_KEY);
    },
  },
  {
    name: 'a CD-ROM drive has no pages in INQUIRY, and no page code without them',
    machine: STANDARD,
    clause: '[SPC-3] 6.4.1; [MMC-3] leaves pages to the drive',
    deviation: 'inquiry-pages',
    async run(driver) {
      for (const bytes of [
        [0x12, 1, 0, 0, 36],
        [0x12, 0, 1, 0, 36],
      ]) {
        await driver.packet(1, 0, bytes);
        await expectCheck(driver, 1, ILLEGAL_REQUEST_KEY);
      }
    },
  },
];
