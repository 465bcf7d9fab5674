import { DEVICE_UART } from '../../hypervisor/abi/devices';
import { GSI_COM1, GSI_COM2, TIMER_UART0 } from '../../hypervisor/abi/hypercalls';
import { CONSOLE_RING_COUNT, DEVICE_STATE, PAGE_SIZE, START_INFO } from '../../hypervisor/abi/layout';
import {
  INFO_UARTS,
  UART_ENTRY_SIZE,
  UART_FLAG_LINE_RATE,
  UART_FLAG_LOSSY,
  UART_FLAG_MARKED,
  UART_FLAGS,
  UART_MODEL,
  UART_MODEL_NONE,
  UART_PORT,
} from '../../hypervisor/abi/start-info';
import { ConsoleFrontend, consoleFrontend } from '../../pv-drivers/frontend/console';
import { Frame, frameClock } from '../contract/frame';
import { Line, Timer } from '../contract/handles';
import { UART_BYTES } from '../devices/uart/layout';
import { LineStatus } from '../devices/uart/registers';
import { Uart } from '../devices/uart/uart';

/** COM1-COM4 at 3F8h, 2F8h, 3E8h and 2E8h with IRQ 4, 3, 4 and 3, and their consoles. */

const STATE: usize = DEVICE_STATE + DEVICE_UART * PAGE_SIZE;
/** The UARTs lie in the first half of the page, what belongs to their wiring in the second. */
const PORTS: usize = STATE + PAGE_SIZE / 2;
const PORT_BYTES: usize = 128;
const HANDLES: usize = 32;

const NOTHING: u32 = u32.MAX_VALUE;
/** Introduces a mark in marked input; then comes a second MARK, the errors of a character, or MODEM_LINES. */
const MARK: u32 = 0xff;
const MODEM_LINES: u32 = 0x80;

/** What stands between one UART and its console. */
@unmanaged
class UartPort {
  index: u32;
  /** UART_FLAG_* bits. */
  flags: u32;
  /** The next character with its errors, taken from the ring already; NOTHING if there is none. */
  next: u32;
  /** How many bytes of a mark have been seen, and the second of them. */
  marked: u32;
  kind: u32;
}

/** COM number `index` + 1. */
export function uartOf(index: u32): Uart {
  return changetype<Uart>(STATE + <usize>index * UART_BYTES);
}

function portOf(index: u32): UartPort {
  return changetype<UartPort>(PORTS + index * PORT_BYTES);
}

/** COM number less one: ports 3F8h and 2F8h have bit 4 set, 3F8h and 3E8h bit 8. */
function indexAt(address: u32): u32 {
  return ((~address >> 3) & 2) | ((~address >> 8) & 1);
}

export function bootUart(frame: Frame): void {
  for (let index: u32 = 0; index < CONSOLE_RING_COUNT; index++) {
    const info: usize = START_INFO + INFO_UARTS + index * UART_ENTRY_SIZE;
    const uart = uartOf(index);
    const port = portOf(index);
    port.index = index;
    port.flags = load<u32>(info + UART_FLAGS);
    port.next = NOTHING;
    port.marked = 0;
    uart.model = load<u32>(info + UART_MODEL);
    uart.lineRate = (port.flags & UART_FLAG_LINE_RATE) != 0;
    uart.lossy = (port.flags & UART_FLAG_LOSSY) != 0;
    connectHandles(uart, index);
    uart.clock = frameClock(frame);
    uart.reset();
    if (uart.model != UART_MODEL_NONE) consoleFrontend(index).connect(index, load<u32>(info + UART_PORT));
  }
  uartOf(0).line.shareWith(uartOf(2).line);
  uartOf(1).line.shareWith(uartOf(3).line);
}

function connectHandles(uart: Uart, index: u32): void {
  const handles: usize = PORTS + index * PORT_BYTES + HANDLES;
  uart.line = changetype<Line>(handles);
  uart.timer = changetype<Timer>(handles + HANDLES);
  uart.line.connect((index & 1) == 0 ? GSI_COM1 : GSI_COM2);
  uart.timer.connect(TIMER_UART0 + index);
}

/** A wide access is one of bytes at ascending ports, as on the ISA bus; beyond the eight ports nothing answers. */
export function readUart(frame: Frame, address: u32, width: u32): u32 {
  const index = indexAt(address);
  const offset = address & 7;
  if (width == 1) return readByte(frame, index, offset);
  let value: u32 = 0;
  for (let byte: u32 = 0; byte < width; byte++) {
    value |= (offset + byte < 8 ? readByte(frame, index, offset + byte) : 0xff) << (byte << 3);
  }
  return value;
}

/** Only the receiver buffer makes room on the line; without a line rate nothing else can have changed since the last entry. */
function readByte(frame: Frame, index: u32, offset: u32): u32 {
  const uart = uartOf(index);
  if (uart.model == UART_MODEL_NONE) return 0xff;
  uart.clock = frameClock(frame);
  if (uart.lineRate) carry(index);
  const value = uart.read(offset);
  if (offset == 0) carry(index);
  return value;
}

export function writeUart(frame: Frame, address: u32, width: u32, value: u32): void {
  const offset = address & 7;
  for (let byte: u32 = 0; byte < width && offset + byte < 8; byte++) {
    writeByte(frame, indexAt(address), offset + byte, (value >> (byte << 3)) & 0xff);
  }
}

function writeByte(frame: Frame, index: u32, offset: u32, value: u32): void {
  const uart = uartOf(index);
  if (uart.model == UART_MODEL_NONE) return;
  uart.clock = frameClock(frame);
  if (uart.lineRate) carry(index);
  uart.write(offset, value);
  carry(index);
}

/** Something was put into a console ring or taken out of it. */
export function eventUart(frame: Frame): void {
  for (let index: u32 = 0; index < CONSOLE_RING_COUNT; index++) {
    const info: usize = START_INFO + INFO_UARTS + index * UART_ENTRY_SIZE;
    if (uartOf(index).model != UART_MODEL_NONE && ((frame.pending >> load<u32>(info + UART_PORT)) & 1) != 0) {
      uartOf(index).clock = frameClock(frame);
      carry(index);
    }
  }
}

export function timerUart(frame: Frame): void {
  for (let index: u32 = 0; index < CONSOLE_RING_COUNT; index++) {
    if (((frame.pending >> (TIMER_UART0 + index)) & 1) == 0) continue;
    const uart = uartOf(index);
    uart.clock = frameClock(frame);
    uart.timer.fired();
    carry(index);
  }
}

/** Carry characters between the UART and its console, both ways, as far as both sides go. */
function carry(index: u32): void {
  const uart = uartOf(index);
  const console = consoleFrontend(index);
  uart.advance();
  carryOut(uart, console, portOf(index));
  carryIn(uart, console, portOf(index));
  console.notify();
}

/** A broken console is a cable that was pulled out: what is sent into it is lost. */
function carryOut(uart: Uart, console: ConsoleFrontend, port: UartPort): void {
  const lossy = console.broken || (port.flags & UART_FLAG_LOSSY) != 0;
  while (uart.sending) {
    if (!console.write(uart.character) && !lossy) {
      uart.hold();
      return;
    }
    uart.sent();
  }
}

function carryIn(uart: Uart, console: ConsoleFrontend, port: UartPort): void {
  while (available(port, console) && uart.wantsCharacter()) {
    const entry = port.next;
    port.next = NOTHING;
    uart.receive(entry, available(port, console));
  }
}

/** Is there a complete character? It is kept in `port.next`. */
function available(port: UartPort, console: ConsoleFrontend): bool {
  while (port.next == NOTHING) {
    const byte = console.read();
    if (byte < 0) return false;
    if ((port.flags & UART_FLAG_MARKED) != 0) unmark(port, byte);
    else port.next = byte;
  }
  return true;
}

/** One more byte of marked input. */
function unmark(port: UartPort, byte: u32): void {
  if (port.marked == 0 && byte == MARK) port.marked = 1;
  else if (port.marked == 1 && byte != MARK) {
    port.marked = 2;
    port.kind = byte;
  } else {
    if (port.marked == 2) endMark(port, byte);
    else port.next = byte;
    port.marked = 0;
  }
}

/** The modem lines change when they are told of, not in their place among characters that still wait for room. */
function endMark(port: UartPort, byte: u32): void {
  if (port.kind == MODEM_LINES) uartOf(port.index).setModemInputs(byte);
  else port.next = byte | ((port.kind & LineStatus.CHARACTER_ERRORS) << 8);
}
