import { executeCdrom } from './cdrom-commands';
import { Channel } from './channel';
import { Command } from './commands';
import { executeDisk } from './disk-commands';
import { Drive, DriveKind } from './drive';
import { Status } from './registers';
import { Phase } from './transfer';

/** The host has written the Command register ([ATA-6] 7.4). */
export function execute(channel: Channel, command: u32): void {
  const drive = channel.selected;
  drive.interrupt = false;
  channel.sync();
  if (!drive.present && command != Command.EXECUTE_DIAGNOSTIC) return;
  if ((drive.status & (Status.BSY | Status.DRQ)) != 0 && !isDeviceReset(drive, command)) return;
  start(channel, drive, command);
}

/** The one command that a busy device takes, and only a packet device ([ATA-6] 8.9). */
function isDeviceReset(drive: Drive, command: u32): bool {
  return command == Command.DEVICE_RESET && drive.kind == DriveKind.CDROM;
}

function start(channel: Channel, drive: Drive, command: u32): void {
  if (command == Command.EXECUTE_DIAGNOSTIC) {
    diagnose(channel);
    return;
  }
  drive.error = 0;
  drive.status = Status.DRDY | Status.BSY;
  channel.transfer.drive = drive;
  channel.transfer.packet = false;
  channel.transfer.phase = Phase.NONE;
  const known =
    drive.kind == DriveKind.DISK ? executeDisk(channel, drive, command) : executeCdrom(channel, drive, command);
  if (!known) channel.abort(drive);
}

/**
 * EXECUTE DEVICE DIAGNOSTIC ([ATA-6] 8.11): both devices run it, whichever is selected, and device 0 reports for both.
 */
function diagnose(channel: Channel): void {
  if (channel.empty) return;
  channel.drive0.signature();
  channel.drive1.signature();
  channel.selectedUnit = 0;
  channel.raise(channel.drive0);
}
