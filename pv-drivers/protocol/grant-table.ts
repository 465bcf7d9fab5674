/**
 * Grant table, version 1 ([Xen] public/grant_table.h, struct grant_entry_v1): with an entry a domain permits another one to
 * map one of its pages. Offsets are bytes from the start of the entry; a grant reference is the entry's index.
 */
export const GRANT_ENTRY_SIZE: u32 = 8;
/** u16, GTF_*. */
export const GRANT_ENTRY_FLAGS: u32 = 0;
/** u16, the domain that may map the page. */
export const GRANT_ENTRY_DOMID: u32 = 2;
/** u32, guest frame number: guest-physical address divided by the page size. */
export const GRANT_ENTRY_FRAME: u32 = 4;

/** Type field of the flags, two bits: the entry grants nothing... */
export const GTF_INVALID: u32 = 0;
/** ...or permits the domain to map the frame. */
export const GTF_PERMIT_ACCESS: u32 = 1;
export const GTF_TYPE_MASK: u32 = 3;
/** Set by the granting domain: only for reading. */
export const GTF_READONLY: u32 = 4;
/** Set by the hypervisor while the page is mapped, for reading or for writing. */
export const GTF_READING: u32 = 8;
export const GTF_WRITING: u32 = 16;

/** Grant references below this one are reserved for the console and xenstore of a PV domain's builder. */
export const GNTTAB_NR_RESERVED_ENTRIES: u32 = 8;
/** The domain that holds the back-ends. */
export const DOMID_DOMAIN0: u32 = 0;
