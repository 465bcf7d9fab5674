import { Clock, Line, Timer } from '../../contract/handles';
import { formatCharacters } from './character';
import { decodeRead, decodeWrite } from './decode';
import { MODEM, RECEIVER, TRANSMITTER } from './layout';
import { Modem } from './modem';
import { Receiver } from './receiver';
import {
  FifoControl,
  InterruptEnable,
  InterruptId,
  LineControl,
  LineStatus,
  UartModel,
  UartRegister,
  UNITS_PER_NANOSECOND,
} from './registers';
import { interruptSource, lineStatus } from './status';
import { Transmitter } from './transmitter';

const NEVER: u64 = u64.MAX_VALUE;

/**
 * One UART: registers and interrupt logic around receiver, transmitter and modem lines ([16550D] 8).
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
  /** There is a line: characters take the time that the divisor says. Without it they pass at once, as in QEMU. */
  lineRate: bool;
  /** The other end does not wait until the receiver has room: there are overruns. */
  lossy: bool;

  // Handles
  clock: Clock;
  line: Line;
  timer: Timer;

  // Volatile state, and that of modem, receiver and transmitter
  private interruptEnable: u32;
  private lineControl: u32;
  /** Kept complete by `sync`, so that the most frequent read of all is one load. */
  lineStatus: u32;
  private scratch: u32;
  private divisor: u32;

  /** Master reset ([16550D] table I); the divisor, which reset leaves alone, gets what a PC's BIOS sets: 9600 baud. */
  reset(): void {
    this.interruptEnable = 0;
    this.lineControl = 0;
    this.scratch = 0;
    this.divisor = 12;
    this.modem.reset();
    this.receiver.reset();
    this.transmitter.reset();
    this.transmitter.timed = this.lineRate;
    this.setFormat();
    this.sync();
  }

  /** Read the register at `offset`, 0-7. */
  read(offset: u32): u32 {
    switch (decodeRead(offset, (this.lineControl & LineControl.DIVISOR_ACCESS) != 0)) {
      case UartRegister.LINE_STATUS:
        return this.readLineStatus();
      case UartRegister.RECEIVER_BUFFER:
        return this.synced(this.receiver.take(this.now));
      case UartRegister.INTERRUPT_ENABLE:
        return this.interruptEnable;
      case UartRegister.INTERRUPT_IDENTIFICATION:
        return this.readIdentification();
      case UartRegister.LINE_CONTROL:
        return this.lineControl;
      case UartRegister.MODEM_CONTROL:
        return this.modem.control;
      case UartRegister.MODEM_STATUS:
        return this.synced(this.modem.readStatus());
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
        if (this.model == UartModel.I16550A) this.writeFifoControl(value);
        break;
      case UartRegister.LINE_CONTROL:
        this.lineControl = value;
        this.setFormat();
        break;
      case UartRegister.MODEM_CONTROL:
        this.modem.writeControl(value);
        this.sync();
        break;
      case UartRegister.SCRATCH:
        this.scratch = value;
        break;
      case UartRegister.DIVISOR_LOW:
        this.divisor = (this.divisor & 0xff00) | value;
        this.setFormat();
        break;
      case UartRegister.DIVISOR_HIGH:
        this.divisor = (this.divisor & 0xff) | (value << 8);
        this.setFormat();
        break;
    }
  }

  // The line

  /** A character has left the shift register and waits in `character` to be taken. */
  get sending(): bool {
    return this.transmitter.done(this.now) && !this.modem.looped && !this.breaking;
  }

  get character(): u32 {
    return this.transmitter.character;
  }

  /** The character is gone. */
  sent(): void {
    this.transmitter.gone(this.now);
    this.sync();
  }

  /** The character cannot go now: it stays in the shift register, and what follows waits behind it. */
  hold(): void {
    this.transmitter.held = true;
    this.sync();
  }

  /**
   * Bring the state to the present: the character time-out, and characters that end here. In loopback mode those
   * arrive at the receiver ([16550D] 8.8, bit 4); while the line is held at break nobody sees them (8.1, bit 6).
   */
  advance(): void {
    const timeout = this.receiver.expire(this.now);
    if (this.transmitter.expire(this.now) || timeout) this.sync();
    while (this.transmitter.done(this.now) && (this.modem.looped || this.breaking)) {
      if (this.modem.looped)
        this.receiver.accept(this.character, this.lineRate && !this.transmitter.held ? this.transmitter.end : this.now);
      this.sent();
    }
  }

  /** Something waits on the line: has it come in completely, so that `receive` can be called? */
  wantsCharacter(): bool {
    if (!this.listens) return false;
    if (!this.lineRate || this.receiver.complete(this.now)) return true;
    this.sync();
    return false;
  }

  /**
   * Take a character from the line. In loopback mode the receiver does not see it ([16550D] 8.8, bit 4).
   *
   * @param entry the character in bits 0-7, LineStatus.CHARACTER_ERRORS above it
   * @param more whether the next one follows without a gap
   */
  receive(entry: u32, more: bool): void {
    if (this.modem.looped) return;
    this.receiver.arrive(entry, more && this.lineRate, this.now);
    this.sync();
  }

  /** The modem lines become `inputs`, ModemStatus.LINES. */
  setModemInputs(inputs: u32): void {
    this.modem.setInputs(inputs);
    this.sync();
  }

  // Registers

  private readLineStatus(): u32 {
    const status = this.lineStatus;
    if ((status & LineStatus.ERRORS) != 0) {
      this.receiver.errors = 0;
      this.sync();
    }
    return status;
  }

  private readIdentification(): u32 {
    this.receiver.expire(this.now);
    const source = this.source;
    if (source == InterruptId.TRANSMITTER_EMPTY) this.transmitter.emptied = false;
    this.sync();
    return this.receiver.fifo ? source | InterruptId.FIFOS : source;
  }

  /** The interrupt falls with the write and rises again when the holding register is empty, even if that is at once. */
  private writeTransmitter(value: u32): void {
    this.transmitter.write(value);
    this.sync();
    this.transmitter.shift(this.now);
    this.sync();
  }

  private writeInterruptEnable(value: u32): void {
    const before = this.interruptEnable;
    this.interruptEnable = value & InterruptEnable.MASK;
    if ((value & InterruptEnable.TRANSMITTER_EMPTY) == 0) this.transmitter.emptied = false;
    else if ((before & InterruptEnable.TRANSMITTER_EMPTY) == 0) this.transmitter.emptied = this.transmitter.empty;
    this.receiver.expire(this.now);
    this.sync();
  }

  /**
   * Bits 1-7 are programmed only together with bit 0, and a change of bit 0 empties both FIFOs ([16550D] 8.5, bit 0).
   */
  private writeFifoControl(value: u32): void {
    const enable = (value & FifoControl.ENABLE) != 0;
    const changed = enable != this.receiver.fifo;
    if (changed || (enable && (value & FifoControl.RESET_RECEIVER) != 0)) this.receiver.clear();
    if (changed || (enable && (value & FifoControl.RESET_TRANSMITTER) != 0)) this.transmitter.clear();
    this.receiver.setFifo(enable, value >> FifoControl.TRIGGER_SHIFT);
    if (changed) this.transmitter.setFifo(enable);
    this.sync();
  }

  private setFormat(): void {
    formatCharacters(this.lineControl, this.divisor, this.receiver, this.transmitter);
  }

  // Derived state

  /** Derive the line status, the interrupt level and the wake-up from the state. */
  private sync(): void {
    this.lineStatus = lineStatus(this.receiver, this.transmitter);
    this.line.set(this.source != InterruptId.NONE);
    this.schedule();
  }

  private synced(value: u32): u32 {
    this.sync();
    return value;
  }

  private get source(): u32 {
    return interruptSource(this.interruptEnable, this.receiver, this.transmitter, this.modem);
  }

  private schedule(): void {
    let deadline = min(this.transmitter.deadline, this.listens ? this.receiver.deadline : NEVER);
    if ((this.interruptEnable & InterruptEnable.RECEIVED_DATA) != 0) deadline = min(deadline, this.receiver.timeoutAt);
    if (deadline == NEVER) this.timer.disarm();
    else this.timer.arm((deadline + UNITS_PER_NANOSECOND - 1) / UNITS_PER_NANOSECOND);
  }

  private get now(): u64 {
    return this.clock.now() * UNITS_PER_NANOSECOND;
  }

  /** Takes characters from the line: one that does not wait takes them always, to lose them perhaps. */
  private get listens(): bool {
    return this.lossy || (this.receiver.hasRoom && !this.modem.looped);
  }

  /** The line is low: the transmitter works on, and nobody sees its characters ([16550D] 8.1, bit 6). */
  private get breaking(): bool {
    return (this.lineControl & LineControl.BREAK) != 0;
  }

  // The parts lie behind the fields

  private get modem(): Modem {
    return changetype<Modem>(changetype<usize>(this) + MODEM);
  }

  private get receiver(): Receiver {
    return changetype<Receiver>(changetype<usize>(this) + RECEIVER);
  }

  private get transmitter(): Transmitter {
    return changetype<Transmitter>(changetype<usize>(this) + TRANSMITTER);
  }
}

if (offsetof<Uart>() > MODEM) ERROR('a UART runs into its parts');
