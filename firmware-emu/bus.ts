import { DEVICE_DEBUG, DEVICE_IDE } from '../hypervisor/abi/devices';
import { floating } from './contract/bus-value';
import { Frame } from './contract/frame';
import { readDebug, writeDebug } from './devices/debug/debug';
import { bootIde, eventIde, readIde, stringIde, writeIde } from './wiring/ide';

/**
 * The bus: hands an entry to the wiring of the device that the intercept map named. One line a device in each switch; a
 * device that appears in none of them reads all ones.
 */

/** REASON_BOOT: bring every present device to its power-on state and connect its front-end. */
export function bootDevices(_frame: Frame): void {
  bootIde();
}

/** Read `width` bytes (1, 2 or 4) at port or guest-physical `address`. */
export function readDevice(frame: Frame, address: u32, width: u32): u32 {
  switch (frame.device) {
    case DEVICE_DEBUG:
      return readDebug(address);
    case DEVICE_IDE:
      return readIde(frame, address, width);
    default:
      return floating(width);
  }
}

export function writeDevice(frame: Frame, address: u32, width: u32, value: u32): void {
  switch (frame.device) {
    case DEVICE_DEBUG:
      writeDebug(address, value);
      break;
    case DEVICE_IDE:
      writeIde(frame, address, width, value);
      break;
  }
}

/** String I/O that a device answers in bulk; false if it has no bulk path, or not for this. */
export function stringDevice(frame: Frame): bool {
  switch (frame.device) {
    case DEVICE_IDE:
      return stringIde(frame);
    default:
      return false;
  }
}

/** REASON_EVENT: `frame.pending` holds the event-channel ports, one bit each. */
export function deliverEvents(frame: Frame): void {
  eventIde(frame);
}

/** REASON_TIMER: `frame.pending` holds the timers that are due, one bit each. */
export function fireTimers(_frame: Frame): void {}
