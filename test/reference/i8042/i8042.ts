import { BytePorts } from '../byte-ports';

const DATA = 0x60;
const COMMAND = 0x64;

/** Status register, read at 64h. */
const Status = { OutputFull: 0x01, SystemFlag: 0x04, LastWasCommand: 0x08, NotInhibited: 0x10 } as const;
/** Command byte: system flag, and the two clock disables. */
const CommandByte = { SystemFlag: 0x04, DisableKeyboard: 0x10, DisableMouse: 0x20 } as const;

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
  ReadOutputPort: 0xd0,
  WriteOutputPort: 0xd1,
} as const;
/** F0h to FFh pulse output port bits 3 to 0 low; bit 0 is the processor's reset. */
const PULSE = 0xf0;

const SELF_TEST_PASSED = 0x55;
const INTERFACE_GOOD = 0x00;
/** What the test of an interface gives that has nothing connected. */
const CLOCK_STUCK_LOW = 0x01;
/** Output port: not resetting, A20 gate. */
const OutputPort = { NotReset: 0x01, A20: 0x02 } as const;

/** What the controller reaches on the board. */
export interface KeyboardControllerBoard {
  setA20(enabled: boolean): void;
  resetProcessor(): void;
}

/** An 8042 with nothing plugged in: enough for a BIOS's tests, the A20 gate and the processor's reset. */
export class KeyboardController extends BytePorts {
  private output: number | undefined;
  private commandByte = CommandByte.DisableKeyboard | CommandByte.DisableMouse;
  private outputPort = OutputPort.NotReset | OutputPort.A20;
  /** The command whose data byte is awaited at 60h. */
  private awaiting: number | undefined;
  private lastWasCommand = false;

  constructor(private readonly board: KeyboardControllerBoard) {
    super();
  }

  reset(): void {
    this.output = undefined;
    this.commandByte = CommandByte.DisableKeyboard | CommandByte.DisableMouse;
    this.outputPort = OutputPort.NotReset | OutputPort.A20;
    this.awaiting = undefined;
    this.lastWasCommand = false;
  }

  nextDeadline(): undefined {
    return undefined;
  }

  advanceTo(_ns: number): void {}

  protected readByte(port: number): number {
    switch (port) {
      case DATA: {
        const byte = this.output ?? 0;
        this.output = undefined;
        return byte;
      }
      case COMMAND:
        return this.status;
      default:
        return 0xff;
    }
  }

  private get status(): number {
    return (
      Status.NotInhibited |
      (this.output === undefined ? 0 : Status.OutputFull) |
      (this.commandByte & CommandByte.SystemFlag ? Status.SystemFlag : 0) |
      (this.lastWasCommand ? Status.LastWasCommand : 0)
    );
  }

  protected writeByte(port: number, value: number): void {
    if (port === COMMAND) {
      this.lastWasCommand = true;
      this.command(value);
    } else if (port === DATA) {
      this.lastWasCommand = false;
      this.data(value);
    }
  }

  private command(value: number): void {
    this.awaiting = undefined;
    switch (value) {
      case Command.ReadCommandByte:
        this.output = this.commandByte;
        break;
      case Command.WriteCommandByte:
      case Command.WriteOutputPort:
        this.awaiting = value;
        break;
      case Command.SelfTest:
        this.commandByte |= CommandByte.SystemFlag;
        this.output = SELF_TEST_PASSED;
        break;
      case Command.TestKeyboard:
        this.output = INTERFACE_GOOD;
        break;
      case Command.TestMouse:
        this.output = CLOCK_STUCK_LOW;
        break;
      case Command.ReadOutputPort:
        this.output = this.outputPort;
        break;
      default:
        this.switchOrPulse(value);
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
      default:
        if (value >= PULSE && (value & OutputPort.NotReset) === 0) {
          this.board.resetProcessor();
        }
    }
  }

  /** A byte that no command waits for would go to the keyboard, and there is none to answer. */
  private data(value: number): void {
    if (this.awaiting === Command.WriteCommandByte) {
      this.commandByte = value;
    } else if (this.awaiting === Command.WriteOutputPort) {
      this.writeOutputPort(value);
    }
    this.awaiting = undefined;
  }

  private writeOutputPort(value: number): void {
    this.outputPort = value;
    this.board.setA20((value & OutputPort.A20) !== 0);
    if ((value & OutputPort.NotReset) === 0) {
      this.board.resetProcessor();
    }
  }
}
