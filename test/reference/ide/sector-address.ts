import type { TaskFile } from './task-file';

/** Current translation of a disk. [ATA-6] has removed CHS; [ATA-5] 6.2 and annex B describe it. */
export interface Geometry {
  readonly heads: number;
  readonly sectorsPerTrack: number;
}

/** How the task file of the command at hand names sectors. */
export const AddressForm = {
  Chs: 'chs',
  Lba28: 'lba28',
  Lba48: 'lba48',
} as const;
export type AddressForm = (typeof AddressForm)[keyof typeof AddressForm];

/** 48-bit commands with the LBA bit clear are a guest's mistake; their registers are then taken as CHS. */
export function addressForm(registers: TaskFile, extended: boolean): AddressForm {
  if (!registers.usesLba) return AddressForm.Chs;
  return extended ? AddressForm.Lba48 : AddressForm.Lba28;
}

const TWO_TO_24 = 0x100_0000;

/** First sector that the task file names, as a sector number from 0. CHS sector 0 gives the one before, as in arithmetic. */
export function readAddress(registers: TaskFile, form: AddressForm, geometry: Geometry): number {
  const { lbaLow, lbaMid, lbaHigh } = registers;
  const low = (lbaHigh.current << 16) | (lbaMid.current << 8) | lbaLow.current;
  switch (form) {
    case AddressForm.Lba48:
      return ((lbaHigh.previous << 16) | (lbaMid.previous << 8) | lbaLow.previous) * TWO_TO_24 + low;
    case AddressForm.Lba28:
      return registers.head * TWO_TO_24 + low;
    case AddressForm.Chs:
      return (registers.cylinder * geometry.heads + registers.head) * geometry.sectorsPerTrack + lbaLow.current - 1;
  }
}

/** Leaves a sector number in the task file, in the form in which the command came. */
export function reportAddress(registers: TaskFile, form: AddressForm, geometry: Geometry, sector: number): void {
  const { lbaLow, lbaMid, lbaHigh } = registers;
  const low = sector % TWO_TO_24;
  const high = Math.floor(sector / TWO_TO_24);
  switch (form) {
    case AddressForm.Lba48:
      lbaLow.reportBoth(low, high);
      lbaMid.reportBoth(low >> 8, high >> 8);
      lbaHigh.reportBoth(low >> 16, high >> 16);
      break;
    case AddressForm.Lba28:
      registers.head = high;
      lbaLow.report(low);
      lbaMid.report(low >> 8);
      lbaHigh.report(low >> 16);
      break;
    case AddressForm.Chs:
      reportChs(registers, geometry, sector);
      break;
  }
}

function reportChs(registers: TaskFile, geometry: Geometry, sector: number): void {
  const track = Math.floor(sector / geometry.sectorsPerTrack);
  const cylinder = Math.floor(track / geometry.heads);
  registers.lbaLow.report((sector % geometry.sectorsPerTrack) + 1);
  registers.head = track % geometry.heads;
  registers.lbaMid.report(cylinder);
  registers.lbaHigh.report(cylinder >> 8);
}
