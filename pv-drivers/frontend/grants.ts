import { GRANT_TABLE } from '../../hypervisor/abi/layout';
import {
  DOMID_DOMAIN0,
  GRANT_ENTRY_DOMID,
  GRANT_ENTRY_FLAGS,
  GRANT_ENTRY_FRAME,
  GRANT_ENTRY_SIZE,
  GTF_INVALID,
  GTF_PERMIT_ACCESS,
  GTF_READING,
  GTF_READONLY,
  GTF_WRITING,
} from '../protocol/grant-table';

/** Permit domain 0 to map a frame. The flags come last: with them the entry becomes valid ([Xen] grant_table.h). */
export function grantAccess(reference: u32, frame: u32, readOnly: bool): void {
  const entry: usize = GRANT_TABLE + reference * GRANT_ENTRY_SIZE;
  store<u16>(entry + GRANT_ENTRY_DOMID, <u16>DOMID_DOMAIN0);
  store<u32>(entry + GRANT_ENTRY_FRAME, frame);
  const flags: u32 = readOnly ? GTF_PERMIT_ACCESS | GTF_READONLY : GTF_PERMIT_ACCESS;
  atomic.store<u16>(entry + GRANT_ENTRY_FLAGS, <u16>flags);
}

/**
 * Take a permission back. False if the page is mapped at this moment: that permission cannot be ended, only waited for.
 * The exchange is atomic because domain 0 may be mapping the page on another thread ([Xen] grant_table.h).
 */
export function endAccess(reference: u32): bool {
  const entry: usize = GRANT_TABLE + reference * GRANT_ENTRY_SIZE + GRANT_ENTRY_FLAGS;
  const flags: u16 = atomic.load<u16>(entry);
  if ((<u32>flags & (GTF_READING | GTF_WRITING)) != 0) return false;
  return atomic.cmpxchg<u16>(entry, flags, <u16>GTF_INVALID) == flags;
}

/** No grant: the end of a chain. Reference 0 is reserved by Xen, so no data page ever has it. */
export const NO_GRANT: u32 = 0;

/**
 * The references with which one front-end grants data pages. Free ones and those of each request form chains through
 * `links`, so that granting and ending need neither a search nor an allocation.
 *
 * One pool for all requests of a ring, not a fixed share for each, because requests differ: eleven pages for most,
 * hundreds for a large one, and the table has no room for the largest size in every slot.
 */
@unmanaged
export class GrantPool {
  /** References that are free. */
  available: u32;
  private first: u32;
  private head: u32;

  /** Own the references from `first` on, and end whatever they granted before. */
  initialise(first: u32, count: u32): void {
    this.first = first;
    this.head = NO_GRANT;
    this.available = count;
    for (let reference: u32 = first + count - 1; reference >= first; reference--) {
      atomic.store<u16>(GRANT_TABLE + reference * GRANT_ENTRY_SIZE + GRANT_ENTRY_FLAGS, <u16>GTF_INVALID);
      this.setNext(reference, this.head);
      this.head = reference;
    }
  }

  /** Grant one frame and put its reference in front of `chain`. There must be one available. @returns the reference */
  grant(frame: u32, readOnly: bool, chain: u32): u32 {
    const reference: u32 = this.head;
    this.head = this.next(reference);
    this.available--;
    this.setNext(reference, chain);
    grantAccess(reference, frame, readOnly);
    return reference;
  }

  /** End the permissions of a chain but keep its references out of use. False if a page was mapped at this moment. */
  revoke(chain: u32): bool {
    let ended: bool = true;
    for (let reference: u32 = chain; reference != NO_GRANT; reference = this.next(reference)) {
      if (!endAccess(reference)) ended = false;
    }
    return ended;
  }

  /** Take the references of a chain back; their permissions must have been revoked. */
  recycle(chain: u32): void {
    let reference: u32 = chain;
    while (reference != NO_GRANT) {
      const following: u32 = this.next(reference);
      this.setNext(reference, this.head);
      this.head = reference;
      this.available++;
      reference = following;
    }
  }

  @inline
  private link(reference: u32): usize {
    return changetype<usize>(this) + offsetof<GrantPool>() + ((reference - this.first) << 1);
  }

  private next(reference: u32): u32 {
    return load<u16>(this.link(reference));
  }

  private setNext(reference: u32, value: u32): void {
    store<u16>(this.link(reference), <u16>value);
  }
}
