/**
 * The back-end's way to the guest's memory: the hypervisor checks each reference against the guest's grant table, so a
 * back-end cannot reach a page that was not granted to it.
 */
export interface GrantMapper {
  /**
   * Map a granted page; GTF_reading or GTF_writing is set in its entry until it is unmapped.
   *
   * @param reference any value a front-end may have put on a ring
   * @returns byte offset of the page in the domain's memory, or -1: no such grant, or it forbids writing
   */
  map(reference: number, write: boolean): number;
  /** Undo one successful `map` with the same arguments. */
  unmap(reference: number, write: boolean): void;
}
