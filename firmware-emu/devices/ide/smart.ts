import { Channel } from './channel';
import { Drive, SELF_TEST_ENTRIES } from './drive';
import { putChecksum } from './identify';
import { showReply } from './pio';
import { Status } from './registers';

/** SMART subcommands in the Features register ([ATA-6] 8.51). */
namespace Smart {
  export const READ_DATA: u32 = 0xd0;
  /** Obsolete since ATA-4. */
  export const READ_THRESHOLDS: u32 = 0xd1;
  export const AUTOSAVE: u32 = 0xd2;
  export const EXECUTE_OFFLINE: u32 = 0xd4;
  export const READ_LOG: u32 = 0xd5;
  export const ENABLE: u32 = 0xd8;
  export const DISABLE: u32 = 0xd9;
  export const RETURN_STATUS: u32 = 0xda;
}

/** LBA Mid and High with every SMART command. */
const KEY_MID: u32 = 0x4f;
const KEY_HIGH: u32 = 0xc2;

/** Logs ([ATA-6] 8.51, SMART READ LOG): directory, summary error log, self-test log. */
const LOG_DIRECTORY: u32 = 0x00;
const LOG_ERRORS: u32 = 0x01;
const LOG_SELF_TESTS: u32 = 0x06;

/** Self-test log ([ATA-6] 8.51, self-test log data structure): descriptors of 24 bytes from byte 2 on, the last one's number in byte 508. */
const SELF_TEST_DESCRIPTOR: u32 = 24;
const SELF_TEST_INDEX: u32 = 508;

/** A drive that never fails: it has the commands, no attributes, no errors, and self-tests that pass at once. */
export function executeSmart(channel: Channel, drive: Drive): bool {
  if (drive.mid != KEY_MID || drive.high != KEY_HIGH) return false;
  if (!drive.smart && drive.features != Smart.ENABLE) return false;
  switch (drive.features) {
    case Smart.READ_DATA:
      return showPage(channel, writeData(channel.buffer));
    case Smart.READ_THRESHOLDS:
      return showPage(channel, writeThresholds(channel.buffer));
    case Smart.READ_LOG:
      return drive.count == 1 && showPage(channel, writeLog(drive, channel.buffer, drive.low));
    default:
      return setSmart(drive) && succeed(channel, drive);
  }
}

function succeed(channel: Channel, drive: Drive): bool {
  channel.complete(drive, Status.READY);
  return true;
}

function showPage(channel: Channel, present: bool): bool {
  if (present) showReply(channel, 512, 512);
  return present;
}

function setSmart(drive: Drive): bool {
  switch (drive.features) {
    case Smart.ENABLE:
    case Smart.DISABLE:
      drive.smart = drive.features == Smart.ENABLE;
      return true;
    case Smart.AUTOSAVE:
      return drive.count == 0x00 || drive.count == 0xf1;
    case Smart.EXECUTE_OFFLINE:
      return executeOffline(drive, drive.low);
    case Smart.RETURN_STATUS:
      return true; // the key left in place means "no threshold exceeded"
    default:
      return false;
  }
}

/** Off-line collection, abort, and the short and extended self-tests, captive or not ([ATA-6] 8.51). All are over at once. */
function executeOffline(drive: Drive, routine: u32): bool {
  const isSelfTest = routine == 1 || routine == 2 || routine == 0x81 || routine == 0x82;
  if (isSelfTest) drive.noteSelfTest(routine);
  return isSelfTest || routine == 0 || routine == 0x7f;
}

/** The sector gets its revision and its checksum. */
function writePage(data: u32, revision: u32): bool {
  store<u16>(data, <u16>revision);
  putChecksum(data);
  return true;
}

/** None. */
function writeThresholds(data: u32): bool {
  memory.fill(data, 0, 512);
  return writePage(data, 0x0010);
}

/** Device SMART data structure ([ATA-6] 8.51). */
function writeData(data: u32): bool {
  memory.fill(data, 0, 512);
  store<u8>(data + 367, 0x11); // off-line collection and self-tests on command
  store<u16>(data + 368, 0x0003); // data is saved
  store<u8>(data + 372, 1); // minutes to poll after, short and extended self-test
  store<u8>(data + 373, 1);
  return writePage(data, 0x0010);
}

function writeLog(drive: Drive, data: u32, log: u32): bool {
  memory.fill(data, 0, 512);
  if (log == LOG_DIRECTORY) {
    store<u16>(data, 1);
    store<u8>(data + 2 * LOG_ERRORS, 1);
    store<u8>(data + 2 * LOG_SELF_TESTS, 1);
    return true;
  }
  if (log == LOG_SELF_TESTS) writeSelfTests(drive, data);
  return (log == LOG_ERRORS || log == LOG_SELF_TESTS) && writePage(data, 1);
}

/** Routine, and zeros for "passed" and for a life time of no hours. */
function writeSelfTests(drive: Drive, data: u32): void {
  const entries: u32 = min<u32>(drive.selfTests, SELF_TEST_ENTRIES);
  for (let entry: u32 = 0; entry < entries; entry++) {
    store<u8>(data + 2 + entry * SELF_TEST_DESCRIPTOR, load<u8>(drive.selfTestAddress + entry));
  }
  const last: u32 = drive.selfTests == 0 ? 0 : ((drive.selfTests - 1) % SELF_TEST_ENTRIES) + 1;
  store<u8>(data + SELF_TEST_INDEX, <u8>last);
}
