import { Channel } from './channel';
import { endOfBlock } from './pio';
import { Phase, Transfer } from './transfer';

/**
 * The data register. It is 16 bits wide; a 32-bit access is two cycles on the cable, and a byte access takes a whole word
 * and drops its upper half. Without a DRQ block in the right direction reads give zero and writes are lost ([ATA-6] 7.6
 * leaves both open).
 *
 * A block with an odd number of bytes has one byte of padding ([ATA-6] 8.23).
 */

/** @param width 1, 2 or 4 */
export function readData(channel: Channel, width: u32): u32 {
  const transfer = channel.transfer;
  if (transfer.phase != Phase.PIO_IN) return 0;
  const position: usize = transfer.position;
  if (width == 4 && transfer.end - transfer.position >= 4) {
    advance(channel, 4);
    return load<u32>(position);
  }
  const last = transfer.end - transfer.position == 1;
  const value: u32 = last ? load<u8>(position) : load<u16>(position);
  if (transfer.position == transfer.end) return 0;
  advance(channel, last ? 1 : 2);
  return width == 1 ? value & 0xff : value;
}

/** @param width 2 or 4; a byte write is no write of this register */
export function writeData(channel: Channel, width: u32, value: u32): void {
  const transfer = channel.transfer;
  if (!takesData(transfer) || width == 1) return;
  if (width == 4 && transfer.end - transfer.position >= 4) {
    store<u32>(transfer.position, value);
    advance(channel, 4);
  } else if (transfer.position != transfer.end) {
    store<u16>(transfer.position, <u16>value);
    advance(channel, 2);
  }
}

function takesData(transfer: Transfer): bool {
  return transfer.phase == Phase.PIO_OUT || transfer.phase == Phase.PACKET;
}

function advance(channel: Channel, bytes: u32): void {
  const transfer = channel.transfer;
  transfer.position += bytes;
  if (transfer.position == transfer.end) endOfBlock(channel);
}

/** Of `bytes` bytes (a multiple of `width`, 2 or 4) of string I/O: how many go as one piece, at most to the end of the DRQ block. */
export function pieceOf(channel: Channel, bytes: u32, width: u32): u32 {
  const left = channel.transfer.end - channel.transfer.position;
  return left == 0 ? bytes : min<u32>(bytes, max<u32>(width, left & ~(width - 1)));
}

/** String I/O: one piece between the data register and guest memory at `address`. @param bytes what `pieceOf` said */
export function moveData(channel: Channel, address: u32, bytes: u32, width: u32, read: bool): void {
  const transfer = channel.transfer;
  const serves: bool = read ? transfer.phase == Phase.PIO_IN : takesData(transfer);
  const left = transfer.end - transfer.position;
  if (!serves || left == 0) {
    if (read) memory.fill(address, 0, bytes);
  } else if (left < width) moveElement(channel, address, width, read);
  else {
    if (read) memory.copy(address, transfer.position, bytes);
    else memory.copy(transfer.position, address, bytes);
    advance(channel, bytes);
  }
}

/** The end of a block that is not a multiple of the width. */
function moveElement(channel: Channel, address: u32, width: u32, read: bool): void {
  if (width == 2) {
    if (read) store<u16>(address, <u16>readData(channel, 2));
    else writeData(channel, 2, load<u16>(address));
  } else if (read) store<u32>(address, readData(channel, 4));
  else writeData(channel, 4, load<u32>(address));
}
