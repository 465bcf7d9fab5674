import { Channel } from './channel';
import { ReadRegister, WriteRegister } from './decode';
import { Drive } from './drive';
import { execute } from './execute';
import { Control, DeviceBit, Status } from './registers';

/**
 * The host's half of the command and control block registers, except the data register.
 *
 * With no device 1, device 0 answers in its place, except that Status and Alternate Status read zero and only EXECUTE
 * DEVICE DIAGNOSTIC is taken ([ATA-6] 9.16.1). With no device 0, nothing answers for it: Status and Error read zero, and the
 * other registers what the host wrote. With no device at all nothing drives the cable; the host's pull-down of DD7
 * makes that "not busy" ([ATA-6] 5.2), and everything reads zero as with QEMU.
 */

/** @returns 0-FFh */
export function readTaskFile(channel: Channel, register: u32): u32 {
  if (channel.empty) return 0;
  if (register == ReadRegister.STATUS) return readStatus(channel);
  return readAddress(responder(channel), register, (channel.control & Control.HOB) != 0);
}

/** The device that answers: device 0 also for an absent device 1. */
function responder(channel: Channel): Drive {
  return channel.selected.present ? channel.selected : channel.drive0;
}

/** Reading Status acknowledges the interrupt ([ATA-6] 7.15). */
function readStatus(channel: Channel): u32 {
  const drive = channel.selected;
  if (!drive.present) return 0;
  drive.interrupt = false;
  channel.sync();
  return drive.status;
}

export function readAlternateStatus(channel: Channel): u32 {
  return channel.selected.present ? channel.selected.status : 0;
}

function readAddress(drive: Drive, register: u32, previous: bool): u32 {
  switch (register) {
    case ReadRegister.ERROR:
      return drive.error;
    case ReadRegister.SECTOR_COUNT:
      return previous ? drive.previousCount : drive.count;
    case ReadRegister.LBA_LOW:
      return previous ? drive.previousLow : drive.low;
    case ReadRegister.LBA_MID:
      return previous ? drive.previousMid : drive.mid;
    case ReadRegister.LBA_HIGH:
      return previous ? drive.previousHigh : drive.high;
    default:
      return drive.device;
  }
}

/** @param value 0-FFh */
export function writeTaskFile(channel: Channel, register: u32, value: u32): void {
  if (register == WriteRegister.COMMAND) {
    channel.control &= ~Control.HOB;
    execute(channel, value);
    return;
  }
  if ((channel.selected.status & (Status.BSY | Status.DRQ)) != 0) return;
  channel.control &= ~Control.HOB;
  if (register == WriteRegister.DEVICE) selectDevice(channel, value);
  else {
    writeAddress(channel.drive0, register, value);
    writeAddress(channel.drive1, register, value);
  }
}

function selectDevice(channel: Channel, value: u32): void {
  channel.drive0.device = value | DeviceBit.OBSOLETE;
  channel.drive1.device = value | DeviceBit.OBSOLETE;
  channel.selectedUnit = (value & DeviceBit.DEV) != 0 ? 1 : 0;
  channel.sync();
}

function writeAddress(drive: Drive, register: u32, value: u32): void {
  switch (register) {
    case WriteRegister.FEATURES:
      drive.features = value;
      break;
    case WriteRegister.SECTOR_COUNT:
      drive.previousCount = drive.count;
      drive.count = value;
      break;
    case WriteRegister.LBA_LOW:
      drive.previousLow = drive.low;
      drive.low = value;
      break;
    case WriteRegister.LBA_MID:
      drive.previousMid = drive.mid;
      drive.mid = value;
      break;
    case WriteRegister.LBA_HIGH:
      drive.previousHigh = drive.high;
      drive.high = value;
      break;
  }
}

/** Both devices obey SRST and nIEN ([ATA-6] 7.8). */
export function writeDeviceControl(channel: Channel, value: u32): void {
  const before = channel.control & Control.SRST;
  channel.control = value & (Control.HOB | Control.SRST | Control.N_IEN);
  if (before == 0 && (value & Control.SRST) != 0) enterReset(channel);
  else if (before != 0 && (value & Control.SRST) == 0) leaveReset(channel);
  channel.sync();
}

/** SRST set: everything stops, the devices are busy until it is cleared ([ATA-6] 9.2). */
function enterReset(channel: Channel): void {
  channel.stop();
  holdInReset(channel.drive0);
  holdInReset(channel.drive1);
}

function holdInReset(drive: Drive): void {
  drive.interrupt = false;
  drive.status = Status.BSY;
}

function leaveReset(channel: Channel): void {
  channel.selectedUnit = 0;
  channel.drive0.softwareReset();
  channel.drive1.softwareReset();
}
