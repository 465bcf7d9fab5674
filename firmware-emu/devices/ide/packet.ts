import { Channel } from './channel';
import { offerDma } from './dma';
import { Drive } from './drive';
import { executePacket } from './packet-commands';
import { PACKET_SIZE, PacketFeature, SenseKey } from './packet-registers';
import { showBlock } from './pio';
import { Reason, Status } from './registers';
import { Phase } from './transfer';

/**
 * The PACKET command ([ATA-6] 8.23, 9.8): how a command packet gets in and data and status get out. What the packets
 * mean is in `packet-commands.ts`.
 */

/**
 * Largest DRQ block. The host's limit may be larger, but the drive need not use it: the buffer must hold a block and the
 * beginning of a sector.
 */
const BLOCK_LIMIT: u32 = 0xfe00;

/** The host has written the PACKET command: ask it for the packet, without an interrupt (word 0 of IDENTIFY PACKET DEVICE). */
export function askForPacket(channel: Channel, drive: Drive): bool {
  const dma: bool = (drive.features & PacketFeature.DMA) != 0;
  if ((drive.features & PacketFeature.OVERLAP) != 0 || (dma && !drive.offersDma)) return false;
  const transfer = channel.transfer;
  transfer.phase = Phase.PACKET;
  transfer.packet = true;
  transfer.packetDma = dma;
  transfer.byteLimit = drive.mid | (drive.high << 8);
  transfer.position = drive.packetAddress;
  transfer.end = drive.packetAddress + PACKET_SIZE;
  drive.count = Reason.CD;
  drive.status = Status.DATA;
  return true;
}

/** The packet is complete. */
export function takePacket(channel: Channel): void {
  const transfer = channel.transfer;
  transfer.phase = Phase.NONE;
  transfer.sector = 0;
  transfer.left = 0;
  transfer.hostLeft = 0;
  transfer.head = channel.buffer;
  transfer.tail = channel.buffer;
  transfer.overrun = false;
  transfer.single = false;
  transfer.drive.status = Status.WORKING;
  executePacket(channel, transfer.drive);
}

/** Good status: the sense data of the command before is history. */
export function endGood(channel: Channel, drive: Drive): void {
  drive.setSense(SenseKey.NONE, 0);
  channel.complete(drive, Status.READY);
}

/** CHECK CONDITION: the sense key stands in the Error register, the rest is for REQUEST SENSE ([ATA-6] 8.23). */
export function checkCondition(channel: Channel, drive: Drive, key: u32, code: u32): void {
  drive.setSense(key, code);
  drive.error = key << 4;
  channel.complete(drive, Status.DRDY | Status.CHK);
}

/** Answer with `bytes` in the buffer, but no more than the host has room for. */
export function reply(channel: Channel, drive: Drive, bytes: u32, allocated: u32): void {
  const transfer = channel.transfer;
  transfer.tail = transfer.head + min<u32>(bytes, allocated);
  sendData(channel, drive);
}

/** Answer with sectors of the medium. */
export function sendSectors(channel: Channel, drive: Drive, sector: u64, sectors: u32): void {
  channel.transfer.sector = sector;
  channel.transfer.left = sectors;
  sendData(channel, drive);
}

function sendData(channel: Channel, drive: Drive): void {
  const transfer = channel.transfer;
  transfer.block = blockSize(transfer.byteLimit, transfer.remaining);
  if (transfer.block == 0 && !transfer.packetDma) channel.abort(drive);
  else if (transfer.remaining == 0) endGood(channel, drive);
  else {
    drive.setSense(SenseKey.NONE, 0);
    if (transfer.packetDma) {
      drive.status = transfer.left != 0 ? Status.DATA | Status.BSY : Status.DATA;
      offerDma(channel, Phase.DMA_IN);
    } else {
      transfer.phase = Phase.PIO_IN;
      showBlock(channel);
    }
  }
}

/** The host's limit, which must be even if one block is not enough; without a limit there is no transfer ([ATA-6] 8.23). */
function blockSize(limit: u32, total: u64): u32 {
  if (total <= limit) return min<u32>(limit, BLOCK_LIMIT);
  return min<u32>(limit & ~1, BLOCK_LIMIT);
}

/** A DRQ block of `bytes` is about to be shown ([ATA-6] 8.23). */
export function showByteCount(drive: Drive, bytes: u32): void {
  drive.count = Reason.IO;
  drive.mid = bytes & 0xff;
  drive.high = bytes >> 8;
}
