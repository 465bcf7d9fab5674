/** What the channel wants of the medium behind a drive. */
export namespace MediumOperation {
  export const READ: u32 = 0;
  export const WRITE: u32 = 1;
  export const FLUSH: u32 = 2;
}

export namespace RequestState {
  export const IDLE: u32 = 0;
  /** To be handed to the medium. */
  export const WANTED: u32 = 1;
  export const IN_FLIGHT: u32 = 2;
  /** Was in flight when a reset made it void: to be taken back from the medium. */
  export const ABANDONED: u32 = 3;
}

/**
 * The channel's one request to a medium. The model fills it in and the wiring carries it out, so that the model knows no
 * ring: it would be the same with a file behind it.
 */
@unmanaged
export class MediumRequest {
  state: u32;
  operation: u32;
  /** Number of the drive, 0-3. */
  drive: u32;
  /** Distinguishes this request from those before it. */
  tag: u32;
  sector: u64;
  sectors: u32;
  /** Guest-physical address of one contiguous buffer, or SCATTERED. */
  address: u32;

  reset(): void {
    this.state = RequestState.IDLE;
  }

  want(operation: u32, drive: u32, sector: u64, sectors: u32, address: u32): void {
    this.state = RequestState.WANTED;
    this.operation = operation;
    this.drive = drive;
    this.tag++;
    this.sector = sector;
    this.sectors = sectors;
    this.address = address;
  }

  /** The command that wanted it has ended otherwise. */
  cancel(): void {
    if (this.state == RequestState.WANTED) this.state = RequestState.IDLE;
    else if (this.state == RequestState.IN_FLIGHT) this.state = RequestState.ABANDONED;
  }
}

/** `address` of a request whose memory the bus master's descriptor table names. */
export const SCATTERED: u32 = 0xffffffff;
