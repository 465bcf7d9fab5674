import { type AddressForm, addressForm, type Geometry, readAddress, reportAddress } from './sector-address';
import type { TaskFile } from './task-file';

/** The consecutive sectors that a command works on, and how far it has come with them. */
export class SectorRun {
  /** The sector that is to be done next, counted from 0 on the disk. */
  next: number;
  remaining: number;
  private readonly form: AddressForm;

  /** Takes what the task file names; a count of zero is the largest. [ATA-6] 8.34, 8.35 */
  constructor(
    private readonly registers: TaskFile,
    private readonly geometry: Geometry,
    extended: boolean,
  ) {
    const { current, previous } = registers.sectorCount;
    this.form = addressForm(registers, extended);
    this.next = readAddress(registers, this.form, geometry);
    this.remaining = extended ? (previous << 8) | current || 0x1_0000 : current || 0x100;
  }

  /** So many sectors are done, and the task file says where the next one is. */
  advance(count: number): void {
    this.next += count;
    this.remaining -= count;
    this.report(0);
    this.registers.sectorCount.report(this.remaining);
  }

  /** Leaves in the task file the address of the sector that is `index` sectors after the next one. */
  report(index: number): void {
    reportAddress(this.registers, this.form, this.geometry, this.next + index);
  }
}
