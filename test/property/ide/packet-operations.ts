/** ATAPI commands. */

import fc from 'fast-check';
import type { Step } from '../../conformance/ide/ide-under-test';
import type { Drive } from '../../conformance/ide/machines';
import {
  type ChannelNumber,
  commandBlock,
  dumpRegisters,
  endBusMaster,
  packet,
  prepareDma,
  read,
  readStatus,
  settle,
  softwareReset,
  startBusMaster,
  TO_MEMORY,
} from '../../conformance/ide/verbs';
import { bytes, hex, Operation, type Operations, place, regionLists, repeat, type Target, tables } from './operation';

/** START STOP UNIT in its forms, the last one about power; PREVENT ALLOW MEDIUM REMOVAL. */
const TRAY_BLOCKS = [
  [0x1b, 0, 0, 0, 1],
  [0x1b, 0, 0, 0, 2],
  [0x1b, 0, 0, 0, 3],
  [0x1b, 0, 0, 0, 0x22],
  [0x1e, 0, 0, 0, 0],
  [0x1e, 0, 0, 0, 1],
] as const;

/** What shows where the tray is, whether a disc is in, and what has happened to it. */
const TRAY_CHECKS = [
  [0x00],
  [0x03, 0, 0, 0, 18],
  [0x25],
  [0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8],
  [0xbd, 0, 0, 0, 0, 0, 0, 0, 0, 8],
  [0x12, 0, 0, 0, 36],
] as const;

const LOAD = TRAY_BLOCKS[2];
const ALLOW_REMOVAL = TRAY_BLOCKS[4];
const SENSE = TRAY_CHECKS[1];

const isTrayBlock = (bytes: readonly number[]): boolean => bytes[0] === 0x1b || bytes[0] === 0x1e;

/** A packet by PIO with the one block of its reply. */
const pioPacket = (channel: ChannelNumber, device: 0 | 1, bytes: readonly number[]): Step[] => [
  ...packet(channel, { device, bytes, limit: 0xfffe, dma: false }),
  ...packetBlock(channel, bytes.at(-1)!),
  ...dumpRegisters(channel),
];

/** After loading a disc: takes the unit attention, of which QEMU has none (see the deviation `loading-attention`). */
const takeAttention = (channel: ChannelNumber, device: 0 | 1): Step[] => pioPacket(channel, device, SENSE);

/** Brings the tray to where a reset leaves it in QEMU (see the deviation `tray-reset`). */
const closeTray = (channel: ChannelNumber, device: 0 | 1): Step[] => [
  ...pioPacket(channel, device, ALLOW_REMOVAL),
  ...pioPacket(channel, device, LOAD),
  ...takeAttention(channel, device),
];

/** Moves the tray and looks, several times without a reset between. */
export function trayCommands({ channel, device }: Target, withQemu: boolean): Operations {
  const block = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...TRAY_BLOCKS.slice(1, 3)) },
    { weight: 2, arbitrary: fc.constantFrom(...TRAY_BLOCKS) },
    { weight: 4, arbitrary: fc.constantFrom(...TRAY_CHECKS) },
  );
  return fc.array(block, { minLength: 2, maxLength: 6 }).map((blocks) => {
    const text = `tray ${place(channel, device)} ${blocks.map((bytes) => bytes.map(hex).join('')).join(' ')}`;
    const steps = blocks.flatMap((bytes) => [
      ...pioPacket(channel, device, bytes),
      ...(withQemu && bytes === LOAD ? takeAttention(channel, device) : []),
    ]);
    const end = withQemu ? closeTray(channel, device) : [];
    return new Operation(text, [...steps, ...end, ...softwareReset(channel)]);
  });
}

/** ATAPI command blocks that fit an empty drive as well as a full one. */
function commandBlocks(drive: Drive): fc.Arbitrary<readonly number[]> {
  const lba = fc.integer({ min: 0, max: drive.sectors + 2 });
  // An odd number of bytes leaves QEMU stuck: see the deviation `packet-odd-length`.
  const length = fc.constantFrom(0, 2, 8, 18, 36, 252, 255);
  const blocks = fc.integer({ min: 0, max: 4 });
  const big = (value: number): number[] => [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
  return fc.oneof(
    fc.constantFrom([0x00], ...TRAY_BLOCKS, [0x25], [0xbb, 0, 0x02, 0xc2], [0x2b], [0xff], [0x5b], [0x08]),
    length.map((n) => [0x03, 0, 0, 0, n]),
    length.map((n) => [0x12, 0, 0, 0, n]),
    length.map((n) => [0x51, 0, 0, 0, 0, 0, 0, 0, n]),
    length.map((n) => [0xbd, 0, 0, 0, 0, 0, 0, 0, 0, n]),
    fc.tuple(lba, blocks).map(([at, n]) => [0x28, 0, ...big(at), 0, 0, n]),
    fc.tuple(lba, blocks).map(([at, n]) => [0xa8, 0, ...big(at), 0, 0, 0, n]),
    fc.tuple(lba, blocks, fc.constantFrom(0x10, 0x10, 0x00, 0x20)).map(([at, n, fields]) => {
      return [0xbe, 0, ...big(at), 0, 0, n, fields];
    }),
    fc
      .tuple(
        fc.constantFrom(0, 2),
        fc.constantFrom(0, 0, 1, 2, 3),
        fc.constantFrom(0, 1, 0xaa, 2),
        fc.constantFrom(0, 0, 0x40, 0x80, 0xc0),
        length,
      )
      .map(([msf, format, track, control, n]) => [0x43, msf, format, 0, 0, 0, track, 0, n, control]),
    fc
      .tuple(fc.constantFrom(0x01, 0x2a, 0x0e, 0x3f), fc.constantFrom(0, 0x40, 0x80, 0xc0), length)
      .map(([page, control, n]) => [0x5a, 0, page | control, 0, 0, 0, 0, 0, n]),
    fc
      .tuple(fc.constantFrom(0, 1, 2), fc.constantFrom(0, 1, 3, 0x10), length)
      .map(([rt, feature, n]) => [0x46, rt, 0, feature, 0, 0, 0, 0, n]),
    fc
      .tuple(fc.constantFrom(0, 1), fc.constantFrom(0x10, 0x00, 0xff), length)
      .map(([polled, classes, n]) => [0x4a, polled, 0, 0, classes, 0, 0, 0, n]),
  );
}

/** One packet command from the Device register to its sense data. */
export function packetCommands({ channel, device, drive }: Target, withQemu: boolean): Operations {
  return fc
    .record({
      block: commandBlocks(drive),
      limit: limits,
      wantsDma: fc.boolean(),
      table: tables(channel),
      chunks: fc.nat(4),
    })
    .chain(({ block, limit, wantsDma, table, chunks }) => {
      // What QEMU replies differs here and there, and only what passes through registers can be explained.
      const dma = wantsDma && (!withQemu || READS.includes(block[0]));
      return regionLists(channel, packetBytes(block)).map((regions) => {
        const text = `packet ${place(channel, device)} ${block.map(hex).join(' ')} limit=${limit}${dma ? ' dma' : ''}`;
        const before = dma ? prepareDma(channel, table, regions) : [];
        const data = dma
          ? [...startBusMaster(channel, TO_MEMORY), ...endBusMaster(channel)]
          : repeat(chunks + 1, () => packetBlock(channel, limit));
        return new Operation(text, [
          ...before,
          ...packet(channel, { device, bytes: block, limit, dma }),
          ...dumpRegisters(channel),
          ...data,
          ...dumpRegisters(channel),
          ...(withQemu && isTrayBlock(block) ? closeTray(channel, device) : []),
          ...(limit >= LONGEST_REPLY ? requestSense(channel, device) : softwareReset(channel)),
        ]);
      });
    });
}

/** Any twelve bytes after any PACKET command. */
export function packetNoise({ channel, device }: Target): Operations {
  const block = fc.tuple(
    fc.oneof(
      bytes,
      fc.constantFrom(0x03, 0x12, 0x1b, 0x1e, 0x25, 0x28, 0x2b, 0x43, 0x46, 0x4a, 0x51, 0x5a, 0xa8, 0xbd, 0xbe),
    ),
    fc.array(fc.oneof(bytes, fc.nat(4)), { minLength: 11, maxLength: 11 }),
  );
  return fc
    .tuple(block, fc.oneof(limits, fc.nat(0xffff)), fc.boolean(), fc.nat(4))
    .map(([[opcode, rest], limit, dma, chunks]) => {
      const sent = [opcode, ...rest];
      const text = `any packet ${place(channel, device)} ${sent.map(hex).join(' ')} limit=${limit}${dma ? ' dma' : ''}`;
      return new Operation(text, [
        ...packet(channel, { device, bytes: sent, limit, dma }),
        ...dumpRegisters(channel),
        ...(dma ? [...startBusMaster(channel, TO_MEMORY), ...endBusMaster(channel)] : []),
        ...repeat(chunks, () => packetBlock(channel, Math.max(2, limit))),
        ...dumpRegisters(channel),
        ...softwareReset(channel),
      ]);
    });
}

const READS: readonly number[] = [0x28, 0xa8, 0xbe];

/** No reply but the sectors of a read is longer; under a smaller limit some of it may be left over. */
const LONGEST_REPLY = 64;

/** [ATA-6] 8.23.4: the host shall not set the limit to zero for data; see the deviation `packet-limit-zero`. */
const limits = fc.constantFrom(0xfffe, 2048, 5120, 512, 0xffff, 36, 7, 2);

/** A guess at how much data a command block asks for: reads ask for sectors, the others for what their length says. */
function packetBytes(block: readonly number[]): number {
  if (block[0] === 0x28 || block[0] === 0xbe) return (block[8] ?? 0) * 2048;
  if (block[0] === 0xa8) return (block[9] ?? 0) * 2048;
  return 36;
}

const SECTOR_WORDS = 256;

function packetBlock(channel: ChannelNumber, limit: number): Step[] {
  const base = commandBlock(channel);
  const words = Math.min(limit, 2048) >> 1;
  return [
    readStatus(channel),
    ...[2, 4, 5].map((offset) => read(base + offset)),
    // No more than a sector at once: what comes after the end of a disk's block is a matter of reading ahead.
    ...repeat(Math.ceil(words / SECTOR_WORDS), (index) => [
      { kind: 'ins', port: base, width: 2, count: Math.min(SECTOR_WORDS, words - index * SECTOR_WORDS) },
      settle(),
    ]),
  ];
}

/** REQUEST SENSE in full, as a driver does after an error; then a reset, in case that data was left over. */
function requestSense(channel: ChannelNumber, device: 0 | 1): Step[] {
  return [
    ...packet(channel, { device, bytes: [0x03, 0, 0, 0, 18], limit: 0xfffe, dma: false }),
    ...packetBlock(channel, 18),
    ...dumpRegisters(channel),
    ...softwareReset(channel),
  ];
}
