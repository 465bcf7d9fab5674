import { DEVICE_DEBUG } from '../hypervisor/abi/devices';
import { floating } from './contract/bus-value';
import { Frame } from './contract/frame';
import { readDebug, writeDebug } from './devices/debug/debug';
import { elementwise } from './string-io';

/**
 * The bus: hands an entry to the wiring of the device that the intercept map named. One line a device in each switch; a
 * device that appears in none of them reads all ones.
 */

/** REASON_BOOT: bring every present device to its power-on state and connect its front-end. */
export function bootDevices(_frame: Frame): void {}

/** Read `width` bytes (1, 2 or 4) at port or guest-physical `address`. */
export function readDevice(frame: Frame, address: u32, width: u32): u32 {
  switch (frame.device) {
    case DEVICE_DEBUG:
      return readDebug(address);
    default:
      return floating(width);
  }
}

export function writeDevice(frame: Frame, address: u32, _width: u32, value: u32): void {
  switch (frame.device) {
    case DEVICE_DEBUG:
      writeDebug(address, value);
      break;
  }
}

/** String I/O: devices with a bulk path answer whole runs, the others element by element. */
export function stringAccess(frame: Frame): void {
  elementwise(frame);
}

/** REASON_EVENT: `frame.pending` holds the event-channel ports, one bit each. */
export function deliverEvents(_frame: Frame): void {}

/** REASON_TIMER: `frame.pending` holds the timers that are due, one bit each. */
export function fireTimers(_frame: Frame): void {}
