import { DEVICE_COUNT, DEVICE_NONE } from '../abi/devices';
import { PAGE_SHIFT, PAGE_SIZE, REGION_BASE, REGION_END } from '../abi/layout';
import { FIXED_PORTS } from '../abi/ports';
import { PageKind } from '../abi/vcpu';
import type { GuestMemory } from '../memory/guest-memory';

const PORTS = 0x10000;

/** Which device serves a port or a guest-physical page: the first question after a VM exit. */
export class InterceptMap {
  /** DEVICE_* of each of the 65,536 ports. */
  readonly ports = new Uint8Array(PORTS);
  private readonly pages = new Map<number, number>();

  constructor(private readonly memory: GuestMemory) {}

  /** Route `count` ports from `first` to `device`; DEVICE_NONE takes them away. False for arguments out of range. */
  mapPorts(device: number, first: number, count: number): boolean {
    if (!isDevice(device) || first >= PORTS || count > PORTS - first) return false;
    this.ports.fill(device, first, first + count);
    return true;
  }

  /** Route whole guest-physical pages to `device`. False for arguments out of range or pages that are RAM. */
  mapMemory(device: number, address: number, bytes: number): boolean {
    if (!isDevice(device) || address % PAGE_SIZE !== 0 || bytes > 2 ** 32 - address) return false;
    if (bytes === 0 || bytes > 2 ** 24 || address < this.memory.ramBytes) return false;
    const kind = device === DEVICE_NONE ? PageKind.UNMAPPED : PageKind.DEVICE;
    this.memory.mapPages(address, bytes, kind);
    for (let page = address >>> PAGE_SHIFT; page < (address + bytes) / PAGE_SIZE; page++) this.pages.set(page, device);
    return true;
  }

  /**
   * Show the guest `bytes` of the firmware region from `place` at `address`, read-only; `mapMemory` takes them away. False, and nothing
   * is changed, for what is not made of whole pages, not within the region, or laid over anything that is there already.
   */
  showPages(address: number, bytes: number, place: number): boolean {
    if (((address | bytes | place) & (PAGE_SIZE - 1)) !== 0 || bytes === 0) return false;
    if (place < REGION_BASE || place + bytes > REGION_END || !this.isFree(address, bytes)) return false;
    this.memory.mapPages(address, bytes, PageKind.ROM, place);
    return true;
  }

  /** Neither RAM, nor the region, which may be hidden, nor anything that the guest finds now. */
  private isFree(address: number, bytes: number): boolean {
    if (address < this.memory.ramBytes || address + bytes > 2 ** 32) return false;
    if (address < REGION_END && address + bytes > REGION_BASE) return false;
    const kinds = this.memory.pageKind.subarray(address >>> PAGE_SHIFT, (address + bytes) / PAGE_SIZE);
    return kinds.every((kind) => kind === PageKind.UNMAPPED);
  }

  /** As after power-on: only the fixed ports of `devices` (bit mask of DEVICE_*) are routed, and no page is. */
  reset(devices: number): void {
    this.ports.fill(DEVICE_NONE);
    for (const { device, first, count } of FIXED_PORTS) {
      if (devices & (1 << device)) this.mapPorts(device, first, count);
    }
    this.pages.clear();
    this.memory.unmapAboveRam();
  }

  /** DEVICE_* that serves guest-physical `address`. */
  deviceAt(address: number): number {
    return this.pages.get(address >>> PAGE_SHIFT) ?? DEVICE_NONE;
  }

  /** Runs of ports and of pages with a device: first, count, device. */
  save(): InterceptMapState {
    const pages = [...this.pages].filter(([, device]) => device !== DEVICE_NONE).sort(([a], [b]) => a - b);
    return {
      ports: runs([...this.ports.entries()].filter(([, device]) => device !== DEVICE_NONE)),
      pages: runs(pages),
    };
  }

  /** The guest's memory map is saved and restored with the memory. */
  restore({ ports, pages }: InterceptMapState): void {
    this.ports.fill(DEVICE_NONE);
    for (const [first, count, device] of ports) this.ports.fill(device, first, first + count);
    this.pages.clear();
    for (const [first, count, device] of pages) {
      for (let page = first; page < first + count; page++) this.pages.set(page, device);
    }
  }
}

type Run = readonly [first: number, count: number, device: number];

export interface InterceptMapState {
  readonly ports: readonly Run[];
  readonly pages: readonly Run[];
}

/** Neighbours with the same device become one run. */
function runs(entries: readonly (readonly [number, number])[]): Run[] {
  const result: [number, number, number][] = [];
  for (const [number, device] of entries) {
    const last = result.at(-1);
    if (last && last[0] + last[1] === number && last[2] === device) last[1]++;
    else result.push([number, 1, device]);
  }
  return result;
}

function isDevice(device: number): boolean {
  return device >= DEVICE_NONE && device < DEVICE_COUNT;
}
