/** Bus-master registers of one channel. */
@unmanaged
export class BusMaster {
  // Volatile state
  command: u32;
  status: u32;
  /** Guest-physical address of the descriptor table, a multiple of 4. */
  table: u32;

  powerOn(): void {
    this.command = 0;
    this.status = 0;
    this.table = 0;
  }
}
