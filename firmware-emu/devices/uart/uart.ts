import { Clock, Line, Timer } from '../../contract/handles';
import { decodeRead, decodeWrite } from './decode';
import { FIFO_BYTES, Fifo } from './fifo';
import {
  FifoControl,
  InterruptEnable,
  InterruptId,
  LineControl,
  LineStatus,
  ModemControl,
  ModemStatus,
  UartModel,
  UartRegister,
  UNITS_PER_HALF_BIT,
  UNITS_PER_NANOSECOND,
} from './registers';

const NEVER: u64 = u64.MAX_VALUE;

/**
 * One UART: registers, FIFOs, shift registers and interrupt logic ([16550D] 8).
 *
 * The model touches nothing outside. Whoever owns it carries characters: while `sending` is true, `character` waits to leave and
 * `sent` takes it away; while `wantsCharacter` is true, `receive` brings one. So a full console and a slow terminal are
 * the owner's business, and the model never waits.
 */
@unmanaged
export class Uart {
  // Configuration
  /** UartModel; zero means that there is no such UART. */
  model: u32;
  /** Characters take the time that the divisor says. Without it they pass at once, as in QEMU. */
  lineRate: bool;

  // Handles
  clock: Clock;
  line: Line;
  timer: Timer;

  // Volatile state
  private interruptEnable: u32;
  private fifoControl: u32;
  private lineControl: u32;
  private modemControl: u32;
  /** Kept complete by `sync`, so that the most frequent read of all is one load. */
  private lineStatus: u32;
  private modemStatus: u32;
  private scratch: u32;
  private divisor: u32;
  /** Last character taken from the receiver, which an empty receiver buffer keeps showing. */
  private lastReceived: u32;
  /** The transmitter became empty and nobody has been told yet. */
  private emptyPending: bool;
  private timeoutPending: bool;
  /** The transmitter's shift register: in use, its character, when its last stop bit ends. */
  private shifting: bool;
  character: u32;
  /** The owner could not take the character when it was due. */
  private held: bool;
  private shiftEnd: u64;
  /** When the character that is coming in ends; NEVER while the line is idle. */
  private receiveEnd: u64;
  /** When the receiver FIFO counts as forgotten. */
  private timeoutAt: u64;
  /** Duration of one character. These four are in units of 1/18 ns. */
  private characterTime: u64;

  /** Master reset ([16550D] table 8-II); the divisor, which reset leaves alone, gets what a PC's BIOS sets: 9600 baud. */
  reset(): void {
    this.interruptEnable = 0;
    this.fifoControl = 0;
    this.lineControl = 0;
    this.modemControl = 0;
    this.lineStatus = 0;
    this.modemStatus = ModemStatus.CONNECTED;
    this.scratch = 0;
    this.divisor = 12;
    this.lastReceived = 0;
    this.emptyPending = false;
    this.timeoutPending = false;
    this.shifting = false;
    this.held = false;
    this.receiveEnd = NEVER;
    this.timeoutAt = NEVER;
    this.receiver.clear();
    this.transmitter.clear();
    this.setCharacterTime();
    this.sync();
  }

  /** Read the register at `offset`, 0-7. */
  read(offset: u32): u32 {
    switch (decodeRead(offset, (this.lineControl & LineControl.DIVISOR_ACCESS) != 0)) {
      case UartRegister.LINE_STATUS:
        return this.readLineStatus();
      case UartRegister.RECEIVER_BUFFER:
        return this.readReceiver();
      case UartRegister.INTERRUPT_ENABLE:
        return this.interruptEnable;
      case UartRegister.INTERRUPT_IDENTIFICATION:
        return this.readIdentification();
      case UartRegister.LINE_CONTROL:
        return this.lineControl;
      case UartRegister.MODEM_CONTROL:
        return this.modemControl;
      case UartRegister.MODEM_STATUS:
        return this.readModemStatus();
      case UartRegister.DIVISOR_LOW:
        return this.divisor & 0xff;
      case UartRegister.DIVISOR_HIGH:
        return this.divisor >> 8;
      default:
        return this.model == UartModel.I8250 ? 0xff : this.scratch;
    }
  }

  /** Write the register at `offset`, 0-7. */
  write(offset: u32, value: u32): void {
    switch (decodeWrite(offset, (this.lineControl & LineControl.DIVISOR_ACCESS) != 0)) {
      case UartRegister.TRANSMITTER_HOLDING:
        this.writeTransmitter(value);
        break;
      case UartRegister.INTERRUPT_ENABLE:
        this.writeInterruptEnable(value);
        break;
      case UartRegister.FIFO_CONTROL:
        this.writeFifoControl(value);
        break;
      case UartRegister.LINE_CONTROL:
        this.lineControl = value;
        this.setCharacterTime();
        break;
      case UartRegister.MODEM_CONTROL:
        this.writeModemControl(value);
        break;
      case UartRegister.SCRATCH:
        this.scratch = value;
        return;
      case UartRegister.DIVISOR_LOW:
        this.divisor = (this.divisor & 0xff00) | value;
        this.setCharacterTime();
        break;
      case UartRegister.DIVISOR_HIGH:
        this.divisor = (this.divisor & 0xff) | (value << 8);
        this.setCharacterTime();
        break;
    }
  }

  // The line

  /** A character has left the shift register and waits in `character` to be taken. In loopback mode none ever leaves. */
  get sending(): bool {
    return this.shiftDone && !this.looped && !this.breaking;
  }

  /** The character is gone. */
  sent(): void {
    this.shifting = false;
    this.startShift(this.held ? this.now : this.shiftEnd);
    this.held = false;
    this.sync();
  }

  /** The character cannot go now: it stays in the shift register, and what follows waits behind it. */
  hold(): void {
    this.held = true;
    this.sync();
  }

  /**
   * Bring the state to the present: the character time-out, and characters that end here. In loopback mode those
   * arrive at the receiver ([16550D] 8.8, bit 4); while the line is held at break nobody sees them (8.2, bit 6).
   */
  advance(): void {
    this.expire();
    while (this.shiftDone && (this.looped || this.breaking)) {
      if (this.looped) this.accept(this.character, this.lineRate ? this.shiftEnd : this.now);
      this.sent();
    }
  }

  /**
   * Something waits on the line. At the line's rate it begins to come in now; otherwise it may come in when there is room.
   *
   * @returns whether a character has come in completely; then call `receive`
   */
  wantsCharacter(): bool {
    if (this.looped) return false;
    if (!this.lineRate) return this.fifosEnabled ? !this.receiver.full : this.receiver.count == 0;
    if (this.receiveEnd == NEVER) {
      this.receiveEnd = this.now + this.characterTime;
      this.sync();
    }
    return this.now >= this.receiveEnd;
  }

  /**
   * Take a character from the line.
   *
   * @param entry the character in bits 0-7, LineStatus.CHARACTER_ERRORS above it
   * @param more whether the next one follows without a gap
   */
  receive(entry: u32, more: bool): void {
    const end = this.lineRate ? this.receiveEnd : this.now;
    this.accept(entry, end);
    this.receiveEnd = this.lineRate && more ? end + this.characterTime : NEVER;
    this.sync();
  }

  // Registers

  @inline
  private readLineStatus(): u32 {
    const status = this.lineStatus;
    if ((status & LineStatus.ERRORS) != 0) this.clearErrors();
    return status;
  }

  private clearErrors(): void {
    this.lineStatus &= ~LineStatus.ERRORS;
    this.sync();
  }

  private readReceiver(): u32 {
    if (this.receiver.count == 0) return this.fifosEnabled ? 0 : this.lastReceived;
    this.lastReceived = this.receiver.pop() & 0xff;
    this.lineStatus |= this.receiver.count != 0 ? this.receiver.takeErrors() : 0;
    this.restartTimeout(this.now);
    this.timeoutPending = false;
    this.sync();
    return this.lastReceived;
  }

  private readIdentification(): u32 {
    this.expire();
    const source = this.identify();
    if (source == InterruptId.TRANSMITTER_EMPTY) {
      this.emptyPending = false;
      this.sync();
    }
    return this.fifosEnabled ? source | InterruptId.FIFOS : source;
  }

  private readModemStatus(): u32 {
    const status = this.modemStatus;
    this.modemStatus = status & ModemStatus.LINES;
    this.sync();
    return status;
  }

  /** A full FIFO loses its oldest character, as in QEMU; the data sheet leaves it open. */
  private writeTransmitter(value: u32): void {
    if (!this.fifosEnabled) this.transmitter.clear();
    else if (this.transmitter.full) this.transmitter.pop();
    this.transmitter.push(value);
    this.emptyPending = false;
    this.sync();
    this.startShift(this.now);
    this.sync();
  }

  private writeInterruptEnable(value: u32): void {
    this.expire();
    const before = this.interruptEnable;
    this.interruptEnable = value & InterruptEnable.MASK;
    if ((value & InterruptEnable.TRANSMITTER_EMPTY) == 0) this.emptyPending = false;
    else if ((before & InterruptEnable.TRANSMITTER_EMPTY) == 0) this.emptyPending = this.transmitter.count == 0;
    this.sync();
  }

  /** Bits 1-7 are programmed only together with bit 0, and a change of bit 0 empties both FIFOs ([16550D] 8.5, bit 0). */
  private writeFifoControl(value: u32): void {
    if (this.model != UartModel.I16550A) return;
    const enable = value & FifoControl.ENABLE;
    const change = (value ^ this.fifoControl) & FifoControl.ENABLE;
    if (change != 0 || (enable != 0 && (value & FifoControl.RESET_RECEIVER) != 0)) this.emptyReceiver();
    if (change != 0 || (enable != 0 && (value & FifoControl.RESET_TRANSMITTER) != 0)) this.emptyTransmitter();
    this.fifoControl = enable != 0 ? value : 0;
    this.sync();
  }

  private emptyReceiver(): void {
    this.receiver.clear();
    this.timeoutAt = NEVER;
    this.timeoutPending = false;
  }

  /** The interrupt after a change of FCR bit 0 is immediate ([16550D] 8.6.x, FIFO interrupt mode B). */
  private emptyTransmitter(): void {
    this.transmitter.clear();
    this.emptyPending = true;
  }

  private writeModemControl(value: u32): void {
    this.modemControl = value & ModemControl.MASK;
    const before = this.modemStatus;
    const lines = this.modemLines();
    const changed = (before ^ lines) & ModemStatus.LINES;
    const deltas = ((changed & ~ModemStatus.RI) | (changed & before & ModemStatus.RI)) >> 4;
    this.modemStatus = lines | (before & ModemStatus.DELTAS) | deltas;
    this.sync();
  }

  /** Inputs of the modem lines; in loopback mode they are the outputs: CTS-RTS, DSR-DTR, RI-OUT1, DCD-OUT2 ([16550D] 8.8). */
  private modemLines(): u32 {
    const control = this.modemControl;
    if (!this.looped) return ModemStatus.CONNECTED;
    return (
      ((control & ModemControl.RTS) << 3) |
      ((control & ModemControl.DTR) << 5) |
      ((control & (ModemControl.OUT1 | ModemControl.OUT2)) << 4)
    );
  }

  // Shift registers

  private startShift(from: u64): void {
    if (this.shifting || this.transmitter.count == 0) return;
    this.character = this.transmitter.pop() & this.characterMask;
    this.shifting = true;
    this.shiftEnd = from + this.characterTime;
    if (this.transmitter.count == 0) this.emptyPending = true;
  }

  /** A complete character at the receiver. On an overrun the FIFO keeps what it has, the buffer register does not ([16550D] 8.4). */
  private accept(entry: u32, at: u64): void {
    this.expire();
    const overrun = this.fifosEnabled ? this.receiver.full : this.receiver.count != 0;
    if (overrun) this.lineStatus |= LineStatus.OVERRUN;
    if (!this.fifosEnabled) this.receiver.clear();
    if (!this.receiver.full) this.receiver.push(entry);
    if (this.receiver.count == 1) this.lineStatus |= this.receiver.takeErrors();
    this.restartTimeout(at);
  }

  private expire(): void {
    if (this.now < this.timeoutAt) return;
    this.timeoutAt = NEVER;
    this.timeoutPending = true;
    this.sync();
  }

  /** The time-out is four characters after the last one came or was read, while there are any ([16550D] 8.6.x). */
  private restartTimeout(at: u64): void {
    this.timeoutAt = this.fifosEnabled && this.receiver.count != 0 ? at + 4 * this.characterTime : NEVER;
  }

  /** Start bit, five to eight data bits, parity bit, stop bits; a divisor of 0 counts as 65,536. */
  private setCharacterTime(): void {
    const control = this.lineControl;
    const bits: u32 = 6 + (control & LineControl.WORD_LENGTH) + ((control & LineControl.PARITY_ENABLE) != 0 ? 1 : 0);
    const long: u32 = (control & LineControl.WORD_LENGTH) == 0 ? 3 : 4;
    const stop: u32 = (control & LineControl.STOP_BITS) != 0 ? long : 2;
    const divisor: u32 = this.divisor != 0 ? this.divisor : 0x10000;
    this.characterTime = <u64>(2 * bits + stop) * <u64>divisor * UNITS_PER_HALF_BIT;
  }

  // Derived state

  /** Derive the line status, the interrupt level and the wake-up from the state. */
  private sync(): void {
    this.lineStatus = (this.lineStatus & LineStatus.ERRORS) | this.occupancy();
    this.line.set(this.identify() != InterruptId.NONE);
    this.schedule();
  }

  private occupancy(): u32 {
    let status: u32 = this.receiver.count != 0 ? LineStatus.DATA_READY : 0;
    if (this.transmitter.count == 0) {
      status |= this.shifting ? LineStatus.HOLDING_EMPTY : LineStatus.HOLDING_EMPTY | LineStatus.TRANSMITTER_EMPTY;
    }
    const errors = this.receiver.errors != 0 || (this.lineStatus & LineStatus.CHARACTER_ERRORS) != 0;
    return this.fifosEnabled && errors ? status | LineStatus.FIFO_ERROR : status;
  }

  /** The enabled source with the highest priority ([16550D] table 8-IV). */
  private identify(): u32 {
    const enable = this.interruptEnable;
    if ((enable & InterruptEnable.LINE_STATUS) != 0 && (this.lineStatus & LineStatus.ERRORS) != 0) {
      return InterruptId.LINE_STATUS;
    }
    if ((enable & InterruptEnable.RECEIVED_DATA) != 0) {
      if (this.timeoutPending) return InterruptId.CHARACTER_TIMEOUT;
      if (this.receiver.count >= this.trigger) return InterruptId.RECEIVED_DATA;
    }
    if (this.emptyPending && (enable & InterruptEnable.TRANSMITTER_EMPTY) != 0) return InterruptId.TRANSMITTER_EMPTY;
    const modem = (enable & InterruptEnable.MODEM_STATUS) != 0 && (this.modemStatus & ModemStatus.DELTAS) != 0;
    return modem ? InterruptId.MODEM_STATUS : InterruptId.NONE;
  }

  private schedule(): void {
    let deadline = NEVER;
    if (this.lineRate && this.shifting && !this.held) deadline = this.shiftEnd;
    if (this.receiveEnd < deadline) deadline = this.receiveEnd;
    const waits = (this.interruptEnable & InterruptEnable.RECEIVED_DATA) != 0;
    if (waits && this.timeoutAt < deadline) deadline = this.timeoutAt;
    if (deadline == NEVER) this.timer.disarm();
    else this.timer.arm((deadline + UNITS_PER_NANOSECOND - 1) / UNITS_PER_NANOSECOND);
  }

  private get now(): u64 {
    return this.clock.now() * UNITS_PER_NANOSECOND;
  }

  private get shiftDone(): bool {
    return this.shifting && (!this.lineRate || this.now >= this.shiftEnd);
  }

  private get looped(): bool {
    return (this.modemControl & ModemControl.LOOP) != 0;
  }

  /** A break only matters where there is a line; a console without one takes the characters, as QEMU's does. */
  private get breaking(): bool {
    return this.lineRate && (this.lineControl & LineControl.BREAK) != 0;
  }

  private get fifosEnabled(): bool {
    return (this.fifoControl & FifoControl.ENABLE) != 0;
  }

  /** A line carries as many bits as the word has; without one all eight pass, as in QEMU. */
  private get characterMask(): u32 {
    return this.lineRate ? 0xff >> (3 - (this.lineControl & LineControl.WORD_LENGTH)) : 0xff;
  }

  /** Characters in the receiver at which the interrupt is raised. */
  private get trigger(): u32 {
    if (!this.fifosEnabled) return 1;
    return (FifoControl.TRIGGER_LEVELS >> ((this.fifoControl >> FifoControl.TRIGGER_SHIFT) << 3)) & 0xff;
  }

  // The FIFOs lie behind the fields

  private get receiver(): Fifo {
    return changetype<Fifo>(changetype<usize>(this) + offsetof<Uart>());
  }

  private get transmitter(): Fifo {
    return changetype<Fifo>(changetype<usize>(this) + offsetof<Uart>() + FIFO_BYTES);
  }
}

/** Bytes that a UART with its FIFOs takes in the state page. */
export const UART_BYTES: u32 = 256;
if (offsetof<Uart>() + 2 * FIFO_BYTES > UART_BYTES) ERROR('a UART exceeds its part of the state page');
