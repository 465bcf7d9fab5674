import { DEVICE_HPET, DEVICE_IDE, DEVICE_UART } from '../hypervisor/abi/devices';
import { REASON_ACCESS } from '../hypervisor/abi/frame';
import { CONSOLE_RING_COUNT, SHADOW_PAGE, START_INFO } from '../hypervisor/abi/layout';
import {
  SHADOW_ALTERNATE_STATUS,
  SHADOW_HPET_OFFSET,
  SHADOW_HPET_PERIOD,
  SHADOW_HPET_VALID,
  SHADOW_IDE,
  SHADOW_UARTS,
  SHADOW_VALID,
} from '../hypervisor/abi/shadow';
import { INFO_SHADOW, UART_MODEL_NONE } from '../hypervisor/abi/start-info';
import { Frame } from './contract/frame';
import { HPET_FREQUENCY } from './devices/hpet/registers';
import { ReadRegister } from './devices/ide/decode';
import { readAlternateStatus, readTaskFile } from './devices/ide/task-file';
import { LineStatus } from './devices/uart/registers';
import { hpetAt } from './wiring/hpet';
import { channelAt } from './wiring/ide';
import { uartOf } from './wiring/uart';

/** The shadow page, and which registers qualify: `hypervisor/abi/shadow.ts`. */

const NANOSECONDS_PER_SECOND: u64 = 1_000_000_000;
/** Offsets of the 16550's registers ([16550D] table II). */
const INTERRUPT_ENABLE: u32 = 1;
const LINE_CONTROL: u32 = 3;
const MODEM_CONTROL: u32 = 4;
const LINE_STATUS: u32 = 5;
const SCRATCH: u32 = 7;

/** At the end of an entry: publish the devices that it can have changed. Events and timers can change any. */
export function publishShadow(frame: Frame): void {
  const shadowed = load<u32>(START_INFO + INFO_SHADOW);
  if (shadowed == 0) return;
  const touched = frame.reason == REASON_ACCESS ? shadowed & (1 << frame.device) : shadowed;
  if (((touched >> DEVICE_UART) & 1) != 0) publishUarts();
  if (((touched >> DEVICE_IDE) & 1) != 0) publishIde();
  if (((touched >> DEVICE_HPET) & 1) != 0) publishHpet(frame);
}

function publishUarts(): void {
  for (let index: u32 = 0; index < CONSOLE_RING_COUNT; index++) {
    if (uartOf(index).model != UART_MODEL_NONE) publishUart(index);
  }
}

function publishUart(index: u32): void {
  const entries: usize = SHADOW_PAGE + SHADOW_UARTS + (index << 5);
  const uart = uartOf(index);
  publish(entries, INTERRUPT_ENABLE, uart.read(INTERRUPT_ENABLE));
  publish(entries, LINE_CONTROL, uart.read(LINE_CONTROL));
  publish(entries, MODEM_CONTROL, uart.read(MODEM_CONTROL));
  publish(entries, SCRATCH, uart.read(SCRATCH));
  if (uart.lineRate || (uart.lineStatus & LineStatus.ERRORS) != 0) withdraw(entries, LINE_STATUS);
  else publish(entries, LINE_STATUS, uart.lineStatus);
}

function publishIde(): void {
  for (let index: u32 = 0; index < 2; index++) {
    const entries: usize = SHADOW_PAGE + SHADOW_IDE + (index << 6);
    const channel = channelAt(index);
    for (let register: u32 = ReadRegister.ERROR; register <= ReadRegister.DEVICE; register++) {
      publish(entries, register, readTaskFile(channel, register));
    }
    const status = readAlternateStatus(channel);
    publish(entries, SHADOW_ALTERNATE_STATUS, status);
    if (channel.selected.interrupt) withdraw(entries, ReadRegister.STATUS);
    else publish(entries, ReadRegister.STATUS, status);
  }
}

function publishHpet(frame: Frame): void {
  const hpet = hpetAt(frame);
  store<u32>(SHADOW_PAGE + SHADOW_HPET_PERIOD, <u32>(NANOSECONDS_PER_SECOND / HPET_FREQUENCY));
  store<u64>(SHADOW_PAGE + SHADOW_HPET_OFFSET, hpet.offset);
  store<u32>(SHADOW_PAGE + SHADOW_HPET_VALID, hpet.running ? 1 : 0);
}

function publish(entries: usize, register: u32, value: u32): void {
  store<u32>(entries + (register << 2), value | SHADOW_VALID);
}

function withdraw(entries: usize, register: u32): void {
  store<u32>(entries + (register << 2), 0);
}
