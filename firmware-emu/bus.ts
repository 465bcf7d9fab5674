import {
  DEVICE_DEBUG,
  DEVICE_FWCFG,
  DEVICE_HPET,
  DEVICE_I8042,
  DEVICE_IDE,
  DEVICE_PCI,
  DEVICE_PIT,
  DEVICE_PM,
  DEVICE_PORT92,
  DEVICE_ROM_CARD,
  DEVICE_RTC,
  DEVICE_UART,
} from '../hypervisor/abi/devices';
import { TIMER_HPET, TIMER_PIT, TIMER_PM, TIMER_RTC } from '../hypervisor/abi/hypercalls';
import { floating } from './contract/bus-value';
import { Frame } from './contract/frame';
import { readDebug, writeDebug } from './devices/debug/debug';
import { bootFwCfg, eventFwCfg, readFwCfg, stringFwCfg, writeFwCfg } from './wiring/fw-cfg';
import { bootHpet, readHpet, timerHpet, writeHpet } from './wiring/hpet';
import { bootI8042, readI8042, writeI8042 } from './wiring/i8042';
import { bootIde, eventIde, readIde, stringIde, writeIde } from './wiring/ide';
import { bootPci, readPci, writePci } from './wiring/pci';
import { bootPit, readPit, timerPit, writePit } from './wiring/pit';
import { bootPm, readPm, timerPm, writePm } from './wiring/pm';
import { bootPort92, readPort92, writePort92 } from './wiring/port92';
import { bootRomCard, eventRomCard, readRomCard, writeRomCard } from './wiring/rom-card';
import { bootRtc, readRtc, timerRtc, writeRtc } from './wiring/rtc';
import { bootUart, eventUart, readUart, timerUart, writeUart } from './wiring/uart';

/**
 * The bus: hands an entry to the wiring of the device that the intercept map named. One line a device in each switch; a
 * device that appears in none of them reads all ones.
 */

/** Is the device one that this binary emulates, wherever? One that is not must neither set timers nor drive lines. */
function serves(frame: Frame, device: u32): bool {
  return ((frame.pending >> device) & 1) != 0;
}

/** REASON_BOOT: bring every device in `frame.pending` to its power-on state and connect its front-end. */
export function bootDevices(frame: Frame): void {
  if (serves(frame, DEVICE_UART)) bootUart(frame);
  if (serves(frame, DEVICE_PIT)) bootPit(frame);
  if (serves(frame, DEVICE_RTC)) bootRtc(frame);
  if (serves(frame, DEVICE_I8042)) bootI8042();
  if (serves(frame, DEVICE_PORT92)) bootPort92();
  if (serves(frame, DEVICE_FWCFG)) bootFwCfg();
  if (serves(frame, DEVICE_HPET)) bootHpet(frame);
  if (serves(frame, DEVICE_PM)) bootPm(frame);
  if (serves(frame, DEVICE_IDE)) bootIde();
  if (serves(frame, DEVICE_ROM_CARD)) bootRomCard();
  if (serves(frame, DEVICE_PCI)) bootPci(frame);
}

/** Read `width` bytes (1, 2 or 4) at port or guest-physical `address`. */
export function readDevice(frame: Frame, address: u32, width: u32): u32 {
  switch (frame.device) {
    case DEVICE_UART:
      return readUart(frame, address, width);
    case DEVICE_DEBUG:
      return readDebug(address);
    case DEVICE_PIT:
      return readPit(frame, address, width);
    case DEVICE_RTC:
      return readRtc(frame, address, width);
    case DEVICE_I8042:
      return readI8042(address, width);
    case DEVICE_PORT92:
      return readPort92(width);
    case DEVICE_FWCFG:
      return readFwCfg(frame, address, width);
    case DEVICE_HPET:
      return readHpet(frame, address);
    case DEVICE_PM:
      return readPm(frame, address, width);
    case DEVICE_IDE:
      return readIde(frame, address, width);
    case DEVICE_PCI:
      return readPci(address, width);
    case DEVICE_ROM_CARD:
      return readRomCard(address, width);
    default:
      return floating(width);
  }
}

export function writeDevice(frame: Frame, address: u32, width: u32, value: u32): void {
  switch (frame.device) {
    case DEVICE_DEBUG:
      writeDebug(address, value);
      break;
    case DEVICE_UART:
      writeUart(frame, address, width, value);
      break;
    case DEVICE_PIT:
      writePit(frame, address, width, value);
      break;
    case DEVICE_RTC:
      writeRtc(frame, address, width, value);
      break;
    case DEVICE_I8042:
      writeI8042(address, value);
      break;
    case DEVICE_PORT92:
      writePort92(value);
      break;
    case DEVICE_FWCFG:
      writeFwCfg(frame, address, width, value);
      break;
    case DEVICE_HPET:
      writeHpet(frame, address, width, value);
      break;
    case DEVICE_PM:
      writePm(frame, address, width, value);
      break;
    case DEVICE_IDE:
      writeIde(frame, address, width, value);
      break;
    case DEVICE_PCI:
      writePci(address, width, value);
      break;
    case DEVICE_ROM_CARD:
      writeRomCard(frame, address, width, value);
      break;
  }
}

/** String I/O that a device answers in bulk; false if it has no bulk path, or not for this. */
export function stringDevice(frame: Frame): bool {
  switch (frame.device) {
    case DEVICE_IDE:
      return stringIde(frame);
    case DEVICE_FWCFG:
      return stringFwCfg(frame);
    default:
      return false;
  }
}

/** REASON_EVENT: `frame.pending` holds the event-channel ports, one bit each. */
export function deliverEvents(frame: Frame): void {
  eventUart(frame);
  eventFwCfg(frame);
  eventRomCard(frame);
  eventIde(frame);
}

/** REASON_TIMER: `frame.pending` holds the timers that are due, one bit each. */
export function fireTimers(frame: Frame): void {
  if (((frame.pending >> TIMER_PIT) & 1) != 0) timerPit(frame);
  if (((frame.pending >> TIMER_RTC) & 1) != 0) timerRtc(frame);
  if (((frame.pending >> TIMER_HPET) & 1) != 0) timerHpet(frame);
  if (((frame.pending >> TIMER_PM) & 1) != 0) timerPm(frame);
  timerUart(frame);
}
