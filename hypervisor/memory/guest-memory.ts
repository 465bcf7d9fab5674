import {
  BIOS_IMAGE,
  BIOS_IMAGE_SIZE,
  EXPANSION_ROM,
  EXPANSION_ROM_SIZE,
  PAGE_SHIFT,
  PAGE_SIZE,
  REGION_BASE,
  REGION_END,
  REGION_SIZE,
} from '../abi/layout';
import { type DomainMemory, PageKind } from '../abi/vcpu';

const GUEST_PAGES = 1 << 20;
const WASM_PAGES = REGION_END / 65536;
/** The hole for video memory, and where option ROMs and the BIOS begin ([PIIX3] 3.1, PC memory map). */
const VIDEO_HOLE = 0xa0000;
const ROM_AREA = 0xc0000;
const ONE_MIB = 0x100000;
/** What the chipset shows of a BIOS below 1 MiB. */
const LEGACY_BIOS_SIZE = 0x20000;
const SHADOW_BLOCK = 0x4000;

/**
 * A domain's memory: one shared WebAssembly memory of 1 GiB that is at once the guest's physical memory and the firmware's
 * linear memory, and the map that says what the guest finds at each of its 2^20 physical pages.
 *
 * The gigabyte is virtual: only pages that somebody touches are resident.
 */
export class GuestMemory implements DomainMemory {
  readonly wasm: WebAssembly.Memory;
  readonly buffer: SharedArrayBuffer;
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly pageKind = new Uint8Array(GUEST_PAGES);
  readonly pageOffset = new Uint32Array(GUEST_PAGES);
  generation = 0;
  writes = 0;

  /**
   * @param ramBytes guest RAM, a multiple of 4 KiB, at least 1 MiB and at most 1 GiB - 1 MiB
   * @param reuse a memory to take over instead of allocating one: engines limit how many can exist in a process
   * @throws RangeError for any other amount of RAM
   */
  constructor(
    readonly ramBytes: number,
    reuse?: GuestMemory,
  ) {
    if (ramBytes % PAGE_SIZE !== 0 || ramBytes < ONE_MIB || ramBytes > REGION_BASE) {
      throw new RangeError(`guest RAM must be a multiple of 4 KiB from 1 MiB to 1023 MiB, not ${ramBytes} bytes`);
    }
    this.wasm = reuse?.wasm ?? new WebAssembly.Memory({ initial: WASM_PAGES, maximum: WASM_PAGES, shared: true });
    this.buffer = this.wasm.buffer as unknown as SharedArrayBuffer;
    this.bytes = new Uint8Array(this.buffer);
    this.words = new Int32Array(this.buffer);
    if (reuse) {
      this.clear(0, Math.max(ramBytes, reuse.ramBytes));
      this.clear(REGION_BASE, REGION_END);
    }
    this.mapPages(0, ramBytes, PageKind.RAM);
    this.mapPages(VIDEO_HOLE, ROM_AREA - VIDEO_HOLE, PageKind.UNMAPPED);
  }

  /** Let the guest find `kind` at `length` bytes from `address`; `offset` is where in the buffer they lie. */
  mapPages(address: number, length: number, kind: number, offset: number = address): void {
    const first = address >>> PAGE_SHIFT;
    const pages = Math.ceil(length / PAGE_SIZE);
    for (let page = 0; page < pages; page++) {
      this.pageKind[first + page] = kind;
      this.pageOffset[first + page] = offset + page * PAGE_SIZE;
    }
    this.generation++;
  }

  /** Nothing is above RAM any more: no device, no firmware region, no BIOS below 4 GiB. */
  unmapAboveRam(): void {
    this.pageKind.fill(PageKind.UNMAPPED, this.ramBytes >>> PAGE_SHIFT);
    this.generation++;
  }

  /** Set the bytes from `start` to before `end`, both multiples of 4, to zero. By words: engines fill shared memory element by element. */
  clear(start: number, end: number): void {
    this.words.fill(0, start >>> 2, end >>> 2);
  }

  /**
   * Whether the guest itself can reach the firmware region; the device models always can.
   *
   * @param hidden addresses of pages that it cannot reach in any case
   */
  exposeRegion(exposed: boolean, hidden: readonly number[]): void {
    this.mapPages(REGION_BASE, REGION_SIZE, exposed ? PageKind.RAM : PageKind.UNMAPPED);
    for (const address of hidden) this.mapPages(address, PAGE_SIZE, PageKind.UNMAPPED);
  }

  /**
   * Put a BIOS image where the processor looks for it: whole and read-only below 4 GiB, its last 128 KiB below 1 MiB in RAM
   * (as shadowed by the chipset, and hence writable until the guest says otherwise).
   *
   * @throws RangeError when the image is larger than 256 KiB or not a multiple of 4 KiB
   */
  loadBios(image: Uint8Array): void {
    if (image.length === 0 || image.length > BIOS_IMAGE_SIZE || image.length % PAGE_SIZE !== 0) {
      throw new RangeError(`a BIOS image must be a multiple of 4 KiB and at most 256 KiB, not ${image.length} bytes`);
    }
    const pristine = BIOS_IMAGE + BIOS_IMAGE_SIZE - image.length;
    this.bytes.set(image, pristine);
    this.mapPages(2 ** 32 - image.length, image.length, PageKind.ROM, pristine);
    const legacy = Math.min(image.length, LEGACY_BIOS_SIZE);
    this.clear(ROM_AREA, ONE_MIB - legacy);
    this.bytes.set(image.subarray(image.length - legacy), ONE_MIB - legacy);
    this.setShadowRam(0xffff);
  }

  /**
   * Put the ROM card's expansion ROM where the card finds it; the guest finds it where it has the card show it.
   *
   * @throws RangeError when the image is larger than 16 KiB
   */
  loadExpansionRom(image: Uint8Array): void {
    if (image.length > EXPANSION_ROM_SIZE) {
      throw new RangeError(`an expansion ROM has at most ${EXPANSION_ROM_SIZE} bytes, not ${image.length}`);
    }
    this.bytes.set(image, EXPANSION_ROM);
  }

  /** The guest-physical map as runs of pages of one kind that lie in one piece: first page, pages, kind, offset. */
  saveMap(): number[][] {
    const { pageKind, pageOffset } = this;
    const runs: number[][] = [];
    for (let page = 0, first = 0; page < GUEST_PAGES; page++) {
      const next = page + 1;
      const ends = next === GUEST_PAGES || pageKind[next] !== pageKind[page] || !this.isContiguous(page);
      if (!ends) continue;
      if (pageKind[first] !== PageKind.UNMAPPED) {
        runs.push([first, next - first, pageKind[first]!, pageOffset[first]!]);
      }
      first = next;
    }
    return runs;
  }

  restoreMap(runs: readonly (readonly number[])[]): void {
    this.pageKind.fill(PageKind.UNMAPPED);
    for (const [first, pages, kind, offset] of runs) {
      this.mapPages(first! * PAGE_SIZE, pages! * PAGE_SIZE, kind!, offset!);
    }
    this.generation++;
  }

  /** Does what the guest finds at the next page follow in memory? Where nothing is, it does not matter. */
  private isContiguous(page: number): boolean {
    const { pageKind, pageOffset } = this;
    return pageKind[page] === PageKind.UNMAPPED || pageOffset[page + 1] === pageOffset[page]! + PAGE_SIZE;
  }

  /**
   * Write-protect parts of C0000h-FFFFFh, the job of a chipset's PAM registers.
   *
   * @param writable bit n stands for the 16 KiB block at C0000h + n * 4000h
   */
  setShadowRam(writable: number): void {
    for (let block = 0; block < 16; block++) {
      const kind = writable & (1 << block) ? PageKind.RAM : PageKind.ROM;
      this.mapPages(ROM_AREA + block * SHADOW_BLOCK, SHADOW_BLOCK, kind);
    }
  }
}
