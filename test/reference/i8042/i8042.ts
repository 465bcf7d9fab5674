import { BytePorts } from '../byte-ports';
import type { ReferenceEnvironment } from '../contract';
import { Keyboard } from './keyboard';

const DATA = 0x60;
const COMMAND = 0x64;
const IRQ = 1;

/** Status register, read at 64h. AuxiliaryFull and TimeOut together: there was nobody to send a byte to. */
const Status = {
  OutputFull: 0x01,
  SystemFlag: 0x04,
  LastWasCommand: 0x08,
  NotInhibited: 0x10,
  AuxiliaryFull: 0x20,
  TimeOut: 0x40,
} as const;
/** Command byte: interrupt of the keyboard's half, system flag, and the two clock disables. */
const CommandByte = { KeyboardInterrupt: 0x01, SystemFlag: 0x04, DisableKeyboard: 0x10, DisableMouse: 0x20 } as const;

/** Controller commands, written to 64h. */
const Command = {
  ReadCommandByte: 0x20,
  WriteCommandByte: 0x60,
  DisableMouse: 0xa7,
  EnableMouse: 0xa8,
  TestMouse: 0xa9,
  SelfTest: 0xaa,
  TestKeyboard: 0xab,
  DisableKeyboard: 0xad,
  EnableKeyboard: 0xae,
  ReadInputPort: 0xc0,
  ReadOutputPort: 0xd0,
  WriteOutputPort: 0xd1,
  LoopKeyboardByte: 0xd2,
  LoopMouseByte: 0xd3,
  SendToMouse: 0xd4,
  CloseA20: 0xdd,
  OpenA20: 0xdf,
} as const;
/** F0h to FFh pulse output port bits 3 to 0 low; bit 0 is the processor's reset. */
const PULSE = 0xf0;

const SELF_TEST_PASSED = 0x55;
const INTERFACE_GOOD = 0x00;
/** What the test of an interface gives that has nothing connected. */
const CLOCK_STUCK_LOW = 0x01;
/** Input port: keyboard not locked, manufacturing jumper not installed. */
const INPUT_PORT = 0xa0;
const NOBODY_ANSWERED = 0xfe;
/** Output port: not resetting, A20 gate, output buffer full; keyboard lines are high. */
const OutputPort = { NotReset: 0x01, A20: 0x02, BufferFull: 0x10, Idle: 0xcc } as const;

/** What the controller reaches on the board. */
export interface KeyboardControllerBoard {
  setA20(enabled: boolean): void;
  resetProcessor(): void;
}

/** An 8042 with a keyboard and without a mouse: enough for a BIOS's tests, the A20 gate and the processor's reset. */
export class KeyboardController extends BytePorts {
  private readonly keyboard = new Keyboard();
  /** The output buffer keeps its byte when it has been read. */
  private output = 0;
  /** Which status bits say that the output buffer is full. */
  private full = 0;
  private commandByte = 0;
  private outputPort = 0;
  /** The command whose data byte is awaited at 60h. */
  private awaiting: number | undefined;
  private lastWasCommand = true;

  constructor(
    private readonly environment: Pick<ReferenceEnvironment, 'setIrq'>,
    private readonly board: KeyboardControllerBoard,
  ) {
    super();
    this.reset();
  }

  reset(): void {
    this.keyboard.reset();
    this.output = this.full = this.commandByte = 0;
    this.outputPort = OutputPort.Idle | OutputPort.NotReset | OutputPort.A20;
    this.awaiting = undefined;
    this.lastWasCommand = true;
    this.settle();
  }

  nextDeadline(): undefined {
    return undefined;
  }

  advanceTo(_ns: number): void {}

  protected readByte(port: number): number {
    if (port === COMMAND) return this.status;
    if (port !== DATA) return 0xff;
    const byte = this.output;
    this.full = 0;
    this.settle();
    return byte;
  }

  protected writeByte(port: number, value: number): void {
    if (port === COMMAND) this.command(value);
    else if (port === DATA) this.data(value);
    this.settle();
  }

  private get status(): number {
    return (
      Status.NotInhibited |
      this.full |
      (this.commandByte & CommandByte.SystemFlag ? Status.SystemFlag : 0) |
      (this.lastWasCommand ? Status.LastWasCommand : 0)
    );
  }

  private answer(value: number, full: number = Status.OutputFull): void {
    this.output = value;
    this.full = full;
  }

  /** Takes what the keyboard has to say into an empty buffer. A byte from the keyboard's half interrupts, one at a time. */
  private settle(): void {
    if (this.full === 0) {
      this.environment.setIrq(IRQ, false);
      const byte = this.commandByte & CommandByte.DisableKeyboard ? undefined : this.keyboard.shift();
      if (byte !== undefined) this.answer(byte);
    }
    const interrupts = (this.commandByte & CommandByte.KeyboardInterrupt) !== 0;
    this.environment.setIrq(IRQ, interrupts && this.full === Status.OutputFull);
  }

  private command(value: number): void {
    this.lastWasCommand = true;
    this.awaiting = undefined;
    switch (value) {
      case Command.WriteCommandByte:
      case Command.WriteOutputPort:
      case Command.LoopKeyboardByte:
      case Command.LoopMouseByte:
      case Command.SendToMouse:
        this.awaiting = value;
        break;
      case Command.SelfTest:
        this.commandByte |= CommandByte.SystemFlag;
        this.answer(SELF_TEST_PASSED);
        break;
      default:
        if (!this.ask(value)) this.switchOrPulse(value);
    }
  }

  /** Questions that change nothing; false for anything else. */
  private ask(value: number): boolean {
    switch (value) {
      case Command.ReadCommandByte:
        this.answer(this.commandByte);
        return true;
      case Command.TestKeyboard:
        this.answer(INTERFACE_GOOD);
        return true;
      case Command.TestMouse:
        this.answer(CLOCK_STUCK_LOW);
        return true;
      case Command.ReadInputPort:
        this.answer(INPUT_PORT);
        return true;
      case Command.ReadOutputPort:
        this.answer(this.outputPort | (this.full & Status.OutputFull ? OutputPort.BufferFull : 0));
        return true;
      default:
        return false;
    }
  }

  private switchOrPulse(value: number): void {
    switch (value) {
      case Command.DisableKeyboard:
        this.commandByte |= CommandByte.DisableKeyboard;
        break;
      case Command.EnableKeyboard:
        this.commandByte &= ~CommandByte.DisableKeyboard;
        break;
      case Command.DisableMouse:
        this.commandByte |= CommandByte.DisableMouse;
        break;
      case Command.EnableMouse:
        this.commandByte &= ~CommandByte.DisableMouse;
        break;
      case Command.CloseA20:
        this.writeOutputPort(this.outputPort & ~OutputPort.A20);
        break;
      case Command.OpenA20:
        this.writeOutputPort(this.outputPort | OutputPort.A20);
        break;
      default:
        if (value >= PULSE && (value & OutputPort.NotReset) === 0) {
          this.board.resetProcessor();
        }
    }
  }

  private data(value: number): void {
    const command = this.awaiting;
    this.lastWasCommand = false;
    this.awaiting = undefined;
    switch (command) {
      case Command.WriteCommandByte:
        this.commandByte = value;
        break;
      case Command.WriteOutputPort:
        this.writeOutputPort(value);
        break;
      case Command.LoopKeyboardByte:
      case Command.LoopMouseByte:
        this.answer(value);
        break;
      case Command.SendToMouse:
        this.answer(NOBODY_ANSWERED, Status.OutputFull | Status.AuxiliaryFull | Status.TimeOut);
        break;
      default:
        // A byte for the keyboard starts its clock again.
        this.commandByte &= ~CommandByte.DisableKeyboard;
        this.keyboard.receive(value);
    }
  }

  private writeOutputPort(value: number): void {
    this.outputPort = value;
    this.board.setA20((value & OutputPort.A20) !== 0);
    if ((value & OutputPort.NotReset) === 0) {
      this.board.resetProcessor();
    }
  }
}
