import { START_INFO } from '../../hypervisor/abi/layout';
import { BLOB_LIMIT, INFO_BLOB_COUNT, INFO_BLOBS } from '../../hypervisor/abi/start-info';
import { BlobTable } from '../contract/blob-table';

/** What start info lists, as a table at `place`. */
export function listedBlobs(place: usize): BlobTable {
  const table = changetype<BlobTable>(place);
  table.connect(START_INFO + INFO_BLOBS, min<u32>(load<u32>(START_INFO + INFO_BLOB_COUNT), BLOB_LIMIT));
  return table;
}
