/** The clock's two ports on a PC, as offsets from 70h: the address latch is write-only and reads all ones ([PIIX3] register NMIEN). */
export namespace RtcPort {
  export const ADDRESS: u32 = 0;
  export const DATA: u32 = 1;
}
