import { Channel } from './channel';
import { Command } from './commands';
import { flush, setFeatures, setPower } from './disk-commands';
import { Drive } from './drive';
import { identifyCdrom } from './identify';
import { askForPacket } from './packet';
import { SenseKey } from './packet-registers';
import { showReply } from './pio';
import { DeviceBit } from './registers';

/** ATA commands of a CD-ROM drive ([ATA-6] 6.1, PACKET feature set). @returns false for a code that it does not have */
export function executeCdrom(channel: Channel, drive: Drive, command: u32): bool {
  switch (command) {
    case Command.PACKET:
      return askForPacket(channel, drive);
    case Command.IDENTIFY_PACKET_DEVICE:
      identifyCdrom(drive, channel.buffer);
      showReply(channel, 512, 512);
      return true;
    case Command.DEVICE_RESET:
      resetDevice(channel, drive);
      return true;
    case Command.FLUSH_CACHE:
      return flush(channel, drive);
    case Command.SET_FEATURES:
      return setFeatures(channel, drive);
    case Command.IDENTIFY_DEVICE:
    case Command.READ_SECTORS:
      showSignature(drive);
      return false;
    default:
      return setPower(channel, drive, command);
  }
}

/** The two commands by which a host that takes the drive for a disk learns better ([ATA-6] 8.15, 8.34). */
function showSignature(drive: Drive): void {
  const unit: u32 = drive.device & DeviceBit.DEV;
  drive.signature();
  drive.device |= unit;
}

/** DEVICE RESET ([ATA-6] 8.9): whatever the drive was doing ends, without an interrupt; the device stays selected. */
function resetDevice(channel: Channel, drive: Drive): void {
  channel.stop();
  channel.transfer.packet = false;
  const unit: u32 = drive.device & DeviceBit.DEV;
  drive.setSense(SenseKey.NONE, 0);
  drive.clearTaskFile();
  drive.device |= unit;
}
