import { DEVICE_ROM_CARD } from '../abi/devices';
import {
  DATA_WINDOW,
  DATA_WINDOW_SIZE,
  DEVICE_STATE,
  EXPANSION_ROM,
  EXPANSION_ROM_SIZE,
  FRAME_DOMAIN0,
  FRAME_HYPERVISOR,
  FRAME_STUB_DOMAIN,
  IOREQ_PAGES,
  PAGE_SIZE,
} from '../abi/layout';
import { PLACEABLE_DEVICES } from '../device-names';
import { PROCESS_COUNT } from '../domain0/wiring';
import { Host, type Placement } from './placements';

/** What of the firmware region a guest can reach. */
export interface Reach {
  readonly exposed: boolean;
  /** Addresses of pages that stay out of reach all the same. */
  readonly hidden: readonly number[];
}

/** Frames and ioreqs of those who work outside the guest. */
const OTHERS: readonly number[] = [
  ...[FRAME_HYPERVISOR, FRAME_DOMAIN0, FRAME_STUB_DOMAIN],
  ...pagesOf(IOREQ_PAGES, 2 * PROCESS_COUNT * PAGE_SIZE),
];

/** What a guest finds at the ROM card's base addresses, and there only for reading. */
const CARD_MEMORY = [...pagesOf(EXPANSION_ROM, EXPANSION_ROM_SIZE), ...pagesOf(DATA_WINDOW, DATA_WINDOW_SIZE)];

/**
 * The proposal lets a guest reach its own firmware: it harms only itself. But the state of a device that is emulated elsewhere is
 * none of the guest's, nor is what the hypervisor says to an emulator outside; and without anything inside there is nothing to reach.
 *
 * @param devices bit mask of DEVICE_* that the machine has
 * @param placements by DEVICE_*
 */
export function reachOfGuest(devices: number, placements: readonly Placement[]): Reach {
  const present = PLACEABLE_DEVICES.filter((device) => (devices & (1 << device)) !== 0);
  const inside = (device: number) => {
    const { host } = placements[device]!;
    return host === Host.GUEST || host === Host.NOBODY;
  };
  const exposed = present.some(inside) && !present.some((device) => placements[device]!.protected);
  if (!exposed) return { exposed, hidden: [] };
  const outside = present.filter((device) => !inside(device));
  const states = outside.map((device) => DEVICE_STATE + device * PAGE_SIZE);
  return { exposed, hidden: [...states, ...(outside.includes(DEVICE_ROM_CARD) ? CARD_MEMORY : []), ...OTHERS] };
}

function pagesOf(address: number, bytes: number): number[] {
  return Array.from({ length: bytes / PAGE_SIZE }, (_, page) => address + page * PAGE_SIZE);
}
