import { Receiver } from './receiver';
import { LineControl, UNITS_PER_HALF_BIT, UNITS_PER_NANOSECOND } from './registers';
import { Transmitter } from './transmitter';

/** 3,500 baud, as in QEMU: [16550D] 8.3 only says that a divisor of 0 is not recommended. In units of the line's time. */
const HALF_BIT_OF_DIVISOR_0: u64 = (UNITS_PER_NANOSECOND * 1_000_000_000) / (2 * 3500);

/** Give both halves the character that line control and divisor describe. */
export function formatCharacters(lineControl: u32, divisor: u32, receiver: Receiver, transmitter: Transmitter): void {
  const halfBit = divisor != 0 ? divisor * UNITS_PER_HALF_BIT : HALF_BIT_OF_DIVISOR_0;
  const time = halfBits(lineControl) * halfBit;
  const mask: u32 = 0xff >> (3 - (lineControl & LineControl.WORD_LENGTH));
  receiver.characterTime = time;
  receiver.characterMask = mask;
  transmitter.characterTime = time;
  transmitter.characterMask = mask;
  transmitter.bitTime = 2 * halfBit;
}

/** Length of a character: start bit, five to eight data bits, parity bit, stop bits ([16550D] 8.1). */
function halfBits(lineControl: u32): u64 {
  const word = lineControl & LineControl.WORD_LENGTH;
  const bits: u32 = 6 + word + ((lineControl & LineControl.PARITY_ENABLE) != 0 ? 1 : 0);
  const longStop: u32 = word == 0 ? 3 : 4;
  return 2 * bits + ((lineControl & LineControl.STOP_BITS) != 0 ? longStop : 2);
}
