/** LCR bits 1..0: word length 5..8; bit 2: stop bits; bit 3: parity enable; bit 6: break control; bit 7: DLAB. */
const STOP_BITS = 0x04;
const PARITY_ENABLE = 0x08;
const BREAK_CONTROL = 0x40;
const DIVISOR_LATCH = 0x80;

/** Baud rate times sixteen is the 1.8432 MHz crystal over the divisor: a divisor of 1 is this many bits a second. */
const MAXIMUM_BAUD = 115_200;
/** Rate for a divisor of 0, which [16550D] 8.3 does not recommend. */
const BAUD_OF_DIVISOR_0 = 3_500;
const NS_PER_SECOND = 1e9;
const POWER_ON_DIVISOR = 12;

/** Line control register and divisor latch: what they say about one character on the line, [16550D] 8.1 and 8.3. */
export class LineFormat {
  /** LCR. */
  control = 0;
  /** 0 .. 65535. */
  divisor = POWER_ON_DIVISOR;

  /** A reset does not affect the divisor latch; here it gets its usual value. */
  reset(): void {
    this.control = 0;
    this.divisor = POWER_ON_DIVISOR;
  }

  /** The divisor latch is in front of registers 0 and 1. */
  get latchAccess(): boolean {
    return (this.control & DIVISOR_LATCH) !== 0;
  }

  /** SOUT is held low. */
  get breaking(): boolean {
    return (this.control & BREAK_CONTROL) !== 0;
  }

  /** Data bits of a character, 5 .. 8. */
  private get wordLength(): number {
    return 5 + (this.control & 3);
  }

  /** The bits of a byte that are part of a word. */
  get wordMask(): number {
    return 0xff >> (8 - this.wordLength);
  }

  /** 1, 2, or 1.5 for words of five bits. */
  private get stopBits(): number {
    if ((this.control & STOP_BITS) === 0) {
      return 1;
    }
    return this.wordLength === 5 ? 1.5 : 2;
  }

  /** ns, not rounded. */
  private get bitTime(): number {
    return NS_PER_SECOND / (this.divisor === 0 ? BAUD_OF_DIVISOR_0 : MAXIMUM_BAUD / this.divisor);
  }

  /** Length of a character's stop bits in ns, not rounded. */
  get stopTime(): number {
    return this.stopBits * this.bitTime;
  }

  /** Length of a whole character in ns, not rounded: start bit, data, parity, stop bits. */
  get characterTime(): number {
    const parity = this.control & PARITY_ENABLE ? 1 : 0;
    return (1 + this.wordLength + parity + this.stopBits) * this.bitTime;
  }
}
