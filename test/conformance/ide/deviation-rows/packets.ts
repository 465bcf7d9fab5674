/** Deviations about packet commands. */

import type { Deviation } from '../../deviations';
import { CHANNELS, type IssuedCommand, issuedCommands, lastIndex, readsData, readsRegister } from '../history';
import type { IdeMismatch } from '../mismatch';
import {
  dataOf,
  GET_CONFIGURATION,
  GET_EVENT,
  INQUIRY,
  INQUIRY_BYTES,
  isExtraInterrupt,
  isPacketReply,
  MECHANISM_STATUS,
  MODE_SENSE,
  PACKET,
  PREVENT_ALLOW,
  READ_CD,
  READ_TOC,
  REQUEST_SENSE,
  raisesReset,
  resultOf,
  SENSE_CODE_WORD,
  SENSE_KEY_WORD,
  START_STOP_UNIT,
} from '../mismatch';

const MEDIA_EVENT_WORD = 2;

/** Words of MECHANISM STATUS: the door in the second byte, the number of slots in the sixth. */
const DOOR_WORD = 0;
const SLOTS_WORD = 2;

/** Carried out although a unit attention is pending, and without ending it. */
const PASSES_ATTENTION: readonly number[] = [INQUIRY, GET_CONFIGURATION, GET_EVENT];

const isPacket = ({ code }: IssuedCommand): boolean => code === PACKET;
const isTrayMove = ({ packet }: IssuedCommand): boolean => packet[0] === START_STOP_UNIT && (packet[4] & 0xf2) === 2;
const loads = (command: IssuedCommand): boolean => isTrayMove(command) && (command.packet[4] & 1) === 1;

/** Whether these commands leave the tray open or locked. */
function leaveOpenOrLocked(commands: readonly IssuedCommand[]): boolean {
  const move = commands.findLast(isTrayMove);
  const lock = commands.findLast(({ packet }) => packet[0] === PREVENT_ALLOW);
  return (move !== undefined && !loads(move)) || (lock !== undefined && (lock.packet[4] & 1) === 1);
}

/** Whether a channel's last command is the one that is told of a disc that was loaded, or asks for the sense data of it. */
function isToldOfLoading(commands: readonly IssuedCommand[]): boolean {
  const packets = commands.filter(isPacket);
  const told = packets.slice(packets.findLastIndex(loads) + 1).findIndex(({ packet }) => {
    return !PASSES_ATTENTION.includes(packet[0]);
  });
  const later = packets.length - 1 - (packets.findLastIndex(loads) + 1 + told);
  if (told < 0 || !packets.some(loads) || commands.at(-1) !== packets.at(-1)) return false;
  return later === 0 || (later === 1 && packets.at(-1)!.packet[0] === REQUEST_SENSE);
}

export const packetDeviations: readonly Deviation<IdeMismatch>[] = [
  {
    device: 'ide',
    id: 'packet-limit-zero',
    what: 'A packet command with a PIO data phase and a byte count limit of zero',
    qemu: 'aborts the command without an interrupt',
    ours: 'asserts INTRQ as at the end of every command',
    why: 'A driver that waits for the interrupt of its PACKET command would wait for ever',
    clause: '[ATA-6] 9.8, state DP4: INTRQ is asserted with the ending status',
    matches: (mismatch) =>
      isExtraInterrupt(mismatch, 'ours', (channel) => {
        const last = issuedCommands(mismatch.steps, mismatch.index, channel).at(-1);
        const pio = last?.code === PACKET && (last.features & 1) === 0;
        return pio && last.cylinder === 0 ? last.index : -1;
      }),
  },
  {
    device: 'ide',
    id: 'packet-dma-empty',
    what: 'A packet command by DMA whose allocation length is zero',
    qemu: 'waits for the bus master before it ends the command',
    ours: 'ends it at once',
    why: 'There is nothing to transfer, and a driver does not start an engine for nothing',
    clause: '[ATA-6] 9.8: the non-data path is taken if no data is to be transferred',
    matches: (mismatch) => isPacketReply(mismatch, INQUIRY, ([, , , , length]) => length === 0),
  },
  {
    device: 'ide',
    id: 'packet-odd-length',
    what: 'A packet reply with an odd number of bytes, by PIO',
    qemu: 'never gives its last byte, and keeps DRQ set until a reset',
    ours: 'pads the last word, then ends the command',
    why: 'The command would not terminate',
    clause: '[ATA-6] 8.23.4: the byte count of the last block may be odd; the host transfers one more byte as padding',
    matches: (mismatch) =>
      isPacketReply(mismatch, INQUIRY, ([, , , , length]) => (length & 1) === 1 && length < INQUIRY_BYTES),
  },
  {
    device: 'ide',
    id: 'sense-valid',
    what: 'The first byte of sense data',
    qemu: 'says that the Information field is valid, and leaves it zero',
    ours: 'says that it is not valid',
    why: 'The field would be taken for the address of the error',
    clause: '[SPC-3] 4.5.3: VALID is one only if the Information field is defined',
    matches: (mismatch) =>
      isPacketReply(mismatch, REQUEST_SENSE, () => true) &&
      dataOf(mismatch, (_, word) => word === 0) &&
      (mismatch.ours ^ mismatch.qemu) === 0x80,
  },
  {
    device: 'ide',
    id: 'sense-told-twice',
    what: 'REQUEST SENSE once more, or after a command that has succeeded',
    qemu: 'tells the last error again',
    ours: 'reports no sense',
    why: 'An error would be taken for that of a later command',
    clause: '[SPC-3] 6.27 and [SAM-3] 5.9.6: sense data are cleared when reported, and by the next command',
    matches: (mismatch) => {
      const tellsSense = (word: number): boolean => word === SENSE_KEY_WORD || word === SENSE_CODE_WORD;
      const isReply = isPacketReply(mismatch, REQUEST_SENSE, () => true);
      return isReply && (mismatch.ours & 0x0f) === 0 && dataOf(mismatch, (_, word) => tellsSense(word));
    },
  },
  {
    device: 'ide',
    id: 'tray-reset',
    what: 'A software reset while the tray is open or locked',
    qemu: 'closes and unlocks it',
    ours: 'leaves it as it is',
    why: 'A reset that is meant for the disk on the same cable would close the tray',
    clause:
      '[ATA-6] 9.2: registers and the command in progress; [SPC-3] 6.13: only ALLOW or a hard reset ends the lock',
    matches: ({ steps, index, step }) =>
      CHANNELS.some((channel) => {
        const reset = lastIndex(steps, index, raisesReset(channel));
        const isLeft = leaveOpenOrLocked(issuedCommands(steps, Math.max(0, reset), channel));
        return isLeft && (step.kind === 'settle' || readsData(step, channel) || readsRegister(step, channel));
      }),
  },
  {
    device: 'ide',
    id: 'loading-attention',
    what: 'The first command to a drive whose tray has been closed over a disc, and its sense data',
    qemu: 'carries it out',
    ours: 'refuses it once with a unit attention (6/28/00)',
    why: 'Whoever holds data of the disc that was in must hear that it may be another',
    clause: '[SPC-3] 4.5.6, 28h/00h; [SAM-3] 5.9.4: unit attention for a removable medium that may have been changed',
    matches: ({ steps, index, step }) =>
      CHANNELS.some((channel) => {
        const isLine = step.kind === 'settle' && step.channels === 1 << channel;
        if (!isLine && !readsData(step, channel) && !readsRegister(step, channel)) return false;
        return isToldOfLoading(issuedCommands(steps, index, channel));
      }),
  },
  {
    device: 'ide',
    id: 'mechanism-status',
    what: 'The door and the number of slots in MECHANISM STATUS',
    qemu: 'says that the door is closed and that there is one slot',
    ours: 'says whether the door is open, and that there is no changer',
    why: 'Slots are those of a changer, for which a driver would look further',
    clause: '[SFF-8020i] MECHANISM STATUS: Door Open, Number of Slots Available',
    matches: (mismatch) =>
      isPacketReply(mismatch, MECHANISM_STATUS, () => true) &&
      dataOf(mismatch, (_, word) => word === DOOR_WORD || word === SLOTS_WORD),
  },
  {
    device: 'ide',
    id: 'removal-prevented',
    what: 'Ejecting a locked disc: the sense key in Error, and sense data',
    qemu: 'is not ready (2/53/00) with a disc',
    ours: 'was asked for something illegal (5/53/02)',
    why: 'Not ready asks a driver to wait and try again',
    clause: '[MMC-3] annex C: medium removal prevented',
    matches: (mismatch) =>
      resultOf(mismatch, ({ code, packet }) => code === PACKET && packet[0] === START_STOP_UNIT) ||
      (isPacketReply(mismatch, REQUEST_SENSE, () => true) &&
        dataOf(mismatch, (_, word) => word === SENSE_KEY_WORD || word === SENSE_CODE_WORD) &&
        [0x0005, 0x0253].includes(mismatch.ours)),
  },
  {
    device: 'ide',
    id: 'inquiry-identification',
    what: 'Vendor and product in INQUIRY',
    qemu: 'has its own built in',
    ours: 'tells the configured ones',
    why: 'There is nothing to configure in QEMU',
    clause: '[SPC-3] 6.4.2: left to the vendor',
    matches: (mismatch) =>
      isPacketReply(mismatch, INQUIRY, () => true) && dataOf(mismatch, (_, word) => word >= 4 && word < 16),
  },
  {
    device: 'ide',
    id: 'inquiry-pages',
    what: 'INQUIRY for vital product data, or with a page code without it',
    qemu: 'has pages 00h and 83h, and takes no notice of a page code',
    ours: 'refuses both as invalid fields',
    why: 'The pages name units on a bus that ATAPI has not; a host that sends half of a request for one should know',
    clause: '[SPC-3] 6.4.1: a page code without EVPD is an invalid field; [MMC-3] INQUIRY requires no pages',
    matches: (mismatch) => isPacketReply(mismatch, INQUIRY, (cdb) => (cdb[1] & 3) !== 0 || cdb[2] !== 0),
  },
  {
    device: 'ide',
    id: 'read-cd-raw',
    what: 'READ CD of whole sectors of 2352 bytes',
    qemu: 'makes up headers, without error detection and correction',
    ours: 'refuses fields other than user data',
    why: 'A disc image has none of the rest, and what is made up would not verify',
    clause: '[MMC-3] READ CD: EDC and ECC are data of the sector; an invalid field for what is not there',
    matches: (mismatch) => isPacketReply(mismatch, READ_CD, (cdb) => (cdb[9] & 0xf8) === 0xf8),
  },
  {
    device: 'ide',
    id: 'toc-format',
    what: 'READ TOC/PMA/ATIP of other formats than the first',
    qemu: 'looks for the format in the top of byte 9 alone, gives no session, and block addresses for times',
    ours: 'takes byte 2, and byte 9 if that is zero; tells the last session; the full table has times',
    why: 'Byte 9 was the place in SFF-8020i; MMC has moved it, and drivers of this century use that',
    clause: '[MMC-3] 5.23.1 (Format), 5.23.3.2 (sessions), 5.23.3.3 (MSF is ignored)',
    matches: (mismatch) => isPacketReply(mismatch, READ_TOC, (cdb) => (cdb[2] & 0x0f) !== 0 || cdb[9] >> 6 !== 0),
  },
  {
    device: 'ide',
    id: 'toc-lead-out',
    what: 'The control bits of the lead-out in the table of contents',
    qemu: 'allows digital copies of it',
    ours: 'gives those of the data track before it',
    why: 'The lead-out continues the last track',
    clause: '[MMC-3] 5.23.3.1, table of Q sub-channel control bits',
    matches: (mismatch) => isPacketReply(mismatch, READ_TOC, () => true) && (mismatch.ours ^ mismatch.qemu) === 0x0200,
  },
  {
    device: 'ide',
    id: 'mode-pages',
    what: 'MODE SENSE (10): which pages there are, the capabilities page, changeable and default values, medium type',
    qemu: 'has an audio page with left-over data, and current values alone; never says that a disc is in',
    ours: 'has error recovery and capabilities, all four kinds of values but saved ones, and page 3Fh',
    why: 'All pages and default values are what drivers ask for first',
    clause: '[SPC-3] 6.10.1 (page control, page 3Fh); [SFF-8020i] 10.8.7.4, table 77',
    matches: (mismatch) => isPacketReply(mismatch, MODE_SENSE, () => true),
  },
  {
    device: 'ide',
    id: 'configuration-features',
    what: 'GET CONFIGURATION beyond the list of profiles',
    qemu: 'knows feature 0 alone and refuses any other',
    ours: 'lists the features that every CD-ROM drive has',
    why: 'Core, removable medium and random readable are mandatory for the profile',
    clause: '[MMC-3] 5.4.3.2, profile 8: mandatory features; 5.5.2: requested type',
    matches: (mismatch) => isPacketReply(mismatch, GET_CONFIGURATION, () => true),
  },
  {
    device: 'ide',
    id: 'media-events',
    what: 'GET EVENT STATUS NOTIFICATION after the tray has moved',
    qemu: 'has no news of what the guest has done itself',
    ours: 'tells once that the disc was removed, or is new',
    why: 'A daemon that polls for events would not notice',
    clause: '[MMC-3] 5.6.3.5, media events',
    matches: (mismatch) =>
      isPacketReply(mismatch, GET_EVENT, () => true) && dataOf(mismatch, (_, word) => word === MEDIA_EVENT_WORD),
  },
];
