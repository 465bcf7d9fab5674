import { DEVICE_COUNT, DEVICE_NONE } from '../abi/devices';
import { PAGE_SHIFT, PAGE_SIZE } from '../abi/layout';
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

  /** DEVICE_* that serves guest-physical `address`. */
  deviceAt(address: number): number {
    return this.pages.get(address >>> PAGE_SHIFT) ?? DEVICE_NONE;
  }
}

function isDevice(device: number): boolean {
  return device >= DEVICE_NONE && device < DEVICE_COUNT;
}
