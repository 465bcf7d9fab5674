import { DEVICE_PCI, DEVICE_PM } from '../../hypervisor/abi/devices';
import { GSI_ACPI, TIMER_PM } from '../../hypervisor/abi/hypercalls';
import { DEVICE_STATE, PAGE_SIZE, START_INFO } from '../../hypervisor/abi/layout';
import { INFO_DEVICES } from '../../hypervisor/abi/start-info';
import { Frame, frameClock } from '../contract/frame';
import { Line, Machine, Timer } from '../contract/handles';
import { Oscillator } from '../contract/oscillator';
import { Pm } from '../devices/pm/pm';
import { ApmPort, PmRegister } from '../devices/pm/registers';
import { mapPorts } from '../hypercalls';

/**
 * Power management with IRQ 9. Its 64 ports are where the PIIX4's function says; on a machine without PCI they are at B000h. The APM
 * ports are fixed.
 */

const STATE: usize = DEVICE_STATE + DEVICE_PM * PAGE_SIZE;
const LINE: usize = STATE + 256;
const TIMER: usize = LINE + 32;
const OSCILLATOR: usize = TIMER + 32;
const BASE_WITHOUT_PCI: u32 = 0xb000;
const PORTS: u32 = 64;

function pmAt(frame: Frame): Pm {
  const pm = changetype<Pm>(STATE);
  pm.clock = frameClock(frame);
  return pm;
}

export function bootPm(frame: Frame): void {
  const pm = pmAt(frame);
  pm.line = changetype<Line>(LINE);
  pm.timer = changetype<Timer>(TIMER);
  pm.oscillator = changetype<Oscillator>(OSCILLATOR);
  pm.machine = changetype<Machine>(STATE);
  pm.line.connect(GSI_ACPI);
  pm.timer.connect(TIMER_PM);
  pm.reset();
  mapPorts(DEVICE_PM, ApmPort.CONTROL, 2);
  const pci = ((load<u32>(START_INFO + INFO_DEVICES) >> DEVICE_PCI) & 1) != 0;
  if (!pci) mapPorts(DEVICE_PM, BASE_WITHOUT_PCI, PORTS);
}

/** Bytes at ascending ports; the PIIX4's other power-management registers are not there. */
export function readPm(frame: Frame, address: u32, width: u32): u32 {
  const pm = pmAt(frame);
  let value: u32 = 0;
  for (let byte: u32 = 0; byte < width; byte++) value |= readByte(pm, address + byte) << (byte << 3);
  return value;
}

function readByte(pm: Pm, port: u32): u32 {
  if (port == ApmPort.CONTROL) return pm.apm;
  if (port == ApmPort.STATUS) return pm.apmStatus;
  const offset = port & (PORTS - 1);
  return offset < PmRegister.END ? pm.read(offset) : 0xff;
}

export function writePm(frame: Frame, address: u32, width: u32, value: u32): void {
  const pm = pmAt(frame);
  for (let byte: u32 = 0; byte < width; byte++) writeByte(pm, address + byte, (value >> (byte << 3)) & 0xff);
}

function writeByte(pm: Pm, port: u32, value: u32): void {
  if (port == ApmPort.CONTROL) pm.writeApm(value);
  else if (port == ApmPort.STATUS) pm.apmStatus = value;
  else pm.write(port & (PORTS - 1), value);
}

export function timerPm(frame: Frame): void {
  const pm = pmAt(frame);
  pm.timer.fired();
  pm.advance();
}
