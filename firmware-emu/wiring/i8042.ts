import { DEVICE_I8042 } from '../../hypervisor/abi/devices';
import { GSI_KEYBOARD } from '../../hypervisor/abi/hypercalls';
import { DEVICE_STATE, PAGE_SIZE } from '../../hypervisor/abi/layout';
import { floating } from '../contract/bus-value';
import { Line, Machine } from '../contract/handles';
import { I8042Port } from '../devices/i8042/decode';
import { I8042 } from '../devices/i8042/i8042';
import { Keyboard } from '../devices/i8042/keyboard';

/** The keyboard controller at 60h and 64h with IRQ 1. */

const STATE: usize = DEVICE_STATE + DEVICE_I8042 * PAGE_SIZE;
const LINE: usize = STATE + 256;
const KEYBOARD: usize = STATE + 512;
const BASE: u32 = 0x60;

function device(): I8042 {
  return changetype<I8042>(STATE);
}

/** RESET leaves address line 20 open ([AT-KBC] Output Port: its lines are high after reset). */
export function bootI8042(): void {
  const i8042 = device();
  i8042.line = changetype<Line>(LINE);
  i8042.keyboard = changetype<Keyboard>(KEYBOARD);
  i8042.machine = changetype<Machine>(STATE);
  i8042.line.connect(GSI_KEYBOARD);
  i8042.reset();
  i8042.machine.openAddressLine20(true);
}

/** The controller hangs on eight data lines; the rest of a wide access finds nothing. */
export function readI8042(address: u32, width: u32): u32 {
  const value = address - BASE == I8042Port.DATA ? device().readData() : device().readStatus();
  return value | (floating(width) & ~0xff);
}

export function writeI8042(address: u32, value: u32): void {
  if (address - BASE == I8042Port.DATA) device().writeData(value & 0xff);
  else device().writeCommand(value & 0xff);
}
