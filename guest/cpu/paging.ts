import type { DomainMemory } from '../../hypervisor/abi/vcpu';
import { PageKind } from '../../hypervisor/abi/vcpu';
import type { CodeCache } from './code-cache';
import { CR0_PG, CR0_WP, CR4_PGE, CR4_PSE } from './state';

/** What address translation needs of the processor. The first four do not return. */
export interface TranslationHost {
  pageFault(linear: number, errorCode: number): never;
  alignmentFault(): never;
  /** Value of a device register: from the replay log, or by a VM exit that abandons the instruction. */
  deviceRead(physical: number, bytes: number): number;
  /** Queues the write; its exit happens at the end of the instruction. */
  deviceWrite(physical: number, bytes: number, value: number): void;
  /** Code that may be under execution was overwritten. */
  codeWritten(): void;
  /** An access touches a page in which a data breakpoint lies. */
  watchedAccess(linear: number, bytes: number, write: boolean): void;
}

const INVALID = 0x8000_0000 | 0;
/** Bits that are clear in a buffer offset, and set in what an invalid entry yields. */
const NOT_MEMORY = 0xc000_0000 | 0;
const FAULT_PRESENT = 1;
const FAULT_WRITE = 2;
const FAULT_USER = 4;
const FAULT_RESERVED = 8;
const PTE_PRESENT = 1;
const PTE_WRITE = 2;
const PTE_USER = 4;
const PTE_ACCESSED = 0x20;
const PTE_DIRTY = 0x40;
const PDE_LARGE = 0x80;
const PTE_GLOBAL = 0x100;
/** Bits 13-21 of a 4 MiB entry are reserved without PSE-36 ([SDM] vol. 3, table 4-4). */
const LARGE_RESERVED = 0x003f_e000;

/** A table in which no entry is valid. */
function emptyTable(): Int32Array {
  const table = new Int32Array(1 << 21);
  for (let i = 0; i < table.length; i++) table[i] = (i << 12) ^ INVALID;
  return table;
}

/**
 * Linear to buffer addresses: page tables, page kinds and address line 20 in one step.
 *
 * `readTable` and `writeTable` have one word for each linear page, supervisor half first, then the user half. An entry is the
 * buffer offset of the page xor its linear address, so `entry ^ linear` is the place of the byte; entries that must not be used
 * directly (not translated, device, ROM for writes, decoded code for writes, not yet dirty, data breakpoint) give a value with one of the top two bits
 * set. So the fast path of an access is one load, one xor and one test that checks alignment as well. The tables serve while
 * paging is off too: address line 20, ROM aliases, devices and code pages then need no checks of their own.
 */
export class Translation {
  readonly readTable = emptyTable();
  readonly writeTable = emptyTable();
  cr0 = 0;
  cr3 = 0;
  cr4 = 0;
  /** All ones, or without bit 20. */
  private addressMask = -1;
  /** CR0.AM, EFLAGS.AC and CPL 3 hold: unaligned accesses fault. */
  alignmentCheck = false;
  /** Linear pages in which data breakpoints lie. */
  watchedPages: readonly number[] = [];
  /** Guest-physical address that `locate` found. */
  private physical = 0;
  private generation: number;
  private writes: number;
  private readonly filled = new Int32Array(1 << 16);
  private filledCount = 0;
  private readonly globals = new Int32Array(1 << 12);
  private globalCount = 0;
  /** Linear 4 MiB regions of which a part was translated by a large page. */
  private readonly largeRegions = new Uint8Array(1024);
  private entryGlobal = false;
  private entryWritable = false;
  private readonly bytes: Uint8Array;
  private readonly words: Int32Array;

  constructor(
    private memory: DomainMemory,
    private readonly code: CodeCache,
    private readonly host: TranslationHost,
  ) {
    this.bytes = new Uint8Array(memory.buffer);
    this.words = new Int32Array(memory.buffer);
    this.generation = memory.generation;
    this.writes = memory.writes;
  }

  /** Go over to another map of the same buffer. */
  attach(memory: DomainMemory): void {
    this.memory = memory;
    this.startAfresh();
  }

  /** Notice what others did to the guest-physical map and to memory since the last call. */
  synchronize(): void {
    if (this.generation !== this.memory.generation) this.startAfresh();
    else if (this.writes !== this.memory.writes) {
      this.writes = this.memory.writes;
      this.code.memoryChanged();
    }
  }

  private startAfresh(): void {
    this.generation = this.memory.generation;
    this.writes = this.memory.writes;
    this.flush(true);
    this.code.dropAll();
  }

  setAddressLine20(open: boolean): void {
    const mask = open ? -1 : ~(1 << 20);
    if (mask === this.addressMask) return;
    this.addressMask = mask;
    this.flush(true);
  }

  get addressLine20(): boolean {
    return this.addressMask === -1;
  }

  /** Forget translations; those of global pages only when asked to. */
  flush(withGlobals: boolean): void {
    this.forget(this.filled, this.filledCount);
    this.filledCount = 0;
    if (withGlobals) {
      this.forget(this.globals, this.globalCount);
      this.globalCount = 0;
      this.largeRegions.fill(0);
    }
    this.code.forgetTranslations();
  }

  private forget(list: Int32Array, count: number): void {
    const { readTable, writeTable } = this;
    for (let i = 0; i < count; i++) {
      const index = list[i];
      readTable[index] = (index << 12) ^ INVALID;
      writeTable[index] = (index << 12) ^ INVALID;
    }
  }

  /** INVLPG: forget the page, or the whole 4 MiB page, that holds `linear`. */
  invalidate(linear: number): void {
    const page = linear >>> 12;
    if (this.largeRegions[page >>> 10] !== 0) {
      const first = page & ~0x3ff;
      for (let at = first; at < first + 1024; at++) this.invalidatePage(at);
    } else this.invalidatePage(page);
  }

  private invalidatePage(page: number): void {
    const none = (page << 12) ^ INVALID;
    this.readTable[page] = none;
    this.writeTable[page] = none;
    this.readTable[page | 0x10_0000] = none;
    this.writeTable[page | 0x10_0000] = none;
    this.code.forgetTranslation(page);
  }

  /** Writes to buffer page `page` must no longer go unnoticed. */
  revokeWrites(page: number): void {
    this.revokeIn(this.filled, this.filledCount, page);
    this.revokeIn(this.globals, this.globalCount, page);
  }

  private revokeIn(list: Int32Array, count: number, page: number): void {
    const { writeTable } = this;
    for (let i = 0; i < count; i++) {
      const index = list[i];
      if ((writeTable[index] ^ (index << 12)) >>> 12 === page) writeTable[index] = (index << 12) ^ INVALID;
    }
  }

  /**
   * Physical page of `linear` by the page tables; sets accessed and dirty bits, `entryGlobal` and `entryWritable`.
   * @param user 0 or 1 << 20
   */
  private walk(linear: number, write: boolean, user: number): number {
    if ((this.cr0 & CR0_PG) === 0) {
      this.entryGlobal = false;
      this.entryWritable = true;
      return linear & 0xffff_f000 & this.addressMask;
    }
    const code = (write ? FAULT_WRITE : 0) | (user !== 0 ? FAULT_USER : 0);
    const directoryAt = (this.cr3 & 0xffff_f000) + ((linear >>> 22) << 2);
    const directory = this.readPhysical(directoryAt);
    if ((directory & PTE_PRESENT) === 0) this.host.pageFault(linear, code);
    if ((directory & PDE_LARGE) !== 0 && (this.cr4 & CR4_PSE) !== 0) {
      if ((directory & LARGE_RESERVED) !== 0) this.host.pageFault(linear, code | FAULT_PRESENT | FAULT_RESERVED);
      this.largeRegions[linear >>> 22] = 1;
      this.permit(linear, directory, write, user, code);
      this.mark(directoryAt, directory, write);
      this.entryWritable &&= write || (directory & PTE_DIRTY) !== 0;
      return ((directory & 0xffc0_0000) | (linear & 0x003f_f000)) & this.addressMask;
    }
    const tableAt = (directory & 0xffff_f000) + ((linear >>> 10) & 0xffc);
    const entry = this.readPhysical(tableAt);
    if ((entry & PTE_PRESENT) === 0) this.host.pageFault(linear, code);
    this.permit(
      linear,
      (directory & entry & (PTE_WRITE | PTE_USER)) | (entry & ~(PTE_WRITE | PTE_USER)),
      write,
      user,
      code,
    );
    if ((directory & PTE_ACCESSED) === 0) this.writePhysical(directoryAt, directory | PTE_ACCESSED);
    this.mark(tableAt, entry, write);
    this.entryWritable &&= write || (entry & PTE_DIRTY) !== 0;
    return entry & 0xffff_f000 & this.addressMask;
  }

  /** Check the rights of an access ([SDM] vol. 3, 4.6); `entry` has the combined R/W and U/S bits. */
  private permit(linear: number, entry: number, write: boolean, user: number, code: number): void {
    const writable = (entry & PTE_WRITE) !== 0 || (user === 0 && (this.cr0 & CR0_WP) === 0);
    if ((user !== 0 && (entry & PTE_USER) === 0) || (write && !writable)) {
      this.host.pageFault(linear, code | FAULT_PRESENT);
    }
    this.entryGlobal = (entry & PTE_GLOBAL) !== 0 && (this.cr4 & CR4_PGE) !== 0;
    this.entryWritable = writable;
  }

  private mark(at: number, entry: number, write: boolean): void {
    const marked = entry | PTE_ACCESSED | (write ? PTE_DIRTY : 0);
    if (marked !== entry) this.writePhysical(at, marked);
  }

  private readPhysical(address: number): number {
    const physical = address & this.addressMask;
    const kind = this.memory.pageKind[physical >>> 12];
    if (kind !== PageKind.RAM && kind !== PageKind.ROM) return -1;
    return this.words[(this.memory.pageOffset[physical >>> 12] + (physical & 0xfff)) >>> 2];
  }

  private writePhysical(address: number, value: number): void {
    const physical = address & this.addressMask;
    if (this.memory.pageKind[physical >>> 12] !== PageKind.RAM) return;
    const offset = this.memory.pageOffset[physical >>> 12] + (physical & 0xfff);
    this.words[offset >>> 2] = value;
    this.noteWrite(offset, 4);
  }

  private noteWrite(offset: number, bytes: number): void {
    if (this.code.watched[offset >>> 12] !== 0 && this.code.written(offset, bytes)) this.host.codeWritten();
  }

  /**
   * Buffer offset of `linear`, or a negative number when there is no memory; then `physical` tells where it leads.
   * Raises page faults, sets accessed and dirty bits, and fills the tables where the fast path may be used.
   */
  private locate(linear: number, write: boolean, user: number): number {
    const page = this.walk(linear, write, user);
    this.physical = page | (linear & 0xfff);
    const kind = this.memory.pageKind[page >>> 12];
    if (kind !== PageKind.RAM && kind !== PageKind.ROM) return -1;
    const offset = this.memory.pageOffset[page >>> 12];
    if (!this.watchedPages.includes(linear >>> 12)) this.fill(linear, offset, kind === PageKind.RAM, user);
    return offset + (linear & 0xfff);
  }

  private fill(linear: number, offset: number, ram: boolean, user: number): void {
    const index = (linear >>> 12) | user;
    const entry = offset ^ (linear & 0xffff_f000);
    if (this.readTable[index] !== entry) {
      this.remember(index);
      this.readTable[index] = entry;
    }
    if (ram && this.entryWritable && this.code.watched[offset >>> 12] === 0) this.writeTable[index] = entry;
  }

  private remember(index: number): void {
    if (this.entryGlobal) {
      if (this.globalCount === this.globals.length) this.flush(true);
      this.globals[this.globalCount++] = index;
    } else {
      if (this.filledCount === this.filled.length) this.flush(false);
      this.filled[this.filledCount++] = index;
    }
  }

  /**
   * Buffer offset of the code page that holds `linear`, or -1 when no memory is there.
   * @param user 0 or 1 << 20
   */
  locateCode(linear: number, user: number): number {
    const direct = this.readTable[(linear >>> 12) | user] ^ linear;
    return ((direct & NOT_MEMORY) === 0 ? direct : this.locate(linear, false, user)) & ~0xfff;
  }

  /** Buffer offset of `linear` if it is known to be RAM that may be written without further ado, else a negative number. */
  writablePlace(linear: number, user: number): number {
    const direct = this.writeTable[(linear >>> 12) | user] ^ linear;
    return (direct & NOT_MEMORY) === 0 ? direct : -1;
  }

  read8(linear: number, user: number): number {
    const direct = this.readTable[(linear >>> 12) | user] ^ linear;
    return (direct & NOT_MEMORY) === 0 ? this.bytes[direct] : this.readSlow(linear, 1, user);
  }

  read16(linear: number, user: number): number {
    const direct = this.readTable[(linear >>> 12) | user] ^ linear;
    if ((direct & NOT_MEMORY) !== 0 || (linear & 0xfff) > 0xffe || this.alignmentCheck)
      return this.readSlow(linear, 2, user);
    return this.bytes[direct] | (this.bytes[direct + 1] << 8);
  }

  /** Signed. */
  read32(linear: number, user: number): number {
    const direct = this.readTable[(linear >>> 12) | user] ^ linear;
    if ((direct & NOT_MEMORY) !== 0 || (linear & 0xfff) > 0xffc || this.alignmentCheck)
      return this.readSlow(linear, 4, user);
    return (direct & 3) === 0 ? this.words[direct >>> 2] : this.compose(direct);
  }

  private compose(direct: number): number {
    const { bytes } = this;
    return bytes[direct] | (bytes[direct + 1] << 8) | (bytes[direct + 2] << 16) | (bytes[direct + 3] << 24);
  }

  write8(linear: number, value: number, user: number): void {
    const direct = this.writeTable[(linear >>> 12) | user] ^ linear;
    if ((direct & NOT_MEMORY) === 0) this.bytes[direct] = value;
    else this.writeSlow(linear, 1, value, user);
  }

  write16(linear: number, value: number, user: number): void {
    const direct = this.writeTable[(linear >>> 12) | user] ^ linear;
    if ((direct & NOT_MEMORY) !== 0 || (linear & 0xfff) > 0xffe || this.alignmentCheck)
      this.writeSlow(linear, 2, value, user);
    else this.store(direct, 2, value);
  }

  write32(linear: number, value: number, user: number): void {
    const direct = this.writeTable[(linear >>> 12) | user] ^ linear;
    if ((direct & NOT_MEMORY) !== 0 || (linear & 0xfff) > 0xffc || this.alignmentCheck)
      this.writeSlow(linear, 4, value, user);
    else if ((direct & 3) === 0) this.words[direct >>> 2] = value;
    else this.store(direct, 4, value);
  }

  private store(direct: number, bytes: number, value: number): void {
    for (let i = 0; i < bytes; i++) this.bytes[direct + i] = value >>> (8 * i);
  }

  /** Fault now if `bytes` bytes at `linear` (at most a page) cannot be written. */
  probeWrite(linear: number, bytes: number, user: number): void {
    const last = (linear + bytes - 1) | 0;
    if (((this.writeTable[(linear >>> 12) | user] ^ linear) & NOT_MEMORY) !== 0) this.locate(linear, true, user);
    if ((linear ^ last) >>> 12 === 0) return;
    if (((this.writeTable[(last >>> 12) | user] ^ last) & NOT_MEMORY) !== 0) this.locate(last & ~0xfff, true, user);
  }

  /** Fault now if `bytes` bytes at `linear` (at most a page) cannot be read. */
  probeRead(linear: number, bytes: number, user: number): void {
    const last = (linear + bytes - 1) | 0;
    this.locate(linear, false, user);
    if ((linear ^ last) >>> 12 !== 0) this.locate(last & ~0xfff, false, user);
  }

  /** Read the first operand of a read-modify-write instruction: faults as a write does. */
  readForWrite(linear: number, bytes: number, user: number): number {
    this.checkAlignment(linear, bytes, user);
    this.probeWrite(linear, bytes, user);
    return bytes === 4 ? this.read32(linear, user) : bytes === 2 ? this.read16(linear, user) : this.read8(linear, user);
  }

  private checkAlignment(linear: number, bytes: number, user: number): void {
    if (this.alignmentCheck && user !== 0 && (linear & (bytes - 1)) !== 0) this.host.alignmentFault();
  }

  private readSlow(linear: number, bytes: number, user: number): number {
    this.checkAlignment(linear, bytes, user);
    if ((linear & 0xfff) + bytes > 0x1000) {
      this.probeRead(linear, bytes, user);
      let value = 0;
      for (let i = 0; i < bytes; i++) value |= this.readSlow((linear + i) | 0, 1, user) << (8 * i);
      return value;
    }
    const offset = this.locate(linear, false, user);
    const { physical } = this;
    if (this.watchedPages.length !== 0) this.host.watchedAccess(linear, bytes, false);
    if (offset >= 0)
      return bytes === 4
        ? this.compose(offset)
        : bytes === 2
          ? this.bytes[offset] | (this.bytes[offset + 1] << 8)
          : this.bytes[offset];
    const value =
      this.memory.pageKind[physical >>> 12] === PageKind.DEVICE ? this.host.deviceRead(physical, bytes) : -1;
    return bytes === 4 ? value | 0 : bytes === 2 ? value & 0xffff : value & 0xff;
  }

  private writeSlow(linear: number, bytes: number, value: number, user: number): void {
    this.checkAlignment(linear, bytes, user);
    if ((linear & 0xfff) + bytes > 0x1000) {
      this.probeWrite(linear, bytes, user);
      for (let i = 0; i < bytes; i++) this.writeSlow((linear + i) | 0, 1, (value >>> (8 * i)) & 0xff, user);
      return;
    }
    const offset = this.locate(linear, true, user);
    const { physical } = this;
    if (this.watchedPages.length !== 0) this.host.watchedAccess(linear, bytes, true);
    const kind = this.memory.pageKind[physical >>> 12];
    if (kind === PageKind.RAM) {
      this.store(offset, bytes, value);
      this.noteWrite(offset, bytes);
    } else if (kind === PageKind.DEVICE) this.host.deviceWrite(physical, bytes, value);
  }

  /** Guest-physical address of `linear` for an access of string I/O; faults like the access would. */
  physicalAddress(linear: number, write: boolean, user: number): number {
    const page = this.walk(linear, write, user);
    return page | (linear & 0xfff);
  }
}
