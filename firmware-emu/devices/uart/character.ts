import { Receiver } from './receiver';
import { LineControl, UNITS_PER_HALF_BIT } from './registers';
import { Transmitter } from './transmitter';

/** Give both halves the character that line control and divisor describe. */
export function formatCharacters(lineControl: u32, divisor: u32, receiver: Receiver, transmitter: Transmitter): void {
  const clocks: u64 = divisor != 0 ? divisor : 0x10000;
  const time = halfBits(lineControl) * clocks * UNITS_PER_HALF_BIT;
  const mask: u32 = 0xff >> (3 - (lineControl & LineControl.WORD_LENGTH));
  receiver.characterTime = time;
  receiver.characterMask = mask;
  transmitter.characterTime = time;
  transmitter.characterMask = mask;
  transmitter.bitTime = 2 * clocks * UNITS_PER_HALF_BIT;
}

/**
 * Length of a character: start bit, five to eight data bits, parity bit, stop bits. A divisor of 0 counts as 65,536: the counter
 * goes through all of its values ([16550D] 8.1 and 8.3).
 */
function halfBits(lineControl: u32): u64 {
  const word = lineControl & LineControl.WORD_LENGTH;
  const bits: u32 = 6 + word + ((lineControl & LineControl.PARITY_ENABLE) != 0 ? 1 : 0);
  const longStop: u32 = word == 0 ? 3 : 4;
  return 2 * bits + ((lineControl & LineControl.STOP_BITS) != 0 ? longStop : 2);
}
