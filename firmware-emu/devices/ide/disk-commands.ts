import { Channel } from './channel';
import { Command, Feature, PowerMode } from './commands';
import { beginDma } from './dma';
import { Drive, MAXIMUM_MULTIPLE } from './drive';
import { identifyDisk } from './identify';
import { beginVerify, readSectors, showReply, writeSectors } from './pio';
import { DeviceBit, Status } from './registers';
import { MediumOperation } from './request';
import { executeSmart } from './smart';
import { Phase } from './transfer';

/** Commands of a hard disk. @returns false for a code that it does not have */
export function executeDisk(channel: Channel, drive: Drive, command: u32): bool {
  return transferData(channel, drive, command) || setMode(channel, drive, command) || setPower(channel, drive, command);
}

function transferData(channel: Channel, drive: Drive, command: u32): bool {
  switch (command) {
    case Command.IDENTIFY_DEVICE:
      identifyDisk(drive, channel.buffer);
      showReply(channel, 512, 512);
      return true;
    case Command.READ_SECTORS:
    case Command.READ_SECTORS_NO_RETRY:
    case Command.READ_SECTORS_EXT:
      readSectors(channel, drive, 1, command == Command.READ_SECTORS_EXT);
      return true;
    case Command.READ_MULTIPLE:
    case Command.READ_MULTIPLE_EXT:
      if (drive.multiple == 0) return false;
      readSectors(channel, drive, drive.multiple, command == Command.READ_MULTIPLE_EXT);
      return true;
    case Command.WRITE_SECTORS:
    case Command.WRITE_SECTORS_NO_RETRY:
    case Command.WRITE_VERIFY:
    case Command.WRITE_SECTORS_EXT:
      writeSectors(channel, drive, 1, command == Command.WRITE_SECTORS_EXT);
      return true;
    case Command.WRITE_MULTIPLE:
    case Command.WRITE_MULTIPLE_EXT:
      if (drive.multiple == 0) return false;
      writeSectors(channel, drive, drive.multiple, command == Command.WRITE_MULTIPLE_EXT);
      return true;
    case Command.READ_DMA:
    case Command.READ_DMA_NO_RETRY:
    case Command.READ_DMA_EXT:
      return beginDma(channel, drive, Phase.DMA_IN, command == Command.READ_DMA_EXT);
    case Command.WRITE_DMA:
    case Command.WRITE_DMA_NO_RETRY:
    case Command.WRITE_DMA_EXT:
      return beginDma(channel, drive, Phase.DMA_OUT, command == Command.WRITE_DMA_EXT);
    case Command.VERIFY:
    case Command.VERIFY_NO_RETRY:
    case Command.VERIFY_EXT:
      beginVerify(channel, drive, command == Command.VERIFY_EXT);
      return true;
    case Command.FLUSH_CACHE:
    case Command.FLUSH_CACHE_EXT:
      return flush(channel, drive);
    default:
      return false;
  }
}

function setMode(channel: Channel, drive: Drive, command: u32): bool {
  switch (command) {
    case Command.RECALIBRATE:
      return succeed(channel, drive);
    case Command.SEEK:
      return drive.address(false) < drive.sectors && succeed(channel, drive);
    case Command.INITIALIZE_PARAMETERS:
      return initializeParameters(drive) && succeed(channel, drive);
    case Command.SET_MULTIPLE:
      return setMultiple(drive) && succeed(channel, drive);
    case Command.SET_FEATURES:
      return setFeatures(channel, drive);
    case Command.SMART:
      return executeSmart(channel, drive);
    case Command.READ_NATIVE_MAX:
    case Command.READ_NATIVE_MAX_EXT:
      return showLastSector(drive, command == Command.READ_NATIVE_MAX_EXT) && succeed(channel, drive);
    default:
      return false;
  }
}

function succeed(channel: Channel, drive: Drive): bool {
  channel.complete(drive, Status.READY);
  return true;
}

/**
 * Power commands end without DSC, as drives' do that need not be at a track. Sleep is taken as Standby: a host that waits for
 * nothing but a reset to end it finds it so, and one that does not is served.
 */
export function setPower(channel: Channel, drive: Drive, command: u32): bool {
  switch (command) {
    case Command.STANDBY:
    case Command.STANDBY_OLD:
    case Command.STANDBY_IMMEDIATE:
    case Command.STANDBY_IMMEDIATE_OLD:
    case Command.SLEEP:
    case Command.SLEEP_OLD:
      drive.standby = true;
      break;
    case Command.IDLE:
    case Command.IDLE_OLD:
    case Command.IDLE_IMMEDIATE:
    case Command.IDLE_IMMEDIATE_OLD:
      drive.standby = false;
      break;
    case Command.CHECK_POWER_MODE:
    case Command.CHECK_POWER_MODE_OLD:
      drive.count = drive.standby ? PowerMode.STANDBY : PowerMode.ACTIVE_OR_IDLE;
      return succeed(channel, drive);
    default:
      return false;
  }
  channel.complete(drive, Status.DRDY);
  return true;
}

/** False if there is no medium that could be flushed, or it lies in an open tray. */
export function flush(channel: Channel, drive: Drive): bool {
  if (drive.sectors == 0 || drive.ejected) return false;
  channel.transfer.phase = Phase.FLUSH;
  drive.status = Status.WORKING;
  channel.request.want(MediumOperation.FLUSH, drive.index, 0, 0, 0);
  return true;
}

/** INITIALIZE DEVICE PARAMETERS ([ATA-5] INITIALIZE DEVICE PARAMETERS): heads - 1 in the Device register, sectors a track in Sector Count. */
function initializeParameters(drive: Drive): bool {
  if (drive.count == 0) return false;
  drive.heads = (drive.device & DeviceBit.HEAD) + 1;
  drive.sectorsPerTrack = drive.count;
  return true;
}

/** SET MULTIPLE MODE ([ATA-6] 8.49): a power of two up to word 47 of IDENTIFY DEVICE; zero disables. */
function setMultiple(drive: Drive): bool {
  if (drive.count > MAXIMUM_MULTIPLE || (drive.count & (drive.count - 1)) != 0) return false;
  drive.multiple = drive.count;
  return true;
}

/** READ NATIVE MAX ADDRESS ([ATA-6] 8.32, 8.33): the last sector, as far as the registers can name it. */
function showLastSector(drive: Drive, extended: bool): bool {
  if (drive.sectors == 0) return false;
  const last: u64 = drive.sectors - 1;
  drive.setAddress(extended ? last : min<u64>(last, 0x0fffffff), extended);
  return true;
}

export function setFeatures(channel: Channel, drive: Drive): bool {
  switch (drive.features) {
    case Feature.ENABLE_WRITE_CACHE:
      drive.writeCache = true;
      break;
    case Feature.DISABLE_WRITE_CACHE:
      drive.writeCache = false;
      if (flush(channel, drive)) return true;
      break;
    case Feature.ENABLE_LOOK_AHEAD:
      drive.lookAhead = true;
      break;
    case Feature.DISABLE_LOOK_AHEAD:
      drive.lookAhead = false;
      break;
    case Feature.KEEP_ON_RESET:
      drive.keepsOnReset = true;
      break;
    case Feature.DEFAULTS_ON_RESET:
      drive.keepsOnReset = false;
      break;
    case Feature.SET_TRANSFER_MODE:
      if (!setTransferMode(drive)) return false;
      break;
    default:
      return false;
  }
  return succeed(channel, drive);
}

/** Transfer mode in Sector Count ([ATA-6] 8.46): PIO default, PIO 0-4, multiword DMA 0-2, Ultra DMA 0-5. */
function setTransferMode(drive: Drive): bool {
  const mode: u32 = drive.count & 7;
  switch (drive.count >> 3) {
    case 0:
      if (mode > 1) return false;
      break;
    case 1:
      if (mode > 4) return false;
      break;
    case 4:
      if (!drive.offersDma || mode > 2) return false;
      break;
    case 8:
      if (!drive.offersDma || mode > 5) return false;
      break;
    default:
      return false;
  }
  drive.transferMode = drive.count;
  return true;
}
