import { REGION_BASE, REGION_SIZE, START_INFO } from '../../hypervisor/abi/layout';
import {
  BLOB_BYTES,
  BLOB_KEY,
  BLOB_LIMIT,
  BLOB_NAME,
  BLOB_NAME_SIZE,
  INFO_RAM_BYTES,
} from '../../hypervisor/abi/start-info';
import { Catalogue } from '../devices/fw-cfg/catalogue';
import { Directory, Id, Key, SIGNATURE } from '../devices/fw-cfg/registers';

/** What fw_cfg tells about the machine: the classic items, the memory map, and the directory of files. */

/** Places behind the address given to `describeItems`. */
const VALUES: usize = 0;
const VALUE_BYTES: usize = 16;
const MEMORY_MAP: usize = 0x100;
const DIRECTORY: usize = 0x140;
/** Bytes that all of them take. */
export const ITEM_BYTES: usize = DIRECTORY + Directory.ENTRIES + (BLOB_LIMIT + 1) * Directory.ENTRY_BYTES;

/** Entry of an E820 map: address, length, type ([ACPI] 15.1). */
const MAP_ENTRY_BYTES: u32 = 20;
const MAP_RAM: u32 = 1;
const MAP_RESERVED: u32 = 2;

/** Fill the catalogue; what the items contain is put at `place`. */
export function describeItems(catalogue: Catalogue, place: usize): void {
  catalogue.clear();
  describeMachine(catalogue, place + VALUES);
  describeSizes(catalogue, place + VALUES + 9 * VALUE_BYTES);
  describeMemory(catalogue, place + MEMORY_MAP);
  describeFiles(catalogue, place + DIRECTORY);
}

function describeMachine(catalogue: Catalogue, place: usize): void {
  addValue(catalogue, place, Key.SIGNATURE, SIGNATURE, 4);
  addValue(catalogue, place + VALUE_BYTES, Key.ID, Id.TRADITIONAL | Id.DMA, 4);
  addValue(catalogue, place + 2 * VALUE_BYTES, Key.UUID, 0, 16);
  addValue(catalogue, place + 3 * VALUE_BYTES, Key.RAM_SIZE, load<u32>(START_INFO + INFO_RAM_BYTES), 8);
  addValue(catalogue, place + 4 * VALUE_BYTES, Key.NO_GRAPHIC, 1, 2);
  addValue(catalogue, place + 5 * VALUE_BYTES, Key.CPU_COUNT, 1, 2);
  addValue(catalogue, place + 6 * VALUE_BYTES, Key.MAXIMUM_CPUS, 1, 2);
  addValue(catalogue, place + 7 * VALUE_BYTES, Key.NUMA, 0, 8);
  addValue(catalogue, place + 8 * VALUE_BYTES, Key.BOOT_MENU, 0, 2);
}

/** Sizes of what a boot loader is to copy: those of the blobs themselves. */
function describeSizes(catalogue: Catalogue, place: usize): void {
  addSize(catalogue, place, Key.KERNEL_SIZE, Key.KERNEL_DATA);
  addSize(catalogue, place + VALUE_BYTES, Key.INITRD_SIZE, Key.INITRD_DATA);
  addSize(catalogue, place + 2 * VALUE_BYTES, Key.COMMAND_LINE_SIZE, Key.COMMAND_LINE_DATA);
  addSize(catalogue, place + 3 * VALUE_BYTES, Key.SETUP_SIZE, Key.SETUP_DATA);
}

function addSize(catalogue: Catalogue, place: usize, key: u32, data: u32): void {
  const blob = catalogue.blobs.find(data);
  addValue(catalogue, place, key, blob == 0 ? 0 : load<u32>(blob + BLOB_BYTES), 4);
}

function addValue(catalogue: Catalogue, place: usize, key: u32, value: u32, size: u32): void {
  store<u64>(place, <u64>value);
  store<u64>(place + 8, 0);
  catalogue.add(key, place, size);
}

/** RAM, and the firmware's region above it, where the guest must not put anything. The file's key is the first after the blobs'. */
function describeMemory(catalogue: Catalogue, place: usize): void {
  addMapEntry(place, 0, load<u32>(START_INFO + INFO_RAM_BYTES), MAP_RAM);
  addMapEntry(place + MAP_ENTRY_BYTES, REGION_BASE, REGION_SIZE, MAP_RESERVED);
  catalogue.add(memoryMapKey(catalogue), place, 2 * MAP_ENTRY_BYTES);
}

function addMapEntry(place: usize, address: u32, bytes: u32, type: u32): void {
  store<u32>(place, address);
  store<u32>(place + 4, 0);
  store<u32>(place + 8, bytes);
  store<u32>(place + 12, 0);
  store<u32>(place + 16, type);
}

function memoryMapKey(catalogue: Catalogue): u32 {
  let highest: u32 = Key.FIRST_FILE - 1;
  for (let index: u32 = 0; index < catalogue.blobs.count; index++) {
    const key = load<u32>(catalogue.blobs.at(index) + BLOB_KEY);
    if (isFile(key)) highest = max<u32>(highest, key);
  }
  return highest + 1;
}

function isFile(key: u32): bool {
  return key >= Key.FIRST_FILE && key < Key.WRITE_CHANNEL;
}

function describeFiles(catalogue: Catalogue, place: usize): void {
  let files: u32 = 0;
  for (let index: u32 = 0; index < catalogue.blobs.count; index++) {
    const blob = catalogue.blobs.at(index);
    const key = load<u32>(blob + BLOB_KEY);
    if (!isFile(key)) continue;
    const entry = addFile(place, files++, key, load<u32>(blob + BLOB_BYTES));
    memory.copy(entry + Directory.NAME, blob + BLOB_NAME, BLOB_NAME_SIZE);
  }
  const entry = addFile(place, files++, memoryMapKey(catalogue), 2 * MAP_ENTRY_BYTES);
  store<u32>(entry + Directory.NAME, MEMORY_MAP_NAME_BEGIN);
  store<u32>(entry + Directory.NAME + 4, MEMORY_MAP_NAME_END);
  store<u32>(place, bswap<u32>(files));
  catalogue.add(Key.FILE_DIRECTORY, place, <u32>Directory.ENTRIES + files * Directory.ENTRY_BYTES);
}

/** "etc/" and "e820", first character lowest. */
const MEMORY_MAP_NAME_BEGIN: u32 = 0x2f637465;
const MEMORY_MAP_NAME_END: u32 = 0x30323865;

function addFile(place: usize, index: u32, key: u32, bytes: u32): usize {
  const entry = place + Directory.ENTRIES + index * Directory.ENTRY_BYTES;
  memory.fill(entry, 0, Directory.ENTRY_BYTES);
  store<u32>(entry + Directory.SIZE, bswap<u32>(bytes));
  store<u16>(entry + Directory.KEY, bswap<u16>(<u16>key));
  return entry;
}
