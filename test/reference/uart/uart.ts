import { BytePorts } from '../byte-ports';
import type { ReferenceEnvironment, ReferenceSerialLine } from '../contract';
import { Interrupts } from './interrupts';
import { LineFormat } from './line-format';
import { Modem } from './modem';
import { Receiver } from './receiver';
import {
  BackPressure,
  FAULT_ERRORS,
  FIFOS_ENABLED,
  FifoControl,
  Identification,
  type IncomingCharacter,
  UartModel,
  type UartOptions,
} from './registers';
import { Transmitter } from './transmitter';

/** 16550A, or one of its predecessors, at eight ports. OUT2 does not gate the interrupt. */
export class Uart16550 extends BytePorts {
  private readonly receiver = new Receiver();
  private readonly modem = new Modem();
  private readonly format = new LineFormat();
  readonly interrupts = new Interrupts(this.receiver, this.modem);
  private readonly transmitter: Transmitter;
  private time: number;

  private scratch = 0;
  private fifosEnabled = false;

  /** Characters that wait outside until there is room. */
  private readonly outside: IncomingCharacter[] = [];
  private farEndAccepts = true;

  constructor(
    private readonly environment: ReferenceEnvironment,
    private readonly line: ReferenceSerialLine,
    private readonly options: UartOptions,
  ) {
    super();
    this.time = environment.now();
    this.transmitter = new Transmitter(options.timing, {
      now: () => this.time,
      characterTime: () => this.format.characterTime,
      stopTime: () => this.format.stopTime,
      wordMask: () => this.format.wordMask,
      send: (value) => this.send(value),
      onEmpty: () => {
        this.interrupts.emptyPending = true;
        this.sync();
      },
    });
    this.reset();
  }

  /** [16550D] table I. The scratch register is not affected by a reset; here it is cleared. */
  reset(): void {
    this.scratch = this.outside.length = 0;
    this.fifosEnabled = false;
    this.interrupts.reset();
    this.modem.reset();
    this.format.reset();
    this.receiver.reset();
    this.transmitter.reset();
    this.sync();
  }

  /** A whole character has come in from the outside. */
  receive(character: IncomingCharacter): void {
    this.advanceTo(this.environment.now());
    if (this.options.backPressure === BackPressure.Blocking) {
      this.outside.push(character);
      this.takeFromOutside();
    } else if (!this.modem.loopback) {
      this.assemble(character);
    }
    this.sync();
  }

  /** Modem input pins as bits 7..4 of the MSR: DCD 80h, RI 40h, DSR 20h, CTS 10h. */
  setModemInputs(inputs: number): void {
    this.advanceTo(this.environment.now());
    this.modem.setPins(inputs);
    this.sync();
  }

  /** Whether the far end takes characters. If not they wait in the shift register, or are lost, as the options say. */
  setFarEndAccepts(accepts: boolean): void {
    this.advanceTo(this.environment.now());
    this.farEndAccepts = accepts;
    if (accepts) {
      this.transmitter.resume();
    }
  }

  advanceTo(ns: number): void {
    for (let due = this.earliest(); due !== undefined && due <= ns; due = this.earliest()) {
      this.time = due;
      if (this.transmitter.deadline === due) {
        this.transmitter.advance(due);
      } else {
        this.receiver.expire();
      }
      this.sync();
    }
    this.time = ns;
  }

  nextDeadline(): number | undefined {
    const due = this.earliest();
    return due === undefined ? undefined : Math.ceil(due);
  }

  private earliest(): number | undefined {
    const { deadline } = this.transmitter;
    const timeout = this.receiver.deadline;
    return deadline === undefined || timeout === undefined ? (deadline ?? timeout) : Math.min(deadline, timeout);
  }

  protected readByte(port: number): number {
    this.advanceTo(this.environment.now());
    const value = this.readRegister(port - this.options.base);
    this.sync();
    return value;
  }

  private readRegister(register: number): number {
    const { divisor, latchAccess } = this.format;
    switch (register) {
      case 0:
        return latchAccess ? divisor & 0xff : this.readReceived();
      case 1:
        return latchAccess ? divisor >> 8 : this.interrupts.enable;
      case 2:
        return this.interrupts.readIdentification() | (this.fifosEnabled ? FIFOS_ENABLED : 0);
      case 3:
        return this.format.control;
      case 4:
        return this.modem.control;
      case 5:
        return this.readLineStatus();
      case 6:
        return this.modem.readStatus();
      case 7:
        return this.options.model === UartModel.Ns8250 ? 0xff : this.scratch;
      default:
        return 0xff;
    }
  }

  private readReceived(): number {
    const value = this.receiver.readBuffer(this.time, this.format.characterTime);
    // The next character comes after the read, as on a line: an interrupt that the read resets is raised anew.
    this.sync();
    this.takeFromOutside();
    return value;
  }

  private readLineStatus(): number {
    const status = this.receiver.lineStatus | (this.transmitter.empty ? 0x20 : 0) | (this.transmitter.idle ? 0x40 : 0);
    this.receiver.acknowledgeErrors();
    return status;
  }

  protected writeByte(port: number, value: number): void {
    this.advanceTo(this.environment.now());
    this.writeRegister(port - this.options.base, value);
    this.sync();
  }

  private writeRegister(register: number, value: number): void {
    switch (register) {
      case 0:
        this.writeData(value);
        break;
      case 1:
        this.writeInterruptEnable(value);
        break;
      case 2:
        this.writeFifoControl(value);
        break;
      case 3:
        this.format.control = value;
        this.transmitter.resume();
        break;
      case 4:
        this.modem.writeControl(value);
        // What waits for the far end does not need it in loopback.
        this.transmitter.resume();
        this.takeFromOutside();
        break;
      case 7:
        this.scratch = value;
        break;
    }
  }

  private writeData(value: number): void {
    if (this.format.latchAccess) {
      this.format.divisor = (this.format.divisor & 0xff00) | value;
      return;
    }
    this.interrupts.emptyPending = false;
    this.sync();
    this.transmitter.write(value);
  }

  private writeInterruptEnable(value: number): void {
    if (this.format.latchAccess) {
      this.format.divisor = (this.format.divisor & 0xff) | (value << 8);
      return;
    }
    this.interrupts.writeEnable(value, this.transmitter.empty);
  }

  private writeFifoControl(value: number): void {
    if (this.options.model !== UartModel.Ns16550A) {
      return;
    }
    const enable = (value & FifoControl.Enable) !== 0;
    const change = enable !== this.fifosEnabled;
    if (!enable && !change) {
      // Bit 0 must be 1 when the others are written, or they are not programmed, [16550D] 8.5.
      return;
    }
    if (change || value & FifoControl.ClearReceiver) {
      this.receiver.clear();
    }
    if (change || value & FifoControl.ClearTransmitter) {
      this.transmitter.clear();
    }
    this.fifosEnabled = enable;
    this.receiver.configure(enable, value >> 6);
    if (change) {
      this.transmitter.setFifo(enable);
    }
    // What waits outside comes after the FIFO was empty: to the interrupt line that is a character of its own.
    this.sync();
    this.takeFromOutside();
  }

  private takeFromOutside(): void {
    while (this.outside.length > 0 && !this.modem.loopback && this.receiver.hasRoom) {
      this.assemble(this.outside.shift()!);
    }
  }

  private assemble(character: IncomingCharacter): void {
    const error = character.fault === undefined ? 0 : FAULT_ERRORS[character.fault];
    const value = character.fault === 'break' ? 0 : character.value & this.format.wordMask;
    this.receiver.accept(value, error, this.time, this.format.characterTime);
  }

  /** A character leaves the shift register. A break holds SOUT low, so nothing gets through, [16550D] 8.1 bit 6. */
  private send(value: number): boolean {
    if (this.modem.loopback) {
      this.receiver.accept(value, 0, this.time, this.format.characterTime);
      return true;
    }
    if (this.format.breaking) {
      return true;
    }
    if (!this.farEndAccepts) {
      return this.options.backPressure === BackPressure.Lossy;
    }
    this.line.transmit(value);
    return true;
  }

  private sync(): void {
    this.environment.setIrq(this.options.irq, this.interrupts.identify() !== Identification.None);
  }
}
