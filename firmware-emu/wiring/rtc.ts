import { DEVICE_RTC } from '../../hypervisor/abi/devices';
import { GSI_RTC, TIMER_RTC } from '../../hypervisor/abi/hypercalls';
import { DEVICE_STATE, PAGE_SIZE, START_INFO } from '../../hypervisor/abi/layout';
import { INFO_EPOCH } from '../../hypervisor/abi/start-info';
import { Frame, frameClock } from '../contract/frame';
import { Line, Timer } from '../contract/handles';
import { Oscillator } from '../contract/oscillator';
import { RtcPort } from '../devices/rtc/decode';
import { RTC_STATE_BYTES, Rtc } from '../devices/rtc/rtc';
import { describeMachine } from './cmos';

/** The MC146818 at 70h and 71h with IRQ 8. */

const STATE: usize = DEVICE_STATE + DEVICE_RTC * PAGE_SIZE;
const LINE: usize = STATE + RTC_STATE_BYTES;
const TIMER: usize = LINE + 32;
const OSCILLATOR: usize = TIMER + 32;
const BASE: u32 = 0x70;

/** The device, its clock set to this entry. */
export function rtcAt(frame: Frame): Rtc {
  const rtc = changetype<Rtc>(STATE);
  rtc.clock = frameClock(frame);
  return rtc;
}

export function bootRtc(frame: Frame): void {
  const rtc = rtcAt(frame);
  rtc.line = changetype<Line>(LINE);
  rtc.timer = changetype<Timer>(TIMER);
  rtc.oscillator = changetype<Oscillator>(OSCILLATOR);
  rtc.line.connect(GSI_RTC);
  rtc.timer.connect(TIMER_RTC);
  if (rtc.valid) {
    rtc.reset();
    return;
  }
  rtc.powerOn(load<u64>(START_INFO + INFO_EPOCH));
  describeMachine(rtc);
}

/** A wide access is one of bytes at ascending ports, as on the ISA bus; only 71h answers. */
export function readRtc(frame: Frame, address: u32, width: u32): u32 {
  const rtc = rtcAt(frame);
  let value: u32 = 0;
  for (let byte: u32 = 0; byte < width; byte++) {
    value |= (address - BASE + byte == RtcPort.DATA ? rtc.read() : 0xff) << (byte << 3);
  }
  return value;
}

export function writeRtc(frame: Frame, address: u32, width: u32, value: u32): void {
  const rtc = rtcAt(frame);
  for (let byte: u32 = 0; byte < width; byte++) {
    const port = address - BASE + byte;
    const data = (value >> (byte << 3)) & 0xff;
    if (port == RtcPort.ADDRESS) rtc.select(data);
    else if (port == RtcPort.DATA) rtc.write(data);
  }
}

export function timerRtc(frame: Frame): void {
  const rtc = rtcAt(frame);
  rtc.timer.fired();
  rtc.advance();
}
