import { Drive } from './drive';

/** What the command in progress is doing. */
export namespace Phase {
  export const NONE: u32 = 0;
  /** The host takes DRQ blocks from the data register, or waits for the next one. */
  export const PIO_IN: u32 = 1;
  export const PIO_OUT: u32 = 2;
  /** The host writes a command packet to the data register. */
  export const PACKET: u32 = 3;
  export const DMA_IN: u32 = 4;
  export const DMA_OUT: u32 = 5;
  /** Sectors are read, for nobody. */
  export const VERIFY: u32 = 6;
  export const FLUSH: u32 = 7;
}

/**
 * The command in progress on a channel. There is at most one, because a host that has started one can select the other
 * device only after it has ended.
 *
 * Data passes through the channel's buffer: from the medium to `tail`, from `head` to the host.
 */
@unmanaged
export class Transfer {
  phase: u32;
  drive: Drive;
  /** The drive's registers hold a 48-bit address. */
  extended: bool;
  /** The command came in a packet, so it ends as packet commands do. */
  packet: bool;
  /** Of a packet command: its data goes by DMA; or else the host's limit of bytes in a DRQ block. */
  packetDma: bool;
  byteLimit: u32;

  /** Data register's window into the present DRQ block: next byte and end; equal when DRQ is zero. */
  position: u32;
  end: u32;
  /** Bytes in the buffer that no DRQ block has shown yet, or that the medium has not taken. */
  head: u32;
  tail: u32;
  /** Bytes in a DRQ block at most. */
  block: u32;

  /** Next sector for the medium, and how many are left for it. */
  sector: u64;
  left: u32;
  /** Next sector for the host, and how many are left for it: what the task file says. */
  hostSector: u64;
  hostLeft: u32;
  /** The address range runs beyond the end: the command aborts once the sectors before it are through. */
  overrun: bool;
  /** The medium failed with several sectors: find the bad one by taking them one at a time. */
  single: bool;
  /** DMA: the descriptor table was found long enough. */
  accepted: bool;

  /** Bytes that are still to be shown to the host. */
  get remaining(): u64 {
    return ((<u64>this.left) << 9) + (this.tail - this.head);
  }
}
