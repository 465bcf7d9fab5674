import { DEVICE_PIT } from '../../hypervisor/abi/devices';
import { GSI_PIT, TIMER_PIT } from '../../hypervisor/abi/hypercalls';
import { DEVICE_STATE, PAGE_SIZE } from '../../hypervisor/abi/layout';
import { Frame, frameClock } from '../contract/frame';
import { Line, Timer } from '../contract/handles';
import { Oscillator } from '../contract/oscillator';
import { PIT_BYTES, Pit } from '../devices/pit/pit';

/** The 8254 at 40h-43h with IRQ 0, and system control port B at 61h. */

const STATE: usize = DEVICE_STATE + DEVICE_PIT * PAGE_SIZE;
const LINE: usize = STATE + PIT_BYTES;
const TIMER: usize = LINE + 32;
const OSCILLATOR: usize = TIMER + 32;
const BASE: u32 = 0x40;

/** The device, its clock set to this entry. */
export function pitAt(frame: Frame): Pit {
  const pit = changetype<Pit>(STATE);
  pit.clock = frameClock(frame);
  return pit;
}

export function bootPit(frame: Frame): void {
  const pit = pitAt(frame);
  pit.line = changetype<Line>(LINE);
  pit.timer = changetype<Timer>(TIMER);
  pit.oscillator = changetype<Oscillator>(OSCILLATOR);
  pit.line.connect(GSI_PIT);
  pit.timer.connect(TIMER_PIT);
  pit.reset();
}

/** A wide access is one of bytes at ascending ports, as on the ISA bus. */
export function readPit(frame: Frame, address: u32, width: u32): u32 {
  const pit = pitAt(frame);
  let value: u32 = 0;
  for (let byte: u32 = 0; byte < width; byte++) value |= pit.read(address - BASE + byte) << (byte << 3);
  return value;
}

export function writePit(frame: Frame, address: u32, width: u32, value: u32): void {
  const pit = pitAt(frame);
  for (let byte: u32 = 0; byte < width; byte++) pit.write(address - BASE + byte, (value >> (byte << 3)) & 0xff);
}

export function timerPit(frame: Frame): void {
  const pit = pitAt(frame);
  pit.timer.fired();
  pit.advance();
}
