import { DEVICE_NONE, DEVICE_ROM_CARD } from '../../hypervisor/abi/devices';
import { ANSWER_DEFERRED, ANSWER_DONE_DEFERRED } from '../../hypervisor/abi/frame';
import { STATUS_OK } from '../../hypervisor/abi/hypercalls';
import {
  DATA_WINDOW,
  DATA_WINDOW_SIZE,
  DEVICE_STATE,
  EXPANSION_ROM,
  EXPANSION_ROM_SIZE,
  PAGE_SIZE,
  ROM_CARD_RING,
} from '../../hypervisor/abi/layout';
import { blockFrontend } from '../../pv-drivers/frontend/block';
import { BLKIF_OP_READ, BLKIF_RSP_OKAY } from '../../pv-drivers/protocol/block';
import { BlobTable } from '../contract/blob-table';
import { floating } from '../contract/bus-value';
import { Frame } from '../contract/frame';
import { CARD_PORTS, WINDOW_BYTES } from '../devices/rom-card/registers';
import { RomCard } from '../devices/rom-card/rom-card';
import { mapMemory, mapPages } from '../hypercalls';
import { blobDiskCalls, connectBlobDisk, listedBlobs } from './blobs';

/**
 * The ROM card, its blobs on the disk behind a block ring of its own. That disk writes straight into the window; the guest's write to WINDOW
 * is deferred until it has.
 */

const STATE: usize = DEVICE_STATE + DEVICE_ROM_CARD * PAGE_SIZE;
const BLOBS: usize = STATE + 0x80;
const MEMORY: usize = STATE + 0xc0;

/** Where the guest finds the card's memory: what the registers ask for, and whether it could be shown there. */
@unmanaged
class Memory {
  window: u32;
  rom: u32;
  windowShown: bool;
  romShown: bool;
}

if (
  offsetof<RomCard>() > 0x80 ||
  BLOBS + offsetof<BlobTable>() > MEMORY ||
  MEMORY + offsetof<Memory>() > STATE + PAGE_SIZE ||
  WINDOW_BYTES != DATA_WINDOW_SIZE
) {
  ERROR('the ROM card does not fit its places');
}

function card(): RomCard {
  return changetype<RomCard>(STATE);
}

export function bootRomCard(): void {
  card().blobs = listedBlobs(BLOBS);
  card().window = DATA_WINDOW;
  card().reset();
  memory.fill(MEMORY, 0, offsetof<Memory>());
  connectBlobDisk(ROM_CARD_RING);
}

/** Show window and expansion ROM at these guest-physical addresses, 0 for nowhere. They may move over each other: both go first. */
export function showRomCard(window: u32, rom: u32): void {
  const places = changetype<Memory>(MEMORY);
  if (window == places.window && rom == places.rom) return;
  if (places.windowShown) mapMemory(DEVICE_NONE, places.window, DATA_WINDOW_SIZE);
  if (places.romShown) mapMemory(DEVICE_NONE, places.rom, EXPANSION_ROM_SIZE);
  places.window = window;
  places.rom = rom;
  places.romShown = rom != 0 && mapPages(rom, EXPANSION_ROM_SIZE, EXPANSION_ROM) == STATUS_OK;
  places.windowShown = window != 0 && mapPages(window, DATA_WINDOW_SIZE, DATA_WINDOW) == STATUS_OK;
}

export function readRomCard(address: u32, width: u32): u32 {
  return isRegister(address, width) ? card().read(address & (CARD_PORTS - 1)) : floating(width);
}

export function writeRomCard(frame: Frame, address: u32, width: u32, value: u32): void {
  if (!isRegister(address, width) || !card().write(address & (CARD_PORTS - 1), value)) return;
  if (submit()) frame.answer = ANSWER_DEFERRED;
  else card().fetched(false);
}

/** Registers have 32 bits, and so must accesses. */
function isRegister(address: u32, width: u32): bool {
  return width == 4 && (address & 3) == 0;
}

/** A guest that was not stopped meanwhile gives up what it asked for before. False: the disk takes nothing. */
function submit(): bool {
  const disk = blockFrontend(ROM_CARD_RING);
  if (disk.inFlight != 0) disk.abandon();
  return disk.transfer(BLKIF_OP_READ, card().requestSector, DATA_WINDOW, card().requestSectors, 0);
}

/** The disk has answered, and never twice: what was given up it does not report. A write moves one element, alone or of a string. */
export function eventRomCard(frame: Frame): void {
  if (!blobDiskCalls(frame, ROM_CARD_RING)) return;
  const disk = blockFrontend(ROM_CARD_RING);
  while (disk.poll()) {
    card().fetched(disk.status == BLKIF_RSP_OKAY);
    frame.done = 1;
    frame.answer = ANSWER_DONE_DEFERRED;
  }
}
