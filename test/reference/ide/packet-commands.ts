import type { ReferenceDisk } from '../contract';
import type { CdRom } from './cd-rom';
import { configuration } from './configuration';
import { modePages, modeReply, SAVED_VALUES } from './mode-pages';
import {
  ADDRESS_OUT_OF_RANGE,
  ILLEGAL_MODE_FOR_TRACK,
  INVALID_FIELD,
  INVALID_OPCODE,
  MEDIUM_NOT_PRESENT,
  NO_SENSE,
  REMOVAL_PREVENTED,
  SAVING_NOT_SUPPORTED,
  UNRECOVERED_READ_ERROR,
} from './sense';
import { tableOfContents } from './table-of-contents';

/** A command descriptor block; multi-byte fields are big-endian. [SPC-3] 4.3 */
class CommandBlock {
  private readonly view: DataView;

  constructor(readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  word(offset: number): number {
    return this.view.getUint16(offset, false);
  }

  double(offset: number): number {
    return this.view.getUint32(offset, false);
  }
}

interface PacketCommand {
  /** Reports MEDIUM NOT PRESENT without a disc. */
  readonly needsDisc: boolean;
  /** Has a data phase, so that PIO needs a byte count limit. */
  readonly movesData: boolean;
  run(drive: CdRom, block: CommandBlock): void;
}

const REQUEST_SENSE = 0x03;

/**
 * What is carried out while a unit attention is pending. REQUEST SENSE alone ends it. [SAM-3] 5.9.4; [MMC-3] GET
 * CONFIGURATION and GET EVENT STATUS NOTIFICATION
 */
const PASSES_UNIT_ATTENTION: readonly number[] = [REQUEST_SENSE, 0x12, 0x46, 0x4a];

/** Carries out one command packet, unless a unit attention goes before. */
export function packetCommand(drive: CdRom, bytes: Uint8Array): void {
  const { unitAttention } = drive;
  if (unitAttention === undefined || PASSES_UNIT_ATTENTION.includes(bytes[0])) {
    carryOut(drive, bytes);
    return;
  }
  drive.unitAttention = undefined;
  drive.checkCondition(unitAttention);
}

/** Sense data live until the next command that is not REQUEST SENSE. [SPC-3] 6.27 */
function carryOut(drive: CdRom, bytes: Uint8Array): void {
  const command = PACKET_COMMANDS.get(bytes[0]);
  const { sense } = drive;
  if (bytes[0] !== REQUEST_SENSE) drive.sense = NO_SENSE;
  if (command === undefined) drive.checkCondition(INVALID_OPCODE);
  else if (command.needsDisc && drive.medium === undefined) drive.checkCondition(MEDIUM_NOT_PRESENT);
  else if (command.movesData && !drive.canMoveData) {
    drive.sense = sense;
    drive.reject();
  } else command.run(drive, new CommandBlock(bytes));
}

/** Fixed format, and the sense data are gone once they are told. [SPC-3] 4.5.3, 6.27 */
function requestSense(drive: CdRom, block: CommandBlock): void {
  const { key, code, qualifier } = drive.unitAttention ?? drive.sense;
  const reply = new Uint8Array(18);
  reply[0] = 0x70; // the Information field is not valid
  reply[2] = key;
  reply[7] = 10;
  reply[12] = code;
  reply[13] = qualifier;
  drive.unitAttention = undefined;
  drive.sense = NO_SENSE;
  drive.sendReply(reply, block.bytes[4]);
}

/** Standard data only: neither pages nor command support data, and no page code then. [SPC-3] 6.4, [SPC-2] 7.3 */
function inquiry(drive: CdRom, block: CommandBlock): void {
  if ((block.bytes[1] & 3) !== 0 || block.bytes[2] !== 0) {
    drive.checkCondition(INVALID_FIELD);
    return;
  }
  const { vendor, product, firmware } = drive.identity;
  const field = (value: string, length: number): string => value.padEnd(length).slice(0, length);
  const text = field(vendor, 8) + field(product, 16) + field(firmware, 4);
  const reply = new Uint8Array(36);
  reply.set([0x05, 0x80, 0x00, 0x21, reply.length - 5]);
  for (let i = 0; i < text.length; i++) reply[8 + i] = text.charCodeAt(i);
  drive.sendReply(reply, block.bytes[4]);
}

/** [MMC-3] 5.43 (START STOP UNIT): bit 0 start, bit 1 load or eject; power conditions change nothing here. */
function startStopUnit(drive: CdRom, block: CommandBlock): void {
  const flags = block.bytes[4];
  const opens = (flags & 1) === 0;
  if ((flags & 0xf0) === 0 && (flags & 2) !== 0) {
    if (opens && !drive.trayOpen && drive.trayLocked) {
      drive.checkCondition(REMOVAL_PREVENTED);
      return;
    }
    drive.moveTray(opens);
  }
  drive.finishPacket();
}

function preventAllowRemoval(drive: CdRom, block: CommandBlock): void {
  drive.trayLocked = (block.bytes[4] & 1) !== 0;
  drive.finishPacket();
}

/** Last sector and sector length. [MMC-3] 5.15 */
function readCapacity(drive: CdRom): void {
  const disc = drive.medium!;
  const reply = new Uint8Array(8);
  const view = new DataView(reply.buffer);
  view.setUint32(0, disc.sectors - 1, false);
  view.setUint32(4, disc.sectorBytes, false);
  drive.sendReply(reply, reply.length);
}

function inRange(disc: ReferenceDisk, sector: number, count: number): boolean {
  return sector < disc.sectors && sector + count <= disc.sectors;
}

function readSectors(drive: CdRom, sector: number, count: number): void {
  const disc = drive.medium!;
  if (count === 0) drive.finishPacket();
  else if (!inRange(disc, sector, count)) drive.checkCondition(ADDRESS_OUT_OF_RANGE);
  else drive.sendSectors(disc, sector, count, () => drive.checkCondition(UNRECOVERED_READ_ERROR));
}

function seek(drive: CdRom, block: CommandBlock): void {
  if (inRange(drive.medium!, block.double(2), 1)) drive.finishPacket();
  else drive.checkCondition(ADDRESS_OUT_OF_RANGE);
}

/** Expected Sector Type of a data track as ours is, and the only thing of a sector that there is on an image. */
const READABLE_TYPES: readonly number[] = [0, 2];
const USER_DATA_ONLY = 0x10;

/** READ CD: user data or none, never headers, error correction or sub-channels. [MMC-3] READ CD */
function readCd(drive: CdRom, block: CommandBlock): void {
  const { bytes } = block;
  const expectedType = (bytes[1] >> 2) & 7;
  const wanted = bytes[9] & 0xfe;
  const count = block.double(5) % 0x100_0000;
  const disc = drive.medium!;
  const isPossible = (wanted === 0 || wanted === USER_DATA_ONLY) && (bytes[10] & 7) === 0;
  if (count === 0) drive.finishPacket();
  else if (!inRange(disc, block.double(2), count)) drive.checkCondition(ADDRESS_OUT_OF_RANGE);
  else if (!READABLE_TYPES.includes(expectedType)) drive.checkCondition(ILLEGAL_MODE_FOR_TRACK);
  else if (!isPossible) drive.checkCondition(INVALID_FIELD);
  else readSectors(drive, block.double(2), wanted === 0 ? 0 : count);
}

/** The format is in byte 2; drives of SFF-8020i took it from the top of byte 9, which still works. [MMC-3] 5.23 */
function readToc(drive: CdRom, block: CommandBlock): void {
  const { bytes } = block;
  const format = bytes[2] & 0x0f || bytes[9] >> 6;
  const asTime = (bytes[1] & 2) !== 0;
  const reply = tableOfContents(drive.medium!.sectors, format, asTime, bytes[6]);
  if (reply === undefined) drive.checkCondition(INVALID_FIELD);
  else drive.sendReply(reply, block.word(7));
}

/** What fits on an 80-minute CD, in sectors; a larger disc is a DVD. [MMC-3] 4.2.3 */
const CD_MAXIMUM_SECTORS = 80 * 60 * 75;

function getConfiguration(drive: CdRom, block: CommandBlock): void {
  const sectors = drive.medium?.sectors ?? 0;
  const disc = sectors === 0 ? 'none' : sectors > CD_MAXIMUM_SECTORS ? 'dvd' : 'cd';
  const reply = configuration(disc, block.bytes[1] & 3, block.word(2));
  if (reply === undefined) drive.checkCondition(INVALID_FIELD);
  else drive.sendReply(reply, block.word(7));
}

const MEDIA_CLASS = 4;

/** Polled only, and only the media class; what has happened is told once. [MMC-3] 5.6 */
function getEventStatus(drive: CdRom, block: CommandBlock): void {
  if ((block.bytes[1] & 1) === 0) {
    drive.checkCondition(INVALID_FIELD);
    return;
  }
  const supported = 1 << MEDIA_CLASS;
  const wanted = (block.bytes[4] & supported) !== 0;
  const present = drive.trayOpen ? 1 : drive.isLoaded ? 2 : 0;
  const event = wanted ? drive.takeMediaEvent() : 0;
  const reply = wanted ? [0, 4, MEDIA_CLASS, supported, event, present, 0, 0] : [0, 0, 0x80, supported];
  drive.sendReply(Uint8Array.from(reply), block.word(7));
}

/** A finished disc: one session of one track, for unrestricted use, without a bar code. [MMC-3] READ DISC INFORMATION */
function readDiscInformation(drive: CdRom, block: CommandBlock): void {
  const reply = new Uint8Array(34);
  const complete = 0x0e; // last session and disc
  reply.set([0, reply.length - 2, complete, 1, 1, 1, 1, 0x20]);
  drive.sendReply(reply, block.word(7));
}

/** No changer and nothing playing; only the door can be open. [SFF-8020i] MECHANISM STATUS */
function mechanismStatus(drive: CdRom, block: CommandBlock): void {
  const doorOpen = drive.trayOpen ? 0x10 : 0;
  drive.sendReply(Uint8Array.from([0, doorOpen, 0, 0, 0, 0, 0, 0]), block.word(8));
}

/** MODE SENSE (10). [SPC-3] 6.10 */
function modeSense(drive: CdRom, block: CommandBlock): void {
  const control = block.bytes[2] >> 6;
  const pages = modePages(drive, block.bytes[2] & 0x3f, control);
  if (control === SAVED_VALUES) drive.checkCondition(SAVING_NOT_SUPPORTED);
  else if (pages === undefined) drive.checkCondition(INVALID_FIELD);
  else drive.sendReply(modeReply(drive, pages), block.word(7));
}

const withoutData = { needsDisc: false, movesData: false };
const withReply = { needsDisc: false, movesData: true };
const fromDisc = { needsDisc: true, movesData: true };

const PACKET_COMMANDS: ReadonlyMap<number, PacketCommand> = new Map<number, PacketCommand>([
  [0x00, { needsDisc: true, movesData: false, run: (drive) => drive.finishPacket() }],
  [REQUEST_SENSE, { ...withReply, run: requestSense }],
  [0x12, { ...withReply, run: inquiry }],
  [0x1b, { ...withoutData, run: startStopUnit }],
  [0x1e, { ...withoutData, run: preventAllowRemoval }],
  [0x25, { ...fromDisc, run: readCapacity }],
  [0x28, { ...fromDisc, run: (drive, block) => readSectors(drive, block.double(2), block.word(7)) }],
  [0x2b, { needsDisc: true, movesData: false, run: seek }],
  [0x43, { ...fromDisc, run: readToc }],
  [0x46, { ...withReply, run: getConfiguration }],
  [0x4a, { ...withReply, run: getEventStatus }],
  [0x51, { ...fromDisc, run: readDiscInformation }],
  [0x5a, { ...withReply, run: modeSense }],
  [0xa8, { ...fromDisc, run: (drive, block) => readSectors(drive, block.double(2), block.double(6)) }],
  // SET CD SPEED: one speed is as good as another.
  [0xbb, { ...withoutData, run: (drive) => drive.finishPacket() }],
  [0xbd, { ...withReply, run: mechanismStatus }],
  [0xbe, { ...fromDisc, run: readCd }],
]);
