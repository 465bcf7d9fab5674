import { Channel } from './channel';
import { Drive } from './drive';
import { checkCondition, endGood, reply, sendSectors } from './packet';
import { writeConfiguration, writeEventStatus, writeModePages } from './packet-features';
import { CD_BLOCK_SHIFT, CD_BLOCK_SIZE, MediaEvent, PacketCommand, SenseCode, SenseKey } from './packet-registers';
import { writeDiscInformation, writeInquiry, writeSense, writeToc } from './packet-replies';
import { Transfer } from './transfer';

/** Carry out the packet that `drive` has received. */
export function executePacket(channel: Channel, drive: Drive): void {
  const code = drive.packetByte(0);
  if (drive.attention != 0 && !passesAttention(code)) {
    const attention = drive.attention;
    drive.attention = 0;
    checkCondition(channel, drive, SenseKey.UNIT_ATTENTION, attention);
  } else if (needsMedium(code) && !drive.hasMedium) {
    checkCondition(channel, drive, SenseKey.NOT_READY, SenseCode.NO_MEDIUM);
  } else if (lacksLimit(channel.transfer) && movesData(code)) {
    channel.abort(drive);
  } else if (!inform(channel, drive, code) && !access(channel, drive, code)) {
    refuse(channel, drive, SenseCode.INVALID_COMMAND);
  }
}

function needsMedium(code: u32): bool {
  switch (code) {
    case PacketCommand.TEST_UNIT_READY:
    case PacketCommand.READ_CAPACITY:
    case PacketCommand.READ_10:
    case PacketCommand.READ_12:
    case PacketCommand.READ_CD:
    case PacketCommand.SEEK_10:
    case PacketCommand.READ_TOC:
    case PacketCommand.READ_DISC_INFORMATION:
      return true;
    default:
      return false;
  }
}

/** Without a limit there is no transfer, whatever the packet says besides ([ATA-6] 8.23). */
function lacksLimit(transfer: Transfer): bool {
  return transfer.byteLimit == 0 && !transfer.packetDma;
}

/** Commands with a data phase, even if the host allows no bytes in it. */
function movesData(code: u32): bool {
  switch (code) {
    case PacketCommand.TEST_UNIT_READY:
    case PacketCommand.START_STOP_UNIT:
    case PacketCommand.PREVENT_ALLOW:
    case PacketCommand.SEEK_10:
    case PacketCommand.SET_CD_SPEED:
      return false;
    default:
      return needsMedium(code) || describes(code);
  }
}

function describes(code: u32): bool {
  switch (code) {
    case PacketCommand.REQUEST_SENSE:
    case PacketCommand.INQUIRY:
    case PacketCommand.GET_CONFIGURATION:
    case PacketCommand.GET_EVENT_STATUS:
    case PacketCommand.MODE_SENSE_10:
    case PacketCommand.MECHANISM_STATUS:
      return true;
    default:
      return false;
  }
}

/** These are answered although a unit attention is pending ([SPC-2] 5.9.5; [MMC-3] GET EVENT STATUS NOTIFICATION). */
function passesAttention(code: u32): bool {
  return (
    code == PacketCommand.INQUIRY ||
    code == PacketCommand.REQUEST_SENSE ||
    code == PacketCommand.GET_CONFIGURATION ||
    code == PacketCommand.GET_EVENT_STATUS
  );
}

function refuse(channel: Channel, drive: Drive, code: u32): void {
  checkCondition(channel, drive, SenseKey.ILLEGAL_REQUEST, code);
}

/** Commands that do not need a medium. */
function inform(channel: Channel, drive: Drive, code: u32): bool {
  switch (code) {
    case PacketCommand.REQUEST_SENSE:
      requestSense(channel, drive);
      return true;
    case PacketCommand.INQUIRY:
      inquire(channel, drive);
      return true;
    case PacketCommand.GET_CONFIGURATION:
      configuration(channel, drive);
      return true;
    case PacketCommand.GET_EVENT_STATUS:
      eventStatus(channel, drive);
      return true;
    case PacketCommand.MODE_SENSE_10:
      modeSense(channel, drive);
      return true;
    case PacketCommand.MECHANISM_STATUS:
      mechanismStatus(channel, drive);
      return true;
    case PacketCommand.START_STOP_UNIT:
      startStop(channel, drive);
      return true;
    case PacketCommand.PREVENT_ALLOW:
      drive.locked = (drive.packetByte(4) & 1) != 0;
      endGood(channel, drive);
      return true;
    case PacketCommand.SET_CD_SPEED:
      endGood(channel, drive);
      return true;
    default:
      return false;
  }
}

/** Commands that need a medium; it is there. */
function access(channel: Channel, drive: Drive, code: u32): bool {
  switch (code) {
    case PacketCommand.TEST_UNIT_READY:
      endGood(channel, drive);
      return true;
    case PacketCommand.READ_CAPACITY:
      readCapacity(channel, drive);
      return true;
    case PacketCommand.READ_10:
      read(channel, drive, drive.packetWord(7));
      return true;
    case PacketCommand.READ_12:
      read(channel, drive, drive.packetLong(6));
      return true;
    case PacketCommand.READ_CD:
      readCd(channel, drive);
      return true;
    case PacketCommand.SEEK_10:
      if (isOnDisc(channel, drive, drive.packetLong(2), 1)) endGood(channel, drive);
      return true;
    case PacketCommand.READ_TOC:
      readToc(channel, drive);
      return true;
    case PacketCommand.READ_DISC_INFORMATION:
      reply(channel, drive, writeDiscInformation(channel.buffer), drive.packetWord(7));
      return true;
    default:
      return false;
  }
}

function isOnDisc(channel: Channel, drive: Drive, block: u32, blocks: u32): bool {
  if (<u64>block + blocks <= drive.discBlocks) return true;
  refuse(channel, drive, SenseCode.ADDRESS_OUT_OF_RANGE);
  return false;
}

function read(channel: Channel, drive: Drive, blocks: u32): void {
  const block = drive.packetLong(2);
  if (blocks != 0) {
    if (!isOnDisc(channel, drive, block, blocks)) return;
    drive.standby = false;
  }
  sendSectors(channel, drive, (<u64>block) << CD_BLOCK_SHIFT, blocks << CD_BLOCK_SHIFT);
}

/** Sector types that the one track of the disc can be read as: any, mode 1 ([MMC-3] READ CD, Expected Sector Type). */
const ANY_SECTOR: u32 = 0;
const MODE_1_SECTOR: u32 = 2;
/** What to return of each sector: its user data, of all that a sector has. */
const FIELDS: u32 = 0xfe;
const USER_DATA: u32 = 0x10;

/** Only the user data of sectors, or nothing at all, and no sub-channel ([MMC-3] READ CD). Without sectors nothing is wrong. */
function readCd(channel: Channel, drive: Drive): void {
  const blocks = drive.packetLong(5) & 0xffffff;
  const type = (drive.packetByte(1) >> 2) & 7;
  const fields = drive.packetByte(9) & FIELDS;
  if (blocks == 0) endGood(channel, drive);
  else if (!isOnDisc(channel, drive, drive.packetLong(2), blocks)) return;
  else if (type != ANY_SECTOR && type != MODE_1_SECTOR) refuse(channel, drive, SenseCode.ILLEGAL_MODE_FOR_TRACK);
  else if ((drive.packetByte(10) & 7) != 0 || (fields != 0 && fields != USER_DATA)) {
    refuse(channel, drive, SenseCode.INVALID_FIELD);
  } else read(channel, drive, fields == 0 ? 0 : blocks);
}

/** Address of the last block, bytes in a block ([MMC-3] READ CAPACITY). */
function readCapacity(channel: Channel, drive: Drive): void {
  store<u32>(channel.buffer, bswap<u32>(<u32>drive.discBlocks - 1));
  store<u32>(channel.buffer + 4, bswap<u32>(CD_BLOCK_SIZE));
  reply(channel, drive, 8, 8);
}

/** Vital product data is not kept ([SPC-2] 7.3). */
function inquire(channel: Channel, drive: Drive): void {
  if ((drive.packetByte(1) & 3) != 0 || drive.packetByte(2) != 0) refuse(channel, drive, SenseCode.INVALID_FIELD);
  else reply(channel, drive, writeInquiry(drive, channel.buffer), drive.packetByte(4));
}

/** Reports and clears the sense data, or a pending unit attention ([SPC-2] 7.20). */
function requestSense(channel: Channel, drive: Drive): void {
  if (drive.attention != 0) {
    drive.setSense(SenseKey.UNIT_ATTENTION, drive.attention);
    drive.attention = 0;
  }
  reply(channel, drive, writeSense(drive, channel.buffer), drive.packetByte(4));
}

/**
 * Format in the low bits of byte 2, or in the high bits of byte 9 where [SFF-8020i] had it; MSF in bit 1 of byte 1
 * ([MMC-3] READ TOC).
 */
function readToc(channel: Channel, drive: Drive): void {
  const format = drive.packetByte(2) & 0x0f;
  const bytes = writeToc(
    channel.buffer,
    <u32>drive.discBlocks,
    format != 0 ? format : drive.packetByte(9) >> 6,
    (drive.packetByte(1) & 2) != 0,
    drive.packetByte(6),
  );
  if (bytes == 0) refuse(channel, drive, SenseCode.INVALID_FIELD);
  else reply(channel, drive, bytes, drive.packetWord(7));
}

/** The type of request that there is not is refused ([MMC-3] GET CONFIGURATION, Requested Type). */
function configuration(channel: Channel, drive: Drive): void {
  if ((drive.packetByte(1) & 3) == 3) refuse(channel, drive, SenseCode.INVALID_FIELD);
  else reply(channel, drive, writeConfiguration(drive, channel.buffer), drive.packetWord(7));
}

/** Only the polled form, the other being for queued commands ([MMC-3]). */
function eventStatus(channel: Channel, drive: Drive): void {
  if ((drive.packetByte(1) & 1) == 0) refuse(channel, drive, SenseCode.INVALID_FIELD);
  else reply(channel, drive, writeEventStatus(drive, channel.buffer), drive.packetWord(7));
}

function modeSense(channel: Channel, drive: Drive): void {
  const control = drive.packetByte(2) >> 6;
  if (control == 3) {
    refuse(channel, drive, SenseCode.SAVING_NOT_SUPPORTED);
    return;
  }
  const bytes = writeModePages(drive, channel.buffer, drive.packetByte(2) & 0x3f, control == 1);
  if (bytes == 0) refuse(channel, drive, SenseCode.INVALID_FIELD);
  else reply(channel, drive, bytes, drive.packetWord(7));
}

/** No changer, nothing playing ([SFF-8020i] MECHANISM STATUS). */
function mechanismStatus(channel: Channel, drive: Drive): void {
  store<u64>(channel.buffer, 0);
  store<u8>(channel.buffer + 1, drive.ejected ? 0x10 : 0);
  reply(channel, drive, 8, drive.packetWord(8));
}

/**
 * Bit 1 of byte 4 moves the tray, bit 0 says which way, unless the command is about a power condition ([MMC-3] START STOP
 * UNIT). What happens to the disc is news: a tray that moves without one changes nothing.
 */
function startStop(channel: Channel, drive: Drive): void {
  const operation = drive.packetByte(4);
  const moves: bool = (operation & 0xf0) == 0 && (operation & 2) != 0;
  const opens: bool = (operation & 1) == 0;
  if (moves && opens && drive.locked && !drive.ejected) {
    refuse(channel, drive, SenseCode.REMOVAL_PREVENTED);
    return;
  }
  if (moves && opens != drive.ejected) moveTray(drive, opens);
  endGood(channel, drive);
}

function moveTray(drive: Drive, opens: bool): void {
  drive.ejected = opens;
  if (drive.discBlocks == 0) return;
  drive.mediumEvent = opens ? MediaEvent.MEDIA_REMOVAL : MediaEvent.NEW_MEDIA;
  if (!opens) drive.attention = SenseCode.MEDIUM_MAY_HAVE_CHANGED;
}
