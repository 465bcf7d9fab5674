import type { SerialCharacter, UnderTest } from '../../helpers/device-program/steps';

/** Registers of COM1, re-declared from [16550D] table II. */
const BASE = 0x3f8;
const [DATA, IER, IIR, LCR, MCR, LSR, MSR, SCR] = [0, 1, 2, 3, 4, 5, 6, 7] as const;

/** What a driver does to a 16550A on a PC. */
export class UartDriver {
  private readonly sent: number[] = [];

  constructor(readonly subject: UnderTest) {
    subject.reset();
    subject.interrupt();
  }

  private in(register: number): number {
    return this.subject.read(BASE + register, 1);
  }

  private out(register: number, value: number): void {
    this.subject.write(BASE + register, 1, value);
  }

  /** Line format and rate; `format` is the LCR, 3 for eight bits, no parity, one stop bit. */
  setLine(divisor: number, format = 0x03): void {
    this.out(LCR, format | 0x80);
    this.out(DATA, divisor & 0xff);
    this.out(IER, divisor >> 8);
    this.out(LCR, format);
  }

  divisor(): number {
    const format = this.in(LCR);
    this.out(LCR, format | 0x80);
    const divisor = this.in(DATA) | (this.in(IER) << 8);
    this.out(LCR, format);
    return divisor;
  }

  enable(mask: number): void {
    this.out(IER, mask);
  }
  enabled(): number {
    return this.in(IER);
  }
  fifo(control: number): void {
    this.out(IIR, control);
  }
  lineControl(value: number): void {
    this.out(LCR, value);
  }
  readLineControl(): number {
    return this.in(LCR);
  }
  modemControl(value: number): void {
    this.out(MCR, value);
  }
  readModemControl(): number {
    return this.in(MCR);
  }
  scratch(value: number): void {
    this.out(SCR, value);
  }
  readScratch(): number {
    return this.in(SCR);
  }
  send(...bytes: number[]): void {
    for (const byte of bytes) this.out(DATA, byte);
  }
  receive(): number {
    return this.in(DATA);
  }
  receiveAll(): number[] {
    const bytes: number[] = [];
    while (this.lineStatus() & 1) bytes.push(this.receive());
    return bytes;
  }
  identification(): number {
    return this.in(IIR);
  }
  lineStatus(): number {
    return this.in(LSR);
  }
  modemStatus(): number {
    return this.in(MSR);
  }
  /** Level of the interrupt line. */
  interrupt(): boolean {
    return (this.subject.interrupt() & 1) !== 0;
  }

  arrive(...characters: (number | SerialCharacter)[]): void {
    for (const character of characters) {
      this.subject.stimulate({
        kind: 'character',
        character: typeof character === 'number' ? { value: character } : character,
      });
    }
  }
  modemInputs(inputs: number): void {
    this.subject.stimulate({ kind: 'modem', inputs });
  }
  farEnd(accepts: boolean): void {
    this.subject.stimulate({ kind: 'accepts', accepts });
  }
  /** Lets this many bit times pass at a divisor: bits * divisor / 115200 s, and a little more. */
  bits(count: number, divisor: number): void {
    this.subject.advance(Math.ceil((count * divisor * 1e9) / 115_200) + 100);
  }
  /** Everything that went out since the reset. */
  output(): number[] {
    this.subject.takeOutput(this.sent);
    return this.sent;
  }
}
