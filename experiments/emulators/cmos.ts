import type { MachineConfig } from '../../hypervisor/config';

const MIB = 2 ** 20;
const KIB = 1024;
const COPROCESSOR = 0x02;
/** First the hard disk, then the CD-ROM. */
const BOOT_ORDER = 0x32;
/** Cylinders that a BIOS reaches without a translation of the geometry. */
const UNTRANSLATED = 1024 * 16 * 63;
const TRANSLATE_LBA = 1;

const bcd = (value: number): number => Math.floor(value / 10) * 16 + (value % 10);

const word = (address: number, value: number): [number, number][] => [
  [address, value & 0xff],
  [address + 1, value >> 8],
];

/** Time bytes at virtual time 0, BCD and 24 hours. */
function timeBytes(epoch: number): [number, number][] {
  const time = new Date(epoch * 1000);
  const year = time.getUTCFullYear();
  return [
    [0x00, bcd(time.getUTCSeconds())],
    [0x02, bcd(time.getUTCMinutes())],
    [0x04, bcd(time.getUTCHours())],
    [0x06, time.getUTCDay() + 1],
    [0x07, bcd(time.getUTCDate())],
    [0x08, bcd(time.getUTCMonth() + 1)],
    [0x09, bcd(year % 100)],
    [0x32, bcd(Math.floor(year / 100))],
  ];
}

/** What whoever put the machine together leaves in its CMOS RAM, for a BIOS to find: addresses of the PC/AT and of SeaBIOS. */
export function cmosOf({ ramBytes, drives, epoch }: MachineConfig): [number, number][] {
  const extended = Math.min((ramBytes - MIB) / KIB, 0xffff);
  const translation = drives.reduce((bits, drive, slot) => {
    const large = drive?.disk !== undefined && !drive.cdrom && drive.disk.sectors > UNTRANSLATED;
    return large ? bits | (TRANSLATE_LBA << (2 * slot)) : bits;
  }, 0);
  return [
    ...timeBytes(epoch),
    [0x14, COPROCESSOR],
    ...word(0x15, 640),
    ...word(0x17, extended),
    ...word(0x30, extended),
    ...word(0x34, Math.max(0, (ramBytes - 16 * MIB) / (64 * KIB))),
    [0x39, translation],
    [0x3d, BOOT_ORDER],
  ];
}
