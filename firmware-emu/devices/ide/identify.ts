import { Drive, MAXIMUM_MULTIPLE } from './drive';

/** Word `index` of the 256 words at `data`. */
function put(data: u32, index: u32, value: u32): void {
  store<u16>(data + (index << 1), <u16>value);
}

/** Two words, the low half first. */
function putLong(data: u32, index: u32, value: u32): void {
  put(data, index, value);
  put(data, index + 1, value >> 16);
}

/** Characters stand in a word high byte first ([ATA-6] 8.15). */
function putText(data: u32, index: u32, text: u32, words: u32): void {
  for (let i: u32 = 0; i < words; i++) put(data, index + i, bswap<u16>(load<u16>(text + (i << 1))));
}

/** Words that a hard disk and a CD-ROM drive share. */
function identifyCommon(drive: Drive, data: u32): void {
  memory.fill(data, 0, 512);
  putText(data, 10, drive.serial, 10);
  putText(data, 23, drive.revision, 4);
  putText(data, 27, drive.model, 20);
  put(data, 53, 0x0006); // words 64-70 and 88 are valid
  if (drive.offersDma) identifyDma(drive, data);
  put(data, 64, 0x0003); // PIO modes 3 and 4
  for (let word: u32 = 65; word <= 68; word++) put(data, word, 120); // cycle times, ns
  put(data, 80, 0x0078); // ATA-3 to ATA/ATAPI-6
  put(data, 93, (drive.index & 1) == 0 ? 0x6001 : 0x6100); // 80-conductor cable, number by jumper
}

/** Words 63 and 88: modes that there are, and which is selected. */
function identifyDma(drive: Drive, data: u32): void {
  const mode: u32 = drive.transferMode;
  put(data, 63, 0x0007 | (mode >> 3 == 4 ? 0x100 << (mode & 7) : 0));
  put(data, 88, 0x003f | (mode >> 3 == 8 ? 0x100 << (mode & 7) : 0));
}

/** The 512 bytes of IDENTIFY DEVICE ([ATA-6] 8.15). */
export function identifyDisk(drive: Drive, data: u32): void {
  identifyCommon(drive, data);
  identifyGeometry(drive, data);
  put(data, 0, 0x0040); // not removable
  put(data, 47, 0x8000 | MAXIMUM_MULTIPLE);
  put(data, 49, drive.offersDma ? 0x0b00 : 0x0a00); // IORDY, LBA, DMA
  put(data, 50, 0x4000);
  put(data, 51, 0x0200);
  put(data, 53, 0x0007);
  put(data, 59, drive.multiple != 0 ? 0x0100 | drive.multiple : 0);
  identifyFeatures(drive, data);
  putLong(data, 60, <u32>min<u64>(drive.sectors, 0x0fffffff));
  putLong(data, 100, <u32>drive.sectors);
  putLong(data, 102, <u32>(drive.sectors >> 32));
  store<u8>(data + 510, 0xa5);
  putChecksum(data);
}

/** The 512 bytes of IDENTIFY PACKET DEVICE ([ATA-6] 8.16). */
export function identifyCdrom(drive: Drive, data: u32): void {
  identifyCommon(drive, data);
  put(data, 0, 0x85c0); // ATAPI, CD-ROM, removable, DRQ at once, packets of 12 bytes
  put(data, 49, drive.offersDma ? 0x0b00 : 0x0a00);
  put(data, 82, 0x4218); // NOP, DEVICE RESET, PACKET, power management
  put(data, 83, 0x4000);
  put(data, 84, 0x4000);
  put(data, 85, 0x4218);
  put(data, 87, 0x4000);
  store<u8>(data + 510, 0xa5);
  putChecksum(data);
}

/** Words 1, 3, 6: default translation; 54-58: the present one. */
function identifyGeometry(drive: Drive, data: u32): void {
  put(data, 1, drive.defaultCylinders);
  put(data, 3, drive.defaultHeads);
  put(data, 6, drive.defaultSectorsPerTrack);
  const cylinder: u32 = drive.heads * drive.sectorsPerTrack;
  const usual: bool = drive.heads == drive.defaultHeads && drive.sectorsPerTrack == drive.defaultSectorsPerTrack;
  const cylinders: u32 = usual ? drive.defaultCylinders : <u32>min<u64>(drive.sectors / cylinder, 65535);
  put(data, 54, cylinders);
  put(data, 55, drive.heads);
  put(data, 56, drive.sectorsPerTrack);
  putLong(data, 57, cylinders * cylinder);
}

/** Words 82-87: command sets that there are, and which are enabled. */
function identifyFeatures(drive: Drive, data: u32): void {
  put(data, 82, 0x4069); // NOP, look-ahead, write cache, power management, SMART
  put(data, 83, 0x7400); // FLUSH CACHE EXT, FLUSH CACHE, 48-bit addresses
  put(data, 84, 0x4000);
  const enabled: u32 = 0x4008 | (drive.smart ? 0x01 : 0) | (drive.writeCache ? 0x20 : 0) | (drive.lookAhead ? 0x40 : 0);
  put(data, 85, enabled);
  put(data, 86, 0x3400);
  put(data, 87, 0x4000);
}

/** The last of 512 bytes makes all of them add up to zero; in word 255 of IDENTIFY DEVICE a signature stands beside it. */
export function putChecksum(data: u32): void {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < 511; i++) sum += load<u8>(data + i);
  store<u8>(data + 511, <u8>(0 - sum));
}
