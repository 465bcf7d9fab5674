import { DEVICE_FWCFG } from '../../hypervisor/abi/devices';
import {
  ANSWER_DEFERRED,
  ANSWER_DONE_DEFERRED,
  DIRECTION_READ,
  FLAG_DESCENDING,
  INTERRUPTIBLE_BYTES,
} from '../../hypervisor/abi/frame';
import {
  BLOB_RING,
  BOUNCE_BUFFERS,
  BOUNCE_SIZE,
  DEVICE_STATE,
  PAGE_SIZE,
  START_INFO,
} from '../../hypervisor/abi/layout';
import { INFO_RAM_BYTES } from '../../hypervisor/abi/start-info';
import { blockFrontend } from '../../pv-drivers/frontend/block';
import { BLKIF_OP_READ, BLKIF_RSP_OKAY } from '../../pv-drivers/protocol/block';
import { BlobTable } from '../contract/blob-table';
import { floating } from '../contract/bus-value';
import { Frame, runAddress, runBytes } from '../contract/frame';
import { CATALOGUE_BYTES, Catalogue } from '../devices/fw-cfg/catalogue';
import { ALL_WRITABLE, FwCfgDma } from '../devices/fw-cfg/dma';
import { CACHE_SECTORS, DIRECT_BYTES, FwCfg } from '../devices/fw-cfg/fw-cfg';
import { DMA_SIGNATURE_HIGH, DMA_SIGNATURE_LOW, FwCfgPort, SECTOR_SHIFT } from '../devices/fw-cfg/registers';
import { blobDiskCalls, connectBlobDisk, listedBlobs } from './blobs';
import { describeItems, ITEM_BYTES } from './fw-cfg-items';

/**
 * fw_cfg at 510h, its blobs on the disk behind a block ring of its own.
 *
 * An access that needs bytes from that disk cannot be answered at once. Then the request is sent, the access is deferred, and
 * the event that reports the request's end goes on with it: perhaps to the next request, at last to the answer. So a guest
 * sees the synchronous device that its loader expects, and nothing here ever waits.
 */

const STATE: usize = DEVICE_STATE + DEVICE_FWCFG * PAGE_SIZE;
const DMA: usize = STATE + 0x80;
const DEFERRED: usize = STATE + 0x100;
const BLOBS: usize = STATE + 0x130;
const CATALOGUE: usize = STATE + 0x140;
const ITEMS: usize = STATE + 0x300;
const BASE: u32 = 0x510;

/** The third bounce buffer is the cache. */
const CACHE: usize = BOUNCE_BUFFERS + 2 * BOUNCE_SIZE;

/** Bytes, and elements one at a time, that string I/O moves in one entry at most; the guest re-executes the rest. */
const BYTE_LIMIT: u32 = 1 << 20;
const ELEMENT_LIMIT: u32 = 65536;

namespace Access {
  export const NONE: u32 = 0;
  export const DATA: u32 = 1;
  export const STRING: u32 = 2;
  export const DMA: u32 = 3;
}

/** The access that is being served, as far as it is not in the frame. */
@unmanaged
class Deferred {
  /** Access.NONE unless a request is in flight for an access. */
  kind: u32;
  /** Distinguishes its requests. */
  tag: u32;
  /** Bytes that came straight to the first run of string I/O. */
  direct: u32;
  /** 1 when time has passed since the guest asked. */
  late: u32;
}

if (
  offsetof<FwCfg>() > 0x80 ||
  offsetof<FwCfgDma>() > 0x80 ||
  DEFERRED + offsetof<Deferred>() > BLOBS ||
  BLOBS + offsetof<BlobTable>() > CATALOGUE ||
  CATALOGUE + CATALOGUE_BYTES > ITEMS ||
  ITEMS + ITEM_BYTES > STATE + PAGE_SIZE ||
  CACHE_SECTORS << SECTOR_SHIFT > BOUNCE_SIZE ||
  DIRECT_BYTES <= INTERRUPTIBLE_BYTES
) {
  ERROR('fw_cfg does not fit its places');
}

function device(): FwCfg {
  return changetype<FwCfg>(STATE);
}

function dma(): FwCfgDma {
  return changetype<FwCfgDma>(DMA);
}

function deferred(): Deferred {
  return changetype<Deferred>(DEFERRED);
}

export function bootFwCfg(): void {
  const fwCfg = device();
  fwCfg.catalogue = changetype<Catalogue>(CATALOGUE);
  fwCfg.cache = CACHE;
  fwCfg.catalogue.blobs = listedBlobs(BLOBS);
  describeItems(fwCfg.catalogue, ITEMS);
  fwCfg.reset();
  dma().fwCfg = fwCfg;
  dma().ramBytes = load<u32>(START_INFO + INFO_RAM_BYTES);
  dma().writableBlocks = ALL_WRITABLE;
  dma().reset();
  deferred().kind = Access.NONE;
  connectBlobDisk(BLOB_RING);
}

/** The chipset protects memory from C0000h on: blocks of 16 KiB that can be written, one bit each. */
export function protectFromFwCfg(writableBlocks: u32): void {
  dma().writableBlocks = writableBlocks;
}

/** Both ports of the first two give data, as in QEMU. A wide read takes as many bytes as it is wide, lowest first. */
export function readFwCfg(frame: Frame, address: u32, width: u32): u32 {
  const offset = address - BASE;
  if (offset >= FwCfgPort.DMA_HIGH) return readSignature(offset, width);
  if (offset > FwCfgPort.DATA) return floating(width);
  frame.done = 1;
  if (deferred().kind == Access.NONE && device().has(width)) return device().element(width);
  begin(frame, Access.DATA);
  return frame.value;
}

function readSignature(offset: u32, width: u32): u32 {
  const signature = ((<u64>DMA_SIGNATURE_LOW) << 32) | <u64>DMA_SIGNATURE_HIGH;
  return <u32>(signature >> ((offset - FwCfgPort.DMA_HIGH) << 3)) & floating(width);
}

export function writeFwCfg(frame: Frame, address: u32, width: u32, value: u32): void {
  const offset = address - BASE;
  if (offset == FwCfgPort.SELECTOR && width == 2) device().select(value);
  else if (offset == FwCfgPort.DMA_HIGH && width == 4) dma().writeHigh(value);
  else if (offset == FwCfgPort.DMA_LOW && width == 4 && dma().start(value)) begin(frame, Access.DMA);
}

/** INS from the data port in bulk. False: not that; the generic path will do. */
export function stringFwCfg(frame: Frame): bool {
  if (frame.direction != DIRECTION_READ || frame.address - BASE > FwCfgPort.DATA) return false;
  begin(frame, Access.STRING);
  return true;
}

/** The blob disk has answered, or has room again. */
export function eventFwCfg(frame: Frame): void {
  if (!blobDiskCalls(frame, BLOB_RING)) return;
  const disk = blockFrontend(BLOB_RING);
  while (disk.poll()) {
    if (deferred().kind == Access.NONE || disk.tag != deferred().tag) continue;
    settle(disk.status == BLKIF_RSP_OKAY);
    deferred().late = 1;
    if (proceed(frame)) frame.answer = ANSWER_DONE_DEFERRED;
  }
}

/** Serve an access now if that can be, else defer it. A guest that is not stopped meanwhile gives up what it began before. */
function begin(frame: Frame, kind: u32): void {
  const access = deferred();
  if (access.kind != Access.NONE) blockFrontend(BLOB_RING).abandon();
  access.kind = kind;
  access.direct = 0;
  access.late = 0;
  if (!proceed(frame)) frame.answer = ANSWER_DEFERRED;
}

/** Go on until the access is done, or a request is on its way. A disk that takes none has failed. */
function proceed(frame: Frame): bool {
  while (!serve(frame)) {
    if (submit()) return false;
    settle(false);
  }
  deferred().kind = Access.NONE;
  return true;
}

function submit(): bool {
  const fwCfg = device();
  return blockFrontend(BLOB_RING).transfer(
    BLKIF_OP_READ,
    fwCfg.requestSector,
    <u32>fwCfg.requestAddress,
    fwCfg.requestSectors,
    ++deferred().tag,
  );
}

/** The request is done. */
function settle(success: bool): void {
  const bytes = device().fetched(success);
  if (deferred().kind == Access.DMA) dma().fetched(bytes, success);
  else deferred().direct = bytes;
}

/** Move what is ready. False: nothing was, and a request is described. */
function serve(frame: Frame): bool {
  switch (deferred().kind) {
    case Access.DATA:
      return serveData(frame);
    case Access.STRING:
      return serveString(frame);
    default:
      return dma().proceed();
  }
}

function serveData(frame: Frame): bool {
  const fwCfg = device();
  if (!fwCfg.has(frame.width)) {
    fwCfg.fetch(0, frame.width);
    return false;
  }
  frame.value = fwCfg.element(frame.width);
  frame.done = 1;
  return true;
}

/** What may fall due, or may already have, between the elements is not known any more when they come late: then it is one of them. */
function serveString(frame: Frame): bool {
  const direct = deferred().direct;
  const limit = deferred().late != 0 ? 1 : min<u32>(frame.count, BYTE_LIMIT / frame.width);
  if (direct != 0) frame.done = direct / frame.width;
  else frame.done = (frame.flags & FLAG_DESCENDING) != 0 ? moveDescending(frame, limit) : moveAscending(frame, limit);
  if (frame.done != 0 || frame.count == 0) return true;
  describeFirstRun(frame);
  return false;
}

/** Ask for the bytes of the first run; data for descending addresses has to be turned round, so it goes through the cache. */
function describeFirstRun(frame: Frame): void {
  const descending = (frame.flags & FLAG_DESCENDING) != 0;
  const bytes = min<u32>(runBytes(frame, 0), min<u32>(frame.count, BYTE_LIMIT / frame.width) * frame.width);
  device().fetch(runAddress(frame, 0), descending ? frame.width : bytes);
}

/** Whole elements into the runs, as many as are ready. */
function moveAscending(frame: Frame, limit: u32): u32 {
  let left = limit * frame.width;
  for (let run: u32 = 0; run < frame.runCount && left != 0; run++) {
    const bytes = min<u32>(runBytes(frame, run) & ~(frame.width - 1), left);
    const moved = moveRun(runAddress(frame, run), bytes, frame.width);
    left -= moved;
    if (moved != bytes) break;
  }
  return limit - left / frame.width;
}

function moveRun(address: usize, bytes: u32, width: u32): u32 {
  const fwCfg = device();
  let moved: u32 = 0;
  while (moved < bytes && fwCfg.has(width)) {
    const whole = min<u32>(fwCfg.ready, bytes - moved) & ~(width - 1);
    if (whole != 0) fwCfg.take(address + moved, whole);
    else fwCfg.takeAll(address + moved, width);
    moved += whole != 0 ? whole : width;
  }
  return moved;
}

function moveDescending(frame: Frame, limit: u32): u32 {
  const width = frame.width;
  let done: u32 = 0;
  for (let run: u32 = 0; run < frame.runCount && device().has(width); run++) {
    let bytes = runBytes(frame, run) & ~(width - 1);
    for (; bytes != 0 && done < min<u32>(limit, ELEMENT_LIMIT) && device().has(width); done++) {
      bytes -= width;
      device().takeAll(runAddress(frame, run) + bytes, width);
    }
    if (bytes != 0) break;
  }
  return done;
}
