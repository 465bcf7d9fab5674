import { DEVICE_HPET } from '../../hypervisor/abi/devices';
import { TIMER_HPET } from '../../hypervisor/abi/hypercalls';
import { DEVICE_STATE, PAGE_SIZE } from '../../hypervisor/abi/layout';
import { Frame, frameClock } from '../contract/frame';
import { Line, Timer } from '../contract/handles';
import { Oscillator } from '../contract/oscillator';
import { HPET_BYTES, Hpet } from '../devices/hpet/hpet';
import { NO_ROUTE, TIMER_COUNT } from '../devices/hpet/registers';
import { mapMemory } from '../hypercalls';
import { pitAt } from './pit';
import { rtcAt } from './rtc';

/** The HPET at FED00000h, the place that PCs have settled on. */

const STATE: usize = DEVICE_STATE + DEVICE_HPET * PAGE_SIZE;
const TIMER: usize = STATE + HPET_BYTES;
const OSCILLATOR: usize = TIMER + 32;
const LINES: usize = OSCILLATOR + 64;
const LINE_BYTES: usize = 32;
/** The line each timer is connected to, one word each; then whether legacy devices are replaced. */
const ROUTES: usize = LINES + <usize>TIMER_COUNT * LINE_BYTES;
const REPLACED: usize = ROUTES + TIMER_COUNT * 4;
const BASE: u32 = 0xfed00000;

export function hpetAt(frame: Frame): Hpet {
  const hpet = changetype<Hpet>(STATE);
  hpet.clock = frameClock(frame);
  return hpet;
}

export function bootHpet(frame: Frame): void {
  const hpet = hpetAt(frame);
  hpet.timer = changetype<Timer>(TIMER);
  hpet.oscillator = changetype<Oscillator>(OSCILLATOR);
  hpet.timer.connect(TIMER_HPET);
  store<u32>(REPLACED, 0);
  for (let index: u32 = 0; index < TIMER_COUNT; index++) {
    hpet.timerAt(index).line = changetype<Line>(LINES + index * LINE_BYTES);
    hpet.timerAt(index).line.connect(NO_ROUTE);
    store<u32>(ROUTES + index * 4, NO_ROUTE);
  }
  hpet.reset();
  mapMemory(DEVICE_HPET, BASE, PAGE_SIZE);
}

/** Registers have 32 bits; software reads no less ([HPET] 2.3), so of a narrow read it gets its part. */
export function readHpet(frame: Frame, address: u32): u32 {
  const offset = address - BASE;
  return hpetAt(frame).read(offset & ~3) >> ((offset & 3) << 3);
}

/** Narrow writes are ignored, as in QEMU. */
export function writeHpet(frame: Frame, address: u32, width: u32, value: u32): void {
  const offset = address - BASE;
  if (width != 4 || (offset & 3) != 0) return;
  const hpet = hpetAt(frame);
  hpet.write(offset, value);
  connectLines(hpet);
  replaceLegacy(frame, hpet.replacesLegacy);
}

export function timerHpet(frame: Frame): void {
  const hpet = hpetAt(frame);
  hpet.timer.fired();
  hpet.advance();
}

/** Connect each timer to the line that it is routed to now. */
function connectLines(hpet: Hpet): void {
  for (let index: u32 = 0; index < TIMER_COUNT; index++) {
    const route = hpet.route(index);
    if (load<u32>(ROUTES + index * 4) == route) continue;
    store<u32>(ROUTES + index * 4, route);
    const timer = hpet.timerAt(index);
    timer.line.disconnect();
    timer.line.connect(route);
    share(hpet, index, route);
    timer.sync(hpet.running);
  }
}

/** Timers may share a line, if they are level-triggered ([HPET] 2.3.8, Tn_INT_TYPE_CNF). */
function share(hpet: Hpet, index: u32, route: u32): void {
  for (let other: u32 = 0; other < TIMER_COUNT; other++) {
    if (other == index || load<u32>(ROUTES + other * 4) != route) continue;
    hpet.timerAt(index).line.shareWith(hpet.timerAt(other).line);
    return;
  }
}

/** In legacy replacement the PIT's and the clock's lines belong to the HPET ([HPET] 2.3.5). */
function replaceLegacy(frame: Frame, replaced: bool): void {
  if ((load<u32>(REPLACED) != 0) == replaced) return;
  store<u32>(REPLACED, replaced ? 1 : 0);
  // A device without a line is not there, or is emulated by something else.
  if (changetype<usize>(pitAt(frame).line) != 0) pitAt(frame).replace(replaced);
  if (changetype<usize>(rtcAt(frame).line) != 0) rtcAt(frame).replace(replaced);
}
