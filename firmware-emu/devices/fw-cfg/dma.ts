import { noteDma } from '../../contract/guest-memory';
import { FwCfg } from './fw-cfg';
import { DmaControl, DmaDescriptor } from './registers';

/** The hole for video memory: no RAM on a PC. */
const HOLE_BEGIN: u64 = 0xa0000;
const HOLE_END: u64 = 0xc0000;
/** Behind it: option ROMs and BIOS, which the chipset protects in blocks of this size up to 1 MiB. */
const ROM_END: u64 = 0x100000;
const ROM_BLOCK_SHIFT: u64 = 14;
/** As many blocks as there are, each writable. */
export const ALL_WRITABLE: u32 = 0xffff;

/** The DMA interface: one transfer at a time, described in guest memory ([FWCFG] "DMA Interface"). */
@unmanaged
export class FwCfgDma {
  // Configuration
  /** Bytes of guest RAM from address 0. */
  ramBytes: u64;
  /** Blocks from C0000h that can be written, one bit each. */
  writableBlocks: u32;

  // Handles
  fwCfg: FwCfg;

  // Volatile state
  private addressHigh: u32;
  private descriptor: usize;
  private target: usize;
  private left: u32;
  private status: u32;

  reset(): void {
    this.addressHigh = 0;
    this.left = 0;
  }

  writeHigh(value: u32): void {
    this.addressHigh = bswap<u32>(value);
  }

  /**
   * Begin the transfer whose descriptor is at `value`. A descriptor outside RAM is ignored: there is nowhere to report to.
   *
   * @returns whether there is a transfer; then call `proceed`
   */
  start(value: u32): bool {
    const address = ((<u64>this.addressHigh) << 32) | <u64>bswap<u32>(value);
    this.addressHigh = 0;
    if (!this.isRam(address, DmaDescriptor.BYTES)) return false;
    this.descriptor = <usize>address;
    this.left = 0;
    this.status = 0;
    this.obey(bswap<u32>(load<u32>(this.descriptor + DmaDescriptor.CONTROL)));
    return true;
  }

  /** Move what is ready. True: the transfer is done; false: it waits for the request that `fwCfg` describes. */
  proceed(): bool {
    noteDma();
    const item = this.fwCfg;
    while (this.left != 0) {
      const bytes = min<u32>(item.ready, this.left);
      if (bytes == 0) {
        item.fetch(this.target, this.left);
        return false;
      }
      item.take(this.target, bytes);
      this.advance(bytes);
    }
    store<u32>(this.descriptor + DmaDescriptor.CONTROL, bswap<u32>(this.status));
    return true;
  }

  /** The request was carried out: `bytes` came straight to their place. */
  fetched(bytes: u32, success: bool): void {
    if (success) this.advance(bytes);
    else this.fail();
  }

  private obey(control: u32): void {
    if ((control & DmaControl.SELECT) != 0) this.fwCfg.select(control >> DmaControl.KEY_SHIFT);
    const length = bswap<u32>(load<u32>(this.descriptor + DmaDescriptor.LENGTH));
    if ((control & DmaControl.READ) != 0) this.read(length);
    else if ((control & DmaControl.WRITE) != 0) this.refuse(length);
    else if ((control & DmaControl.SKIP) != 0) this.fwCfg.skip(length);
  }

  private read(length: u32): void {
    const address = bswap<u64>(load<u64>(this.descriptor + DmaDescriptor.ADDRESS));
    if (length != 0 && !this.isRam(address, length)) {
      this.fail();
      return;
    }
    this.target = <usize>address;
    this.left = length;
  }

  /** No item can be written; as in QEMU the bytes count as passed all the same. */
  private refuse(length: u32): void {
    if (length == 0) return;
    this.fwCfg.skip(length);
    this.fail();
  }

  private fail(): void {
    this.left = 0;
    this.status = DmaControl.ERROR;
  }

  private advance(bytes: u32): void {
    this.target += bytes;
    this.left -= bytes;
  }

  /** All or nothing: a transfer that would leave RAM moves no byte. */
  private isRam(address: u64, bytes: u64): bool {
    if (bytes > this.ramBytes || address > this.ramBytes - bytes) return false;
    if (address < HOLE_END) return address + bytes <= HOLE_BEGIN;
    return address >= ROM_END || this.isWritable(address, min<u64>(address + bytes, ROM_END));
  }

  /** Can all of `begin` to `end`, from C0000h to 1 MiB, be written? */
  private isWritable(begin: u64, end: u64): bool {
    if (begin == end) return true;
    const last = <u32>((end - 1 - HOLE_END) >> ROM_BLOCK_SHIFT);
    for (let block = <u32>((begin - HOLE_END) >> ROM_BLOCK_SHIFT); block <= last; block++) {
      if (((this.writableBlocks >> block) & 1) == 0) return false;
    }
    return true;
  }
}
