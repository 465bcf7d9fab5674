import { Line, Machine } from '../../contract/handles';
import { Keyboard } from './keyboard';
import { Answer, Command, CommandByte, KeyboardAnswer, OutputPort, Status } from './registers';

const NO_COMMAND: u32 = 0;

/** The controller with its keyboard. It has no auxiliary (mouse) port; every question about one is answered at once, so nobody waits. */
@unmanaged
export class I8042 {
  // Handles
  line: Line;
  machine: Machine;
  keyboard: Keyboard;

  // Volatile state
  private status: u32;
  private commandByte: u32;
  private outputPort: u32;
  private outputBuffer: u32;
  /** Command whose parameter comes next at port 60h, or NO_COMMAND. */
  private expecting: u32;

  reset(): void {
    this.status = Status.COMMAND | Status.UNLOCKED;
    this.commandByte = CommandByte.INITIAL;
    this.outputPort = OutputPort.INITIAL;
    this.outputBuffer = 0;
    this.expecting = NO_COMMAND;
    this.keyboard.reset();
    this.sync();
  }

  readStatus(): u32 {
    return this.status;
  }

  /** Port 60h: take the output buffer; what waits in the keyboard follows. An empty buffer repeats its last byte. */
  readData(): u32 {
    const value = this.outputBuffer;
    this.status &= ~(Status.OUTPUT_FULL | Status.AUXILIARY | Status.TIMEOUT);
    this.sync();
    return value;
  }

  /** Port 60h: a parameter of the last command, or a byte for the keyboard. */
  writeData(value: u32): void {
    this.status &= ~Status.COMMAND;
    const command = this.expecting;
    this.expecting = NO_COMMAND;
    if (command == NO_COMMAND) this.sendToKeyboard(value);
    else this.takeParameter(command, value);
    this.sync();
  }

  /** Port 64h: a command. */
  writeCommand(value: u32): void {
    this.status |= Status.COMMAND;
    this.expecting = NO_COMMAND;
    if (value >= Command.PULSE) this.pulse(value);
    else if (!this.ask(value)) this.obey(value);
    this.sync();
  }

  /** Commands that have an answer; false for others. */
  private ask(command: u32): bool {
    switch (command) {
      case Command.READ_COMMAND_BYTE:
        return this.answer(this.commandByte, 0);
      case Command.TEST_AUXILIARY:
        return this.answer(Answer.CLOCK_LOW, 0);
      case Command.SELF_TEST:
        this.status |= Status.SYSTEM;
        this.commandByte |= CommandByte.SYSTEM;
        return this.answer(Answer.SELF_TEST_PASSED, 0);
      case Command.TEST_KEYBOARD:
        return this.answer(Answer.TEST_PASSED, 0);
      case Command.READ_INPUT_PORT:
        return this.answer(Answer.INPUT_PORT, 0);
      case Command.READ_OUTPUT_PORT:
        return this.answer(this.outputPort | ((this.status & Status.OUTPUT_FULL) != 0 ? OutputPort.OUTPUT_FULL : 0), 0);
      default:
        return false;
    }
  }

  /** Commands without an answer; those unknown are ignored. */
  private obey(command: u32): void {
    switch (command) {
      case Command.WRITE_COMMAND_BYTE:
      case Command.WRITE_OUTPUT_PORT:
      case Command.WRITE_OUTPUT_BUFFER:
      case Command.WRITE_AUXILIARY_BUFFER:
      case Command.WRITE_AUXILIARY:
        this.expecting = command;
        return;
      case Command.DISABLE_AUXILIARY:
        this.commandByte |= CommandByte.AUXILIARY_DISABLED;
        return;
      case Command.ENABLE_AUXILIARY:
        this.commandByte &= ~CommandByte.AUXILIARY_DISABLED;
        return;
      case Command.DISABLE_KEYBOARD:
        this.commandByte |= CommandByte.KEYBOARD_DISABLED;
        return;
      case Command.ENABLE_KEYBOARD:
        this.commandByte &= ~CommandByte.KEYBOARD_DISABLED;
        return;
      case Command.CLOSE_ADDRESS_LINE:
        this.setOutputPort(this.outputPort & ~OutputPort.ADDRESS_LINE_20);
        break;
      case Command.OPEN_ADDRESS_LINE:
        this.setOutputPort(this.outputPort | OutputPort.ADDRESS_LINE_20);
        break;
    }
  }

  private takeParameter(command: u32, value: u32): void {
    switch (command) {
      case Command.WRITE_COMMAND_BYTE:
        this.commandByte = value;
        this.status = (this.status & ~Status.SYSTEM) | (value & CommandByte.SYSTEM);
        return;
      case Command.WRITE_OUTPUT_PORT:
        this.setOutputPort(value);
        break;
      case Command.WRITE_AUXILIARY:
        this.answer(KeyboardAnswer.RESEND, Status.AUXILIARY | Status.TIMEOUT);
        return;
      default:
        this.answer(value, 0);
    }
  }

  /** Writing to the keyboard enables it ([AT-KBC] Sending Data to the Keyboard). */
  private sendToKeyboard(value: u32): void {
    this.commandByte &= ~CommandByte.KEYBOARD_DISABLED;
    this.keyboard.receive(value);
  }

  private answer(value: u32, flags: u32): bool {
    this.outputBuffer = value;
    this.status = (this.status & ~(Status.AUXILIARY | Status.TIMEOUT)) | Status.OUTPUT_FULL | flags;
    return true;
  }

  private setOutputPort(value: u32): void {
    this.outputPort = value;
    this.machine.openAddressLine20((value & OutputPort.ADDRESS_LINE_20) != 0);
    if ((value & OutputPort.RUN) == 0) this.machine.reset();
  }

  private pulse(command: u32): void {
    if ((command & OutputPort.RUN) == 0) this.machine.reset();
  }

  /** Fill the output buffer from the keyboard if both are ready, and derive the interrupt level. */
  private sync(): void {
    const disabled = (this.commandByte & CommandByte.KEYBOARD_DISABLED) != 0;
    const full = (this.status & Status.OUTPUT_FULL) != 0;
    if (!full) this.line.set(false);
    if (!full && !disabled && this.keyboard.count != 0) this.answer(this.keyboard.send(), 0);
    // Answers of the controller interrupt too, and do not need the keyboard for it ([AT-KBC] command 60h, bit 0).
    const ready = (this.status & (Status.OUTPUT_FULL | Status.AUXILIARY)) == Status.OUTPUT_FULL;
    this.line.set(ready && (this.commandByte & CommandByte.KEYBOARD_INTERRUPT) != 0);
  }
}
