import { DEVICE_IDE, DEVICE_PCI } from '../../hypervisor/abi/devices';
import { DIRECTION_READ, FLAG_DESCENDING } from '../../hypervisor/abi/frame';
import { GSI_IDE0 } from '../../hypervisor/abi/hypercalls';
import { BOUNCE_BUFFERS, BOUNCE_SIZE, DEVICE_STATE, PAGE_SIZE, START_INFO } from '../../hypervisor/abi/layout';
import {
  DRIVE_CYLINDERS,
  DRIVE_ENTRY_SIZE,
  DRIVE_FLAG_CDROM,
  DRIVE_FLAG_PRESENT,
  DRIVE_FLAG_READ_ONLY,
  DRIVE_FLAGS,
  DRIVE_HEADS,
  DRIVE_MODEL,
  DRIVE_PORT,
  DRIVE_REVISION,
  DRIVE_SECTORS,
  DRIVE_SECTORS_PER_TRACK,
  DRIVE_SERIAL,
  INFO_DEVICES,
  INFO_DRIVES,
  INFO_RAM_BYTES,
} from '../../hypervisor/abi/start-info';
import { BlockFrontend, blockFrontend } from '../../pv-drivers/frontend/block';
import { BLKIF_OP_READ, BLKIF_OP_WRITE, BLKIF_RSP_OKAY } from '../../pv-drivers/protocol/block';
import { floating } from '../contract/bus-value';
import { Frame, runAddress, runBytes } from '../contract/frame';
import { Line } from '../contract/handles';
import { BusMaster, readBusMaster, writeBusMaster } from '../devices/ide/bus-master';
import { Channel } from '../devices/ide/channel';
import { moveData, pieceOf, readData, writeData } from '../devices/ide/data-port';
import { Descriptors } from '../devices/ide/descriptors';
import { pump } from '../devices/ide/dma';
import { DRIVE_SIZE, Drive, DriveKind } from '../devices/ide/drive';
import { mediumDone } from '../devices/ide/medium';
import { SECTOR_SHIFT } from '../devices/ide/registers';
import { MediumOperation, MediumRequest, RequestState, SCATTERED } from '../devices/ide/request';
import { readAlternateStatus, readTaskFile, writeDeviceControl, writeTaskFile } from '../devices/ide/task-file';
import { Transfer } from '../devices/ide/transfer';

/** Places in the device's state page. */
const STATE: u32 = DEVICE_STATE + DEVICE_IDE * PAGE_SIZE;
const CHANNEL_STRIDE: u32 = 0x400;
const TRANSFER: u32 = 0x080;
const REQUEST: u32 = 0x100;
const BUS_MASTER: u32 = 0x140;
const LINE: u32 = 0x180;
const DESCRIPTORS: u32 = 0x1c0;
const DRIVES: u32 = 0x200;
const DRIVE_STRIDE: u32 = 0x100;

if (
  offsetof<Channel>() > TRANSFER ||
  TRANSFER + offsetof<Transfer>() > REQUEST ||
  REQUEST + offsetof<MediumRequest>() > BUS_MASTER ||
  BUS_MASTER + offsetof<BusMaster>() > LINE ||
  LINE + offsetof<Line>() > DESCRIPTORS ||
  DESCRIPTORS + offsetof<Descriptors>() > DRIVES ||
  DRIVE_SIZE > DRIVE_STRIDE
) {
  ERROR('the IDE models do not fit their places');
}

/** Elements served in one entry at most; the guest re-executes the rest. */
const ELEMENT_LIMIT: u32 = 65536;

/** Legacy ports of the channels ([PIIX3] IDE Decode): bit 7 tells primary from secondary. */
const PRIMARY: u32 = 0x80;
const COMMAND_BLOCK: u32 = 0x170;
const CONTROL_BLOCK: u32 = 0x376;

/** Primary (0) or secondary (1). */
export function channelAt(index: u32): Channel {
  return changetype<Channel>(STATE + index * CHANNEL_STRIDE);
}

/** Channel of a legacy port. */
function channelOf(port: u32): Channel {
  return channelAt((port & PRIMARY) != 0 ? 0 : 1);
}

/** Drive 0-3. */
function driveAt(index: u32): Drive {
  return changetype<Drive>(STATE + (index >> 1) * CHANNEL_STRIDE + DRIVES + (index & 1) * DRIVE_STRIDE);
}

function driveInfo(index: u32): u32 {
  return START_INFO + INFO_DRIVES + index * DRIVE_ENTRY_SIZE;
}

export function bootIde(): void {
  const busMaster: bool = (load<u32>(START_INFO + INFO_DEVICES) & (1 << DEVICE_PCI)) != 0;
  for (let index: u32 = 0; index < 4; index++) connectDrive(index, busMaster);
  connectChannel(0);
  connectChannel(1);
}

function connectDrive(index: u32, busMaster: bool): void {
  const drive = driveAt(index);
  const info = driveInfo(index);
  const flags = load<u32>(info + DRIVE_FLAGS);
  drive.index = index;
  drive.kind = DriveKind.NONE;
  if ((flags & DRIVE_FLAG_PRESENT) == 0) return;
  drive.kind = (flags & DRIVE_FLAG_CDROM) != 0 ? DriveKind.CDROM : DriveKind.DISK;
  drive.sectors = load<u64>(info + DRIVE_SECTORS);
  drive.readOnly = (flags & DRIVE_FLAG_READ_ONLY) != 0;
  drive.offersDma = busMaster;
  describeDrive(drive, info);
  blockFrontend(index).connect(index, load<u32>(info + DRIVE_PORT));
}

function describeDrive(drive: Drive, info: u32): void {
  drive.translateBy(
    load<u32>(info + DRIVE_CYLINDERS),
    load<u32>(info + DRIVE_HEADS),
    load<u32>(info + DRIVE_SECTORS_PER_TRACK),
  );
  drive.model = info + DRIVE_MODEL;
  drive.serial = info + DRIVE_SERIAL;
  drive.revision = info + DRIVE_REVISION;
}

function connectChannel(index: u32): void {
  const base = STATE + index * CHANNEL_STRIDE;
  const channel = channelAt(index);
  channel.buffer = BOUNCE_BUFFERS + index * BOUNCE_SIZE;
  channel.line = changetype<Line>(base + LINE);
  channel.line.connect(GSI_IDE0 + index);
  channel.drive0 = driveAt(index << 1);
  channel.drive1 = driveAt((index << 1) + 1);
  channel.transfer = changetype<Transfer>(base + TRANSFER);
  channel.request = changetype<MediumRequest>(base + REQUEST);
  channel.busMaster = changetype<BusMaster>(base + BUS_MASTER);
  channel.busMaster.descriptors = changetype<Descriptors>(base + DESCRIPTORS);
  channel.busMaster.descriptors.ramBytes = load<u32>(START_INFO + INFO_RAM_BYTES);
  channel.powerOn();
}

/** The PCI function may or may not master the bus. */
export function enableBusMaster(enabled: bool): void {
  if (channelAt(0).buffer == 0) return; // the channels are emulated by something else
  for (let index: u32 = 0; index < 2; index++) {
    const channel = channelAt(index);
    channel.busMaster.enabled = enabled;
    pump(channel);
    service(channel);
  }
}

export function readIde(_frame: Frame, port: u32, width: u32): u32 {
  if (isBusMaster(port)) return readBusMasterPorts(port, width);
  const channel = channelOf(port);
  const offset: u32 = port & 7;
  if ((port & ~PRIMARY) == CONTROL_BLOCK) return readControl(channel, width);
  if (offset == 0) {
    const value = readData(channel, width);
    service(channel);
    return value;
  }
  if (width == 4) return floating(4);
  const low = readTaskFile(channel, offset);
  return width == 1 ? low : low | ((offset == 7 ? 0xff : readTaskFile(channel, offset + 1)) << 8);
}

function readControl(channel: Channel, width: u32): u32 {
  if (width == 4) return floating(4);
  return (floating(width) & ~0xff) | readAlternateStatus(channel);
}

export function writeIde(_frame: Frame, port: u32, width: u32, value: u32): void {
  if (isBusMaster(port)) {
    writeBusMasterPorts(port, width, value);
    return;
  }
  const channel = channelOf(port);
  const offset: u32 = port & 7;
  if ((port & ~PRIMARY) == CONTROL_BLOCK) {
    if (width < 4) writeDeviceControl(channel, value & 0xff);
  } else if (offset == 0) writeData(channel, width, value);
  else if (width < 4) {
    writeTaskFile(channel, offset, value & 0xff);
    if (width == 2 && offset < 7) writeTaskFile(channel, offset + 1, (value >> 8) & 0xff);
  }
  service(channel);
}

/** Ports that are routed here and are no legacy ports are the bus master's, at a multiple of 16. */
function isBusMaster(port: u32): bool {
  return (port & ~(PRIMARY | 7)) != COMMAND_BLOCK && (port & ~PRIMARY) != CONTROL_BLOCK;
}

/** The registers can be read and written in any width ([PIIX3]), each byte by itself, as far as they reach. */
function readBusMasterPorts(port: u32, width: u32): u32 {
  let value: u32 = floating(width);
  for (let byte: u32 = 0; byte < width && (port & 15) + byte < 16; byte++) {
    const register = readBusMaster(channelAt(((port + byte) >> 3) & 1), (port + byte) & 7);
    value ^= (register ^ 0xff) << (byte << 3);
  }
  return value;
}

function writeBusMasterPorts(port: u32, width: u32, value: u32): void {
  for (let byte: u32 = 0; byte < width && (port & 15) + byte < 16; byte++) {
    const channel = channelAt(((port + byte) >> 3) & 1);
    writeBusMaster(channel, (port + byte) & 7, (value >> (byte << 3)) & 0xff);
    service(channel);
  }
}

/**
 * String I/O of the data port in bulk, DRQ block by DRQ block. What the end of a block makes happen ends it there, as it would
 * element by element.
 *
 * @returns false where only the generic path will do
 */
export function stringIde(frame: Frame): bool {
  if ((frame.address & ~PRIMARY) != COMMAND_BLOCK || frame.width == 1) return false;
  if ((frame.flags & FLAG_DESCENDING) != 0) return false;
  const channel = channelOf(frame.address);
  const width = frame.width;
  let left: u32 = min<u32>(frame.count, ELEMENT_LIMIT) * width;
  const total = left;
  for (let run: u32 = 0; run < frame.runCount && left != 0 && !isInterrupted(frame); run++) {
    left -= moveRun(frame, channel, runAddress(frame, run), min<u32>(runBytes(frame, run) & ~(width - 1), left));
  }
  frame.done = (total - left) / width;
  return true;
}

/** Bytes moved. Before each piece `frame.done` counts the elements before its last one, with which a block may end. */
function moveRun(frame: Frame, channel: Channel, address: u32, bytes: u32): u32 {
  const width = frame.width;
  const before = frame.done;
  let moved: u32 = 0;
  while (moved < bytes && !isInterrupted(frame)) {
    const piece = pieceOf(channel, bytes - moved, width);
    frame.done = before + (moved + piece) / width - 1;
    moveData(channel, address + moved, piece, width, frame.direction == DIRECTION_READ);
    service(channel);
    moved += piece;
  }
  frame.done = before + moved / width;
  return moved;
}

function isInterrupted(frame: Frame): bool {
  return (frame.interrupt | frame.notify) != 0;
}

/** An event: responses have arrived, or there is room for a request that found none. */
export function eventIde(frame: Frame): void {
  for (let index: u32 = 0; index < 4; index++) {
    if (!driveAt(index).present) continue;
    if ((frame.pending & (1 << load<u32>(driveInfo(index) + DRIVE_PORT))) != 0) collect(index);
  }
}

function collect(index: u32): void {
  const disk = blockFrontend(index);
  const channel = channelAt(index >> 1);
  const request = channel.request;
  while (disk.poll()) {
    if (request.state != RequestState.IN_FLIGHT || request.drive != index || request.tag != disk.tag) continue;
    mediumDone(channel, disk.status == BLKIF_RSP_OKAY);
    service(channel);
  }
  service(channel);
}

/** Carry out what the model asks of a medium. */
function service(channel: Channel): void {
  const request = channel.request;
  if (request.state == RequestState.ABANDONED) {
    blockFrontend(request.drive).abandon();
    request.reset();
  }
  while (request.state == RequestState.WANTED) {
    const disk = blockFrontend(request.drive);
    if (submit(disk, channel)) request.state = RequestState.IN_FLIGHT;
    else if (disk.broken) mediumDone(channel, false);
    else return;
  }
}

/** False: there is no room on the ring now. */
function submit(disk: BlockFrontend, channel: Channel): bool {
  const request = channel.request;
  if (request.operation == MediumOperation.FLUSH) return disk.flush(request.tag);
  const operation = request.operation == MediumOperation.READ ? BLKIF_OP_READ : BLKIF_OP_WRITE;
  if (request.address == SCATTERED) return submitScattered(disk, channel, operation);
  return disk.transfer(operation, request.sector, request.address, request.sectors, request.tag);
}

/** As much as there is room for, out of what the descriptor table names; the model asks for the rest afterwards. */
function submitScattered(disk: BlockFrontend, channel: Channel, operation: u32): bool {
  const request = channel.request;
  const descriptors = channel.busMaster.descriptors;
  if (!disk.begin(operation, request.sector)) return false;
  let sectors: u32 = 0;
  while (sectors < request.sectors) {
    const bytes = descriptors.direct((request.sectors - sectors) << SECTOR_SHIFT);
    if (bytes == 0 || !disk.addSegment(descriptors.address, bytes)) break;
    descriptors.take(bytes);
    sectors += bytes >> SECTOR_SHIFT;
  }
  if (sectors == 0) {
    disk.cancel();
    return false;
  }
  request.sectors = sectors;
  return disk.submit(request.tag);
}
