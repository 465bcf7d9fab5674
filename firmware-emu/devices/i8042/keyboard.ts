import { KeyboardAnswer, KeyboardCommand } from './registers';

/** Bytes that wait to be sent ([AT-KBD] Keyboard Buffer). */
const BUFFER_SIZE: u32 = 16;
const NO_COMMAND: u32 = 0;
const DEFAULT_SCAN_CODE_SET: u32 = 2;
const LAST_SCAN_CODE_SET: u32 = 3;

/** A keyboard on which nobody types: it answers commands, because BIOS and operating systems look for it. */
@unmanaged
export class Keyboard {
  /** Bytes waiting to be sent. */
  count: u32;
  private head: u32;
  /** Command whose parameter comes next, or NO_COMMAND. */
  private expecting: u32;
  private scanCodeSet: u32;
  /** What a RESEND asks for: never a RESEND itself ([AT-KBD] Resend). */
  private lastSent: u32;

  reset(): void {
    this.count = 0;
    this.head = 0;
    this.expecting = NO_COMMAND;
    this.scanCodeSet = DEFAULT_SCAN_CODE_SET;
  }

  /** A byte from the controller: a command or its parameter. */
  receive(value: u32): void {
    const command = this.expecting;
    this.expecting = NO_COMMAND;
    if (command != NO_COMMAND && value < KeyboardCommand.SET_LEDS) this.takeParameter(command, value);
    else this.obey(value);
  }

  /** The next byte for the controller; only while `count` is not zero. */
  send(): u32 {
    const value: u32 = load<u8>(this.slot(0));
    this.head++;
    this.count--;
    if (value != KeyboardAnswer.RESEND) this.lastSent = value;
    return value;
  }

  private obey(command: u32): void {
    switch (command) {
      case KeyboardCommand.SCAN_CODE_SET:
        this.count = 0; // "clears both the output buffer and the typematic key"
        this.expect(command);
        break;
      case KeyboardCommand.SET_LEDS:
      case KeyboardCommand.SET_RATE:
        this.expect(command);
        break;
      case KeyboardCommand.ECHO:
        this.queue(KeyboardCommand.ECHO);
        break;
      case KeyboardCommand.IDENTIFY:
        this.identify();
        break;
      case KeyboardCommand.RESEND:
        this.queue(this.lastSent);
        break;
      case KeyboardCommand.RESET:
        this.selfTest();
        break;
      case KeyboardCommand.DISABLE:
      case KeyboardCommand.SET_DEFAULTS:
        this.reset();
        this.queue(KeyboardAnswer.ACKNOWLEDGE);
        break;
      case KeyboardCommand.ENABLE:
        this.count = 0; // "clears its output buffer, and starts scanning"
        this.queue(KeyboardAnswer.ACKNOWLEDGE);
        break;
      default:
        this.queue(KeyboardAnswer.RESEND);
        break;
    }
  }

  private expect(command: u32): void {
    this.expecting = command;
    this.queue(KeyboardAnswer.ACKNOWLEDGE);
  }

  /** Lamps and repeat rate go nowhere. */
  private takeParameter(command: u32, value: u32): void {
    if (command == KeyboardCommand.SCAN_CODE_SET) this.selectScanCodeSet(value);
    else this.queue(KeyboardAnswer.ACKNOWLEDGE);
  }

  /** Set 0 asks which set is in use; those that do not exist are invalid input, which is to be sent again. */
  private selectScanCodeSet(value: u32): void {
    this.queue(value <= LAST_SCAN_CODE_SET ? KeyboardAnswer.ACKNOWLEDGE : KeyboardAnswer.RESEND);
    if (value == 0) this.queue(this.scanCodeSet);
    else if (value <= LAST_SCAN_CODE_SET) this.scanCodeSet = value;
  }

  private identify(): void {
    this.queue(KeyboardAnswer.ACKNOWLEDGE);
    this.queue(KeyboardAnswer.IDENTITY_LOW);
    this.queue(KeyboardAnswer.IDENTITY_HIGH);
  }

  private selfTest(): void {
    this.reset();
    this.queue(KeyboardAnswer.ACKNOWLEDGE);
    this.queue(KeyboardAnswer.SELF_TEST_PASSED);
  }

  private queue(value: u32): void {
    if (this.count == BUFFER_SIZE) return;
    store<u8>(this.slot(this.count), <u8>value);
    this.count++;
  }

  /** The buffer lies behind the fields. */
  private slot(index: u32): usize {
    return changetype<usize>(this) + offsetof<Keyboard>() + ((this.head + index) & (BUFFER_SIZE - 1));
  }
}
