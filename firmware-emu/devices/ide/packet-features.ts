import { Drive } from './drive';
import { CD_BLOCK_SIZE, MediaEvent } from './packet-registers';

/** Replies that say what the drive can do and what state it is in. */

/** Profiles ([MMC-3] Feature 0000h). */
const PROFILE_CD: u32 = 0x0008;
const PROFILE_DVD: u32 = 0x0010;
/** Blocks on the largest CD: 80 minutes of 60 seconds of 75 frames. */
const CD_BLOCKS: u32 = 80 * 60 * 75;

function put16(at: u32, value: u32): void {
  store<u16>(at, bswap<u16>(<u16>value));
}

function put32(at: u32, value: u32): void {
  store<u32>(at, bswap<u32>(value));
}

function currentProfile(drive: Drive): u32 {
  if (!drive.hasMedium) return 0;
  return drive.discBlocks > CD_BLOCKS ? PROFILE_DVD : PROFILE_CD;
}

/**
 * GET CONFIGURATION ([MMC-3] GET CONFIGURATION): features from the number in the packet on; or only current ones, or only that one, as
 * bits 1:0 of byte 1 say.
 */
export function writeConfiguration(drive: Drive, buffer: u32): u32 {
  const profile = currentProfile(drive);
  memory.fill(buffer, 0, 128);
  let end: u32 = buffer + 8;
  if (wantsFeature(drive, 0x0000, true)) end = writeProfiles(end, profile);
  if (wantsFeature(drive, 0x0001, true)) end = writeCore(end);
  if (wantsFeature(drive, 0x0003, true)) end = writeRemovable(end);
  const readable = profile != 0;
  if (wantsFeature(drive, 0x0010, readable)) end = writeRandomReadable(end, readable);
  if (wantsFeature(drive, 0x001e, profile == PROFILE_CD)) end = writeFeature(end, 0x001e, 0, profile == PROFILE_CD, 4);
  if (wantsFeature(drive, 0x001f, profile == PROFILE_DVD))
    end = writeFeature(end, 0x001f, 0, profile == PROFILE_DVD, 0);
  put32(buffer, end - buffer - 4);
  put16(buffer + 6, profile);
  return end - buffer;
}

function wantsFeature(drive: Drive, feature: u32, current: bool): bool {
  const starting = drive.packetWord(2);
  switch (drive.packetByte(1) & 3) {
    case 0:
      return feature >= starting;
    case 1:
      return feature >= starting && current;
    default:
      return feature == starting;
  }
}

/** Header of a feature descriptor; `bytes` of it follow. Bit 1 of byte 2 is "persistent", bit 0 "current". */
function writeFeature(at: u32, feature: u32, version: u32, current: bool, bytes: u32): u32 {
  put16(at, feature);
  const persistent: u32 = feature < 0x10 ? 2 : 0;
  store<u8>(at + 2, <u8>((version << 2) | persistent | (current ? 1 : 0)));
  store<u8>(at + 3, <u8>bytes);
  return at + 4 + bytes;
}

/** Profile list ([MMC-3] Feature 0000h). */
function writeProfiles(at: u32, profile: u32): u32 {
  put16(at + 4, PROFILE_DVD);
  store<u8>(at + 6, profile == PROFILE_DVD ? 1 : 0);
  put16(at + 8, PROFILE_CD);
  store<u8>(at + 10, profile == PROFILE_CD ? 1 : 0);
  return writeFeature(at, 0x0000, 0, true, 8);
}

/** Core: the physical interface is ATAPI ([MMC-3] Feature 0001h). */
function writeCore(at: u32): u32 {
  put32(at + 4, 2);
  return writeFeature(at, 0x0001, 0, true, 4);
}

/** Removable medium: tray, ejects, locks ([MMC-3] Feature 0003h). */
function writeRemovable(at: u32): u32 {
  store<u8>(at + 4, 0x29);
  return writeFeature(at, 0x0003, 0, true, 4);
}

/** Random readable: block size, blocks a read takes at least ([MMC-3] Feature 0010h). */
function writeRandomReadable(at: u32, current: bool): u32 {
  put32(at + 4, CD_BLOCK_SIZE);
  put16(at + 8, 1);
  return writeFeature(at, 0x0010, 0, current, 8);
}

/** Class of media events in GET EVENT STATUS NOTIFICATION: number, and bit in request and header ([MMC-3]). */
const MEDIA_CLASS: u32 = 4;
const MEDIA_CLASS_BIT: u32 = 0x10;
const NO_EVENT_AVAILABLE: u32 = 0x80;

/** The media event, which is told once, and where the tray and the disc are ([MMC-3] GET EVENT STATUS NOTIFICATION, media class). */
export function writeEventStatus(drive: Drive, buffer: u32): u32 {
  store<u8>(buffer + 3, <u8>MEDIA_CLASS_BIT);
  if ((drive.packetByte(4) & MEDIA_CLASS_BIT) == 0) {
    put16(buffer, 0);
    store<u8>(buffer + 2, <u8>NO_EVENT_AVAILABLE);
    return 4;
  }
  put16(buffer, 4);
  store<u8>(buffer + 2, <u8>MEDIA_CLASS);
  store<u8>(buffer + 4, <u8>drive.mediumEvent);
  store<u8>(buffer + 5, (drive.ejected ? 1 : 0) | (drive.hasMedium ? 2 : 0));
  store<u16>(buffer + 6, 0);
  drive.mediumEvent = MediaEvent.NONE;
  return 8;
}

/** Mode pages ([MMC-3] and [SFF-8020i] MODE SENSE). */
const PAGE_ERROR_RECOVERY: u32 = 0x01;
const PAGE_CAPABILITIES: u32 = 0x2a;
const ALL_PAGES: u32 = 0x3f;
/** Medium type of the header: 120 mm data disc, no disc, tray open ([SFF-8020i] MODE SENSE). */
const MEDIUM_DATA: u32 = 0x01;
const MEDIUM_NONE: u32 = 0x70;
const MEDIUM_TRAY_OPEN: u32 = 0x71;
/** Four times the speed of an audio disc, in kB/s. */
const SPEED: u32 = 706;

/**
 * MODE SENSE (10). Nothing can be changed, so the mask of what can is zeros.
 *
 * @returns length in bytes; zero if there is no such page
 */
export function writeModePages(drive: Drive, buffer: u32, page: u32, changeable: bool): u32 {
  memory.fill(buffer, 0, 64);
  let end: u32 = buffer + 8;
  if (page == PAGE_ERROR_RECOVERY || page == ALL_PAGES) end = writeErrorRecovery(end, changeable);
  if (page == PAGE_CAPABILITIES || page == ALL_PAGES) end = writeCapabilities(drive, end, changeable);
  if (end == buffer + 8) return 0;
  put16(buffer, end - buffer - 2);
  store<u8>(buffer + 2, <u8>(drive.ejected ? MEDIUM_TRAY_OPEN : drive.hasMedium ? MEDIUM_DATA : MEDIUM_NONE));
  return end - buffer;
}

function writeErrorRecovery(at: u32, changeable: bool): u32 {
  store<u8>(at, <u8>PAGE_ERROR_RECOVERY);
  store<u8>(at + 1, 6);
  if (!changeable) store<u8>(at + 3, 5); // retries
  return at + 8;
}

function writeCapabilities(drive: Drive, at: u32, changeable: bool): u32 {
  store<u8>(at, <u8>PAGE_CAPABILITIES);
  store<u8>(at + 1, 18);
  if (changeable) return at + 20;
  store<u8>(at + 2, 0x0b); // reads CD-R, CD-RW, DVD-ROM
  store<u8>(at + 4, 0x70); // multi-session, mode 2 forms 1 and 2
  store<u8>(at + 6, drive.locked ? 0x2b : 0x29); // tray, ejects, locks
  put16(at + 8, SPEED);
  put16(at + 12, 64); // buffer, KiB
  put16(at + 14, SPEED);
  return at + 20;
}
