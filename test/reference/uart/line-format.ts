/**
 * What LCR and divisor latch say about one character on the line, [16550D] 8.1 and 8.3.
 */

/** LCR bits 1..0: word length 5..8; bit 2: stop bits; bit 3: parity enable; bit 6: break control. */
const STOP_BITS = 0x04;
const PARITY_ENABLE = 0x08;

/** Baud rate times sixteen is the 1.8432 MHz crystal over the divisor: a divisor of 1 is this many bits a second. */
const MAXIMUM_BAUD = 115_200;
/** Rate for a divisor of 0, which [16550D] 8.3 leaves out of its range. */
const BAUD_OF_DIVISOR_0 = 3_500;
const NS_PER_SECOND = 1e9;

/** Data bits of a character, 5 .. 8. */
export const wordLength = (lcr: number): number => 5 + (lcr & 3);

/** Stop bits: 1, 2, or 1.5 for words of five bits. */
export function stopBits(lcr: number): number {
  if ((lcr & STOP_BITS) === 0) {
    return 1;
  }
  return wordLength(lcr) === 5 ? 1.5 : 2;
}

/** Length of one bit in ns, not rounded. `divisor` is 0 .. 65535. */
export const bitTime = (divisor: number): number =>
  NS_PER_SECOND / (divisor === 0 ? BAUD_OF_DIVISOR_0 : MAXIMUM_BAUD / divisor);

/** Bits on the line for one character: start bit, data, parity, stop bits. */
export const characterBits = (lcr: number): number =>
  1 + wordLength(lcr) + (lcr & PARITY_ENABLE ? 1 : 0) + stopBits(lcr);
