import { type DiskGeometry, MAXIMUM_MULTIPLE } from './drive-parameters';
import type { HardDisk } from './hard-disk';
import { hardwareResetResult, IdentifyBlock, withIntegrityWord } from './identify-block';

const LBA28_SECTORS = 0xfff_ffff;

const MAXIMUM_CYLINDERS = 0xffff;

/** What INITIALIZE DEVICE PARAMETERS has made of the capacity; no more of it than the default translation reaches. */
function currentTranslation({ geometry, defaultGeometry }: HardDisk): DiskGeometry {
  const { cylinders, heads, sectorsPerTrack } = defaultGeometry;
  const perCylinder = geometry.heads * geometry.sectorsPerTrack;
  const available = Math.floor((cylinders * heads * sectorsPerTrack) / perCylinder);
  return { ...geometry, cylinders: Math.min(available, MAXIMUM_CYLINDERS) };
}

/** What a disk says about itself. [ATA-6] 8.15, table 26; the comments name the fields. */
export function identifyDisk(disk: HardDisk): Uint8Array {
  const { sectors } = disk.medium;
  const { cylinders, heads, sectorsPerTrack } = disk.defaultGeometry;
  const current = currentTranslation(disk);
  const lba28Sectors = Math.min(sectors, LBA28_SECTORS);
  const enabled = (disk.smart.enabled ? 1 : 0) | (disk.writeCache ? 1 << 5 : 0) | (disk.lookAhead ? 1 << 6 : 0);
  const block = new IdentifyBlock()
    .word(0, 0x0040) // fixed device
    .word(1, cylinders)
    .word(3, heads)
    .word(6, sectorsPerTrack)
    .text(10, 10, disk.identity.serial)
    .text(23, 4, disk.identity.firmware)
    .text(27, 20, disk.identity.model)
    .word(47, 0x8000 | MAXIMUM_MULTIPLE)
    .word(49, 0x0b00) // IORDY, LBA, DMA
    .word(50, 0x4000)
    .word(51, 0x0200) // obsolete: PIO mode 2
    .word(53, 0x0007) // words 54-58, 64-70 and 88 are valid
    .word(54, current.cylinders)
    .word(55, current.heads)
    .word(56, current.sectorsPerTrack)
    .double(57, current.cylinders * current.heads * current.sectorsPerTrack)
    .word(59, disk.multiple === 0 ? 0 : 0x0100 | disk.multiple)
    .double(60, lba28Sectors)
    .transferModes(disk.transferMode.multiword)
    .word(80, 0x0078) // ATA-3 to ATA/ATAPI-6
    .word(82, 0x4049 | (1 << 5)) // NOP, look-ahead, write cache, power management, SMART
    .word(83, 0x7400) // FLUSH CACHE (EXT), 48-bit addresses
    .word(84, 0x4000)
    .word(85, 0x4008 | enabled)
    .word(86, 0x3400)
    .word(87, 0x4000)
    .word(88, 0x003f | (disk.transferMode.ultra << 8))
    .word(93, hardwareResetResult(disk.isDevice1))
    .double(100, sectors)
    .word(102, Math.floor(sectors / 2 ** 32));
  return withIntegrityWord(block);
}
