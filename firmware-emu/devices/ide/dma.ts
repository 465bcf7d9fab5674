import { BUFFER_SIZE, Channel } from './channel';
import { Drive } from './drive';
import { advanceHost, beginSectors, failRead, failWrite, refuseWrite, retrySingly } from './pio';
import { SECTOR_SHIFT, Status } from './registers';
import { MediumOperation, RequestState, SCATTERED } from './request';
import { Phase } from './transfer';

/**
 * DMA data transfers ([ATA-6] 9.7, [SFF-8038i] Standard Programming Sequence). The drive shows DRQ and waits until the host starts the bus master, in
 * either order. Whole sectors that lie on sector boundaries of guest memory go to the back-end as they are; the rest
 * passes through the channel's buffer, 64 KiB at a time.
 *
 * A disk's descriptor table is measured before anything moves: one that is too short ends the command without data or
 * interrupt. Hardware would move what it describes and then hang, as a packet command here does; the bus-master status that the
 * host sees is the same 00.
 *
 * The direction bit of the bus master is not looked at: the drive's command says which way the data goes.
 */

/** Sectors in one request at most when nothing is copied; the front-end always has room for so many. */
const DIRECT_SECTORS: u32 = 2048;

/** READ DMA and WRITE DMA. False if the drive has no DMA. */
export function beginDma(channel: Channel, drive: Drive, phase: u32, extended: bool): bool {
  if (!drive.offersDma) return false;
  beginSectors(channel, drive, 1, extended);
  if (phase == Phase.DMA_OUT && drive.readOnly) refuseWrite(channel, drive);
  else {
    drive.status = Status.DATA;
    offerDma(channel, phase);
  }
  return true;
}

/** What the transfer describes goes by DMA as soon as the bus master runs. */
export function offerDma(channel: Channel, phase: u32): void {
  channel.transfer.phase = phase;
  channel.transfer.accepted = false;
  channel.busMaster.descriptors.nextCommand();
  pump(channel);
}

function wantsDma(channel: Channel): bool {
  const phase = channel.transfer.phase;
  return phase == Phase.DMA_IN || phase == Phase.DMA_OUT;
}

/** Go on, if the drive and the bus master are both ready. */
export function pump(channel: Channel): void {
  if (!channel.busMaster.running || !wantsDma(channel) || channel.request.state != RequestState.IDLE) return;
  if (channel.transfer.accepted || accept(channel)) nextPiece(channel);
}

/** The host has stopped the bus master: nothing more is moved. The drive waits for it to be started again. */
export function stopDma(channel: Channel): void {
  if (!wantsDma(channel)) return;
  channel.request.cancel();
  channel.transfer.accepted = false;
}

/** Checks before the first byte. False: the command has ended. */
function accept(channel: Channel): bool {
  const transfer = channel.transfer;
  const busMaster = channel.busMaster;
  if (!transfer.packet && !busMaster.descriptors.cover(transfer.remaining)) {
    endShort(channel);
    return false;
  }
  const capacity = transfer.drive.sectors;
  if (transfer.sector > capacity || transfer.left > capacity - transfer.sector) {
    busMaster.halt();
    channel.abort(transfer.drive);
    return false;
  }
  transfer.accepted = true;
  return true;
}

/** The table ends before the transfer does. A packet command's data waits for the next table. */
function endShort(channel: Channel): void {
  channel.busMaster.halt();
  if (channel.transfer.packet) return;
  channel.transfer.phase = Phase.NONE;
  channel.transfer.drive.status = Status.READY;
}

/** Move what is in the buffer, then ask for more. */
function nextPiece(channel: Channel): void {
  const transfer = channel.transfer;
  const descriptors = channel.busMaster.descriptors;
  transfer.head += descriptors.scatter(transfer.head, transfer.tail - transfer.head);
  if (transfer.head != transfer.tail) endShort(channel);
  else if (transfer.left == 0) endDma(channel);
  else nextRequest(channel);
}

function nextRequest(channel: Channel): void {
  const transfer = channel.transfer;
  const descriptors = channel.busMaster.descriptors;
  descriptors.mark();
  const sectors: u32 = transfer.single ? 1 : min<u32>(transfer.left, DIRECT_SECTORS);
  if (descriptors.direct(sectors << SECTOR_SHIFT) != 0) want(channel, sectors, SCATTERED);
  else nextBufferful(channel, min<u32>(sectors, BUFFER_SIZE >> SECTOR_SHIFT));
}

function nextBufferful(channel: Channel, sectors: u32): void {
  const bytes: u32 = sectors << SECTOR_SHIFT;
  const out: bool = channel.transfer.phase == Phase.DMA_OUT;
  if (out && channel.busMaster.descriptors.gather(channel.buffer, bytes) != bytes) endShort(channel);
  else want(channel, sectors, channel.buffer);
}

function want(channel: Channel, sectors: u32, address: u32): void {
  const transfer = channel.transfer;
  const operation = transfer.phase == Phase.DMA_OUT ? MediumOperation.WRITE : MediumOperation.READ;
  channel.request.want(operation, transfer.drive.index, transfer.sector, sectors, address);
}

/** The medium has done its part of a piece. */
export function pieceDone(channel: Channel): void {
  const transfer = channel.transfer;
  const sectors = channel.request.sectors;
  transfer.sector += sectors;
  transfer.left -= sectors;
  if (transfer.phase == Phase.DMA_IN && channel.request.address != SCATTERED) {
    transfer.head = channel.buffer;
    transfer.tail = channel.buffer + (sectors << SECTOR_SHIFT);
  }
  nextPiece(channel);
}

function endDma(channel: Channel): void {
  const transfer = channel.transfer;
  channel.busMaster.transferred();
  advanceHost(transfer, transfer.hostLeft);
  channel.complete(transfer.drive, Status.READY);
}

export function pieceFailed(channel: Channel): void {
  channel.busMaster.descriptors.returnToMark();
  if (retrySingly(channel)) nextRequest(channel);
  else {
    channel.busMaster.halt();
    if (channel.transfer.phase == Phase.DMA_IN) failRead(channel);
    else failWrite(channel);
  }
}
