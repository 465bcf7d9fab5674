import { BUFFER_SIZE, Channel } from './channel';
import { Drive } from './drive';
import { checkCondition, showByteCount, takePacket } from './packet';
import { SenseCode, SenseKey } from './packet-registers';
import { ErrorBit, SECTOR_SHIFT, SECTOR_SIZE, Status } from './registers';
import { MediumOperation } from './request';
import { Phase, Transfer } from './transfer';

/**
 * PIO data transfers ([ATA-6] 9.5, 9.6): DRQ blocks in the channel's buffer, behind the data register.
 *
 * Reads run ahead of the host: the medium is asked for up to 64 KiB at once, and as long as the buffer holds a whole DRQ
 * block the next one follows at once, with its interrupt but without a visible BSY. Writes are handed to the medium block
 * by block: gathering more would make fewer requests, but a reset would then lose blocks that the drive has taken.
 */

/** READ SECTORS and READ MULTIPLE: `blockSectors` to a DRQ block. */
export function readSectors(channel: Channel, drive: Drive, blockSectors: u32, extended: bool): void {
  const transfer = channel.transfer;
  beginSectors(channel, drive, blockSectors, extended);
  transfer.phase = Phase.PIO_IN;
  const within: u64 = transfer.sector < drive.sectors ? drive.sectors - transfer.sector : 0;
  if (within < transfer.left) {
    transfer.overrun = true;
    transfer.left = <u32>within - (<u32>within % blockSectors);
  }
  showBlock(channel);
}

/** WRITE SECTORS and WRITE MULTIPLE; the first block is asked for without an interrupt ([ATA-6] 9.6). */
export function writeSectors(channel: Channel, drive: Drive, blockSectors: u32, extended: bool): void {
  beginSectors(channel, drive, blockSectors, extended);
  if (drive.readOnly) refuseWrite(channel, drive);
  else {
    channel.transfer.phase = Phase.PIO_OUT;
    askForBlock(channel);
  }
}

/** The medium is write-protected ([ATA-6] 8.62.6). */
export function refuseWrite(channel: Channel, drive: Drive): void {
  channel.fail(drive, Status.READY | Status.ERR, ErrorBit.WP | ErrorBit.ABRT);
}

/** READ VERIFY SECTORS ([ATA-6] 8.36): as a read, but the data goes nowhere. */
export function beginVerify(channel: Channel, drive: Drive, extended: bool): void {
  const transfer = channel.transfer;
  beginSectors(channel, drive, 1, extended);
  if (transfer.sector >= drive.sectors || transfer.left > drive.sectors - transfer.sector) {
    channel.abort(drive);
    return;
  }
  transfer.phase = Phase.VERIFY;
  drive.status = Status.WORKING;
  fill(channel);
}

/** Take the range of sectors from the task file. */
export function beginSectors(channel: Channel, drive: Drive, blockSectors: u32, extended: bool): void {
  const transfer = channel.transfer;
  transfer.extended = extended;
  transfer.sector = drive.address(extended);
  transfer.left = drive.requestedSectors(extended);
  transfer.hostSector = transfer.sector;
  transfer.hostLeft = transfer.left;
  transfer.block = blockSectors << SECTOR_SHIFT;
  transfer.head = channel.buffer;
  transfer.tail = channel.buffer;
  transfer.overrun = false;
  transfer.single = false;
  transfer.accepted = false;
  drive.standby = false;
}

/** Data that the drive has ready in the buffer: `bytes` of it, in DRQ blocks of at most `block`. */
export function showReply(channel: Channel, bytes: u32, block: u32): void {
  const transfer = channel.transfer;
  transfer.phase = Phase.PIO_IN;
  transfer.head = channel.buffer;
  transfer.tail = channel.buffer + bytes;
  transfer.left = 0;
  transfer.hostLeft = 0;
  transfer.block = block;
  transfer.overrun = false;
  showBlock(channel);
}

/** Bring the next DRQ block to the host, or end the command when there is none. */
export function showBlock(channel: Channel): void {
  const transfer = channel.transfer;
  const remaining = transfer.remaining;
  if (remaining == 0) {
    endRead(channel);
    return;
  }
  const bytes: u32 = <u32>min<u64>(transfer.block, remaining);
  if (transfer.tail - transfer.head < bytes) {
    transfer.drive.status = Status.WORKING;
    fill(channel);
    return;
  }
  transfer.position = transfer.head;
  transfer.end = transfer.head + bytes;
  transfer.head = transfer.end;
  if (transfer.packet) showByteCount(transfer.drive, bytes);
  else advanceHost(transfer, bytes >> SECTOR_SHIFT);
  transfer.drive.status = Status.DATA;
  channel.raise(transfer.drive);
}

/** A read ends with its last block; only an error is news, or a packet command's status. */
function endRead(channel: Channel): void {
  const transfer = channel.transfer;
  if (transfer.overrun) channel.abort(transfer.drive);
  else if (transfer.packet) channel.complete(transfer.drive, Status.READY);
  else {
    transfer.phase = Phase.NONE;
    transfer.drive.status = Status.READY;
  }
}

/** Let the task file follow the transfer: it names the sector after those that were shown or taken. */
export function advanceHost(transfer: Transfer, sectors: u32): void {
  if (transfer.hostLeft == 0) return;
  transfer.hostSector += sectors;
  transfer.hostLeft -= sectors;
  transfer.drive.count = transfer.hostLeft & 0xff;
  transfer.drive.setAddress(transfer.hostSector, transfer.extended);
}

/**
 * Ask the medium for as much as the buffer takes. What is left of a block moves to below a sector boundary, so that the
 * whole stays contiguous and the medium's part aligned.
 */
function fill(channel: Channel): void {
  const transfer = channel.transfer;
  const rest: u32 = transfer.tail - transfer.head;
  const tail: u32 = channel.buffer + ((rest + SECTOR_SIZE - 1) & ~(SECTOR_SIZE - 1));
  memory.copy(tail - rest, transfer.head, rest);
  transfer.head = tail - rest;
  transfer.tail = tail;
  const room: u32 = (channel.buffer + BUFFER_SIZE - transfer.tail) >> SECTOR_SHIFT;
  const sectors: u32 = transfer.single ? 1 : min<u32>(room, transfer.left);
  channel.request.want(MediumOperation.READ, transfer.drive.index, transfer.sector, sectors, transfer.tail);
}

/** The medium has read what `fill` asked for. */
export function filled(channel: Channel): void {
  const transfer = channel.transfer;
  const sectors = channel.request.sectors;
  transfer.sector += sectors;
  transfer.left -= sectors;
  transfer.tail += sectors << SECTOR_SHIFT;
  if (transfer.phase == Phase.PIO_IN) showBlock(channel);
  else verified(channel);
}

function verified(channel: Channel): void {
  const transfer = channel.transfer;
  transfer.head = transfer.tail;
  if (transfer.left != 0) fill(channel);
  else channel.complete(transfer.drive, Status.READY);
}

/** The medium could not read. */
export function fillFailed(channel: Channel): void {
  if (retrySingly(channel)) fill(channel);
  else failRead(channel);
}

/** After a failure with several sectors: true, once, and from then on one at a time. */
export function retrySingly(channel: Channel): bool {
  if (channel.request.sectors <= 1) return false;
  channel.transfer.single = true;
  return true;
}

/** The task file names the bad sector ([ATA-6] 8.34.6). */
export function failRead(channel: Channel): void {
  const transfer = channel.transfer;
  if (transfer.packet) {
    checkCondition(channel, transfer.drive, SenseKey.MEDIUM_ERROR, SenseCode.UNRECOVERED_READ_ERROR);
    return;
  }
  transfer.drive.setAddress(transfer.sector, transfer.extended);
  channel.fail(transfer.drive, Status.READY | Status.ERR, ErrorBit.UNC);
}

function askForBlock(channel: Channel): void {
  const transfer = channel.transfer;
  transfer.head = channel.buffer;
  transfer.position = channel.buffer;
  transfer.end = channel.buffer + min<u32>(transfer.block, transfer.hostLeft << SECTOR_SHIFT);
  transfer.drive.status = Status.DATA;
}

/** A block from the host is complete: hand it to the medium. */
function takeBlock(channel: Channel): void {
  const transfer = channel.transfer;
  const sectors: u32 = (transfer.end - channel.buffer) >> SECTOR_SHIFT;
  const capacity = transfer.drive.sectors;
  if (transfer.sector >= capacity || sectors > capacity - transfer.sector) channel.abort(transfer.drive);
  else {
    transfer.drive.status = Status.WORKING;
    drain(channel);
  }
}

function drain(channel: Channel): void {
  const transfer = channel.transfer;
  const sectors: u32 = transfer.single ? 1 : (transfer.end - transfer.head) >> SECTOR_SHIFT;
  channel.request.want(MediumOperation.WRITE, transfer.drive.index, transfer.sector, sectors, transfer.head);
}

/** The medium has written what `drain` gave it. */
export function drained(channel: Channel): void {
  const transfer = channel.transfer;
  transfer.sector += channel.request.sectors;
  transfer.head += channel.request.sectors << SECTOR_SHIFT;
  if (transfer.head < transfer.end) {
    drain(channel);
    return;
  }
  advanceHost(transfer, (transfer.end - channel.buffer) >> SECTOR_SHIFT);
  if (transfer.hostLeft == 0) channel.complete(transfer.drive, Status.READY);
  else {
    askForBlock(channel);
    channel.raise(transfer.drive);
  }
}

export function drainFailed(channel: Channel): void {
  if (retrySingly(channel)) drain(channel);
  else failWrite(channel);
}

/** A drive that cannot do what was asked of it says ABRT ([ATA-6] 8.62.6); the task file names the sector. */
export function failWrite(channel: Channel): void {
  const transfer = channel.transfer;
  transfer.drive.setAddress(transfer.sector, transfer.extended);
  channel.abort(transfer.drive);
}

/** The data register has reached the end of its DRQ block. */
export function endOfBlock(channel: Channel): void {
  const phase = channel.transfer.phase;
  if (phase == Phase.PIO_IN) showBlock(channel);
  else if (phase == Phase.PACKET) takePacket(channel);
  else takeBlock(channel);
}
