import { START_INFO } from '../../hypervisor/abi/layout';
import {
  BLOB_LIMIT,
  DRIVE_ENTRY_SIZE,
  DRIVE_FLAG_PRESENT,
  DRIVE_FLAGS,
  DRIVE_PORT,
  INFO_BLOB_COUNT,
  INFO_BLOBS,
  INFO_DRIVES,
} from '../../hypervisor/abi/start-info';
import { blockFrontend } from '../../pv-drivers/frontend/block';
import { BlobTable } from '../contract/blob-table';
import { Frame } from '../contract/frame';

/** What the devices that give blobs to the guest have in common: the table of them, and a block ring each to the disk on which they lie. */

/** What start info lists, as a table at `place`. */
export function listedBlobs(place: usize): BlobTable {
  const table = changetype<BlobTable>(place);
  table.connect(START_INFO + INFO_BLOBS, min<u32>(load<u32>(START_INFO + INFO_BLOB_COUNT), BLOB_LIMIT));
  return table;
}

function diskInfo(ring: u32): usize {
  return START_INFO + INFO_DRIVES + ring * DRIVE_ENTRY_SIZE;
}

/** Connect the front-end of `ring`, if there is a disk behind it. */
export function connectBlobDisk(ring: u32): void {
  const info = diskInfo(ring);
  if ((load<u32>(info + DRIVE_FLAGS) & DRIVE_FLAG_PRESENT) == 0) return;
  blockFrontend(ring).connect(ring, load<u32>(info + DRIVE_PORT));
}

/** Is the event channel of `ring` among those for which the firmware was entered? */
export function blobDiskCalls(frame: Frame, ring: u32): bool {
  return ((frame.pending >> load<u32>(diskInfo(ring) + DRIVE_PORT)) & 1) != 0;
}
