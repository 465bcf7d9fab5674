import { DEVICE_PORT92 } from '../../hypervisor/abi/devices';
import { DEVICE_STATE, PAGE_SIZE } from '../../hypervisor/abi/layout';
import { floating } from '../contract/bus-value';
import { Machine } from '../contract/handles';
import { Port92 } from '../devices/port92/port92';

const STATE: usize = DEVICE_STATE + DEVICE_PORT92 * PAGE_SIZE;

export function bootPort92(): void {
  const port = changetype<Port92>(STATE);
  port.machine = changetype<Machine>(STATE);
  port.reset();
}

/** Eight data lines; the rest of a wide access finds nothing. */
export function readPort92(width: u32): u32 {
  return changetype<Port92>(STATE).read() | (floating(width) & ~0xff);
}

export function writePort92(value: u32): void {
  changetype<Port92>(STATE).write(value & 0xff);
}
