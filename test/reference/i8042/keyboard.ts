/** Bytes that the host can send, IBM PC/AT keyboard: "Commands from the System". */
const FIRST_COMMAND = 0xed;
const Command = {
  SetLamps: 0xed,
  Echo: 0xee,
  ScanCodes: 0xf0,
  Identify: 0xf2,
  SetRepeat: 0xf3,
  Enable: 0xf4,
  Disable: 0xf5,
  SetDefault: 0xf6,
  Resend: 0xfe,
  Reset: 0xff,
} as const;

const ACKNOWLEDGE = 0xfa;
const PASSED = 0xaa;
const RESEND = 0xfe;
/** A keyboard with 101 keys. */
const IDENTITY = [0xab, 0x83] as const;
const USUAL_SCAN_CODES = 2;
const BUFFER_BYTES = 16;

/** A keyboard that nobody touches. */
export class Keyboard {
  /** What it is about to send. */
  private buffer: number[] = [];
  private scanCodes = USUAL_SCAN_CODES;
  /** What the next byte completes, if it is no command of its own. */
  private option: ((value: number) => readonly number[]) | undefined;
  /** What RESEND asks for: never a RESEND itself. */
  private last = 0;

  /** The next byte on the wire, or undefined. */
  shift(): number | undefined {
    const byte = this.buffer.shift();
    if (byte !== undefined && byte !== RESEND) this.last = byte;
    return byte;
  }

  /** Power-on, but for what it has sent before. */
  reset(): void {
    this.buffer = [];
    this.scanCodes = USUAL_SCAN_CODES;
    this.option = undefined;
  }

  /** A byte from the host. */
  receive(value: number): void {
    const { option } = this;
    this.option = undefined;
    this.say(option !== undefined && value < FIRST_COMMAND ? option(value) : this.obey(value));
  }

  private say(answer: readonly number[]): void {
    this.buffer = [...this.buffer, ...answer].slice(0, BUFFER_BYTES);
  }

  /** Carries out a command; what it answers. */
  private obey(command: number): readonly number[] {
    switch (command) {
      case Command.SetLamps:
      case Command.SetRepeat:
        this.option = () => [ACKNOWLEDGE];
        return [ACKNOWLEDGE];
      case Command.ScanCodes:
        this.buffer = [];
        this.option = (value) => this.selectScanCodes(value);
        return [ACKNOWLEDGE];
      case Command.Echo:
        return [Command.Echo];
      case Command.Identify:
        return [ACKNOWLEDGE, ...IDENTITY];
      case Command.Enable:
        this.buffer = [];
        return [ACKNOWLEDGE];
      case Command.Disable:
      case Command.SetDefault:
        this.reset();
        return [ACKNOWLEDGE];
      case Command.Resend:
        return [this.last];
      case Command.Reset:
        this.reset();
        return [ACKNOWLEDGE, PASSED];
      default:
        return [RESEND];
    }
  }

  /** Zero asks which set is in use. */
  private selectScanCodes(value: number): readonly number[] {
    if (value > 3) return [RESEND];
    if (value === 0) return [ACKNOWLEDGE, this.scanCodes];
    this.scanCodes = value;
    return [ACKNOWLEDGE];
  }
}
