import { START_INFO } from '../../hypervisor/abi/layout';
import {
  DRIVE_ENTRY_SIZE,
  DRIVE_FLAG_CDROM,
  DRIVE_FLAG_PRESENT,
  DRIVE_FLAGS,
  DRIVE_SECTORS,
  INFO_DRIVES,
  INFO_RAM_BYTES,
} from '../../hypervisor/abi/start-info';
import { Rtc } from '../devices/rtc/rtc';

/**
 * What a BIOS finds in CMOS RAM about the machine. The addresses are those of the PC/AT ([AT-TR] "CMOS RAM address map") and the
 * ones that QEMU and SeaBIOS added.
 */
namespace Cmos {
  /** Types of the first two hard disks in its two nibbles, high nibble first; Fh: see the extended type. */
  export const DISK_TYPES: u32 = 0x12;
  /** Equipment: bit 1 is a coprocessor; no display and no floppy disk. */
  export const EQUIPMENT: u32 = 0x14;
  /** KiB of base memory, and KiB above 1 MiB, at two places. */
  export const BASE_MEMORY: u32 = 0x15;
  export const EXTENDED_MEMORY: u32 = 0x17;
  export const EXTENDED_MEMORY_AGAIN: u32 = 0x30;
  /** Extended type of each of the first two hard disks, and nine bytes of geometry for each. */
  export const EXTENDED_DISK_TYPE: u32 = 0x19;
  export const DISK_GEOMETRY: u32 = 0x1b;
  export const DISK_GEOMETRY_BYTES: u32 = 9;
  /** 64 KiB units above 16 MiB. */
  export const MEMORY_ABOVE_16M: u32 = 0x34;
  /** Two bits for each of four drives: how the BIOS translates its geometry. */
  export const TRANSLATION: u32 = 0x39;
  /** First and second boot device in its low and high nibble. */
  export const BOOT_ORDER: u32 = 0x3d;
}

const COPROCESSOR: u32 = 0x02;
const USER_DEFINED_TYPE: u32 = 47;
const SEE_EXTENDED_TYPE: u32 = 0xf;
/** Hard disk, then CD-ROM. */
const BOOT_DISK_THEN_CDROM: u32 = 0x32;
const TRANSLATE_NONE: u32 = 0;
const TRANSLATE_LBA: u32 = 1;

const HEADS: u32 = 16;
const SECTORS: u32 = 63;
/** Highest cylinder count in IDENTIFY DEVICE ([ATA-6] 6.2.1). */
const CYLINDER_LIMIT: u64 = 16_383;
/** Cylinders that the BIOS disk services reach without a translation. */
const UNTRANSLATED_CYLINDERS: u32 = 1024;
const DRIVES: u32 = 4;

const KIB: u32 = 1024;
const MIB: u32 = 1024 * 1024;

export function describeMachine(rtc: Rtc): void {
  rtc.put(Cmos.EQUIPMENT, COPROCESSOR);
  rtc.put(Cmos.BOOT_ORDER, BOOT_DISK_THEN_CDROM);
  describeMemory(rtc, load<u32>(START_INFO + INFO_RAM_BYTES));
  for (let drive: u32 = 0; drive < DRIVES; drive++) describeDrive(rtc, drive);
}

function describeMemory(rtc: Rtc, bytes: u32): void {
  const extended = bytes > MIB ? min<u32>((bytes - MIB) / KIB, 0xffff) : 0;
  putWord(rtc, Cmos.BASE_MEMORY, min<u32>(bytes / KIB, 640));
  putWord(rtc, Cmos.EXTENDED_MEMORY, extended);
  putWord(rtc, Cmos.EXTENDED_MEMORY_AGAIN, extended);
  putWord(rtc, Cmos.MEMORY_ABOVE_16M, bytes > 16 * MIB ? (bytes - 16 * MIB) / (64 * KIB) : 0);
}

/** Geometry of the two primary drives, and the translation of all four. */
function describeDrive(rtc: Rtc, drive: u32): void {
  const info: usize = START_INFO + INFO_DRIVES + drive * DRIVE_ENTRY_SIZE;
  const flags = load<u32>(info + DRIVE_FLAGS);
  if ((flags & DRIVE_FLAG_PRESENT) == 0 || (flags & DRIVE_FLAG_CDROM) != 0) return;
  const whole = load<u64>(info + DRIVE_SECTORS) / (HEADS * SECTORS);
  const cylinders = max<u32>(<u32>min<u64>(whole, CYLINDER_LIMIT), 2);
  const translation = cylinders <= UNTRANSLATED_CYLINDERS ? TRANSLATE_NONE : TRANSLATE_LBA;
  rtc.put(Cmos.TRANSLATION, rtc.at(Cmos.TRANSLATION) | (translation << (drive << 1)));
  if (drive < 2) describeGeometry(rtc, drive, cylinders);
}

function describeGeometry(rtc: Rtc, drive: u32, cylinders: u32): void {
  const types = rtc.at(Cmos.DISK_TYPES);
  const geometry = Cmos.DISK_GEOMETRY + drive * Cmos.DISK_GEOMETRY_BYTES;
  rtc.put(Cmos.DISK_TYPES, types | (SEE_EXTENDED_TYPE << (drive == 0 ? 4 : 0)));
  rtc.put(Cmos.EXTENDED_DISK_TYPE + drive, USER_DEFINED_TYPE);
  putWord(rtc, geometry, cylinders);
  rtc.put(geometry + 2, HEADS);
  putWord(rtc, geometry + 3, 0xffff); // no write precompensation
  rtc.put(geometry + 5, 0xc8); // no retries, more than eight heads
  putWord(rtc, geometry + 6, cylinders); // landing zone
  rtc.put(geometry + 8, SECTORS);
}

function putWord(rtc: Rtc, address: u32, value: u32): void {
  rtc.put(address, value & 0xff);
  rtc.put(address + 1, value >> 8);
}
