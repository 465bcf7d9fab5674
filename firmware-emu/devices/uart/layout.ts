import { FIFO_BYTES } from './fifo';
import { Modem } from './modem';
import { Receiver } from './receiver';
import { Transmitter } from './transmitter';

/** Where a UART's parts lie behind its own fields, and the bytes that it takes with them in the state page. */
export const MODEM: usize = 0x30;
export const RECEIVER: usize = 0x40;
export const TRANSMITTER: usize = 0xb0;
export const UART_BYTES: usize = 0x180;

if (
  MODEM + offsetof<Modem>() > RECEIVER ||
  RECEIVER + offsetof<Receiver>() + FIFO_BYTES > TRANSMITTER ||
  TRANSMITTER + offsetof<Transmitter>() + FIFO_BYTES > UART_BYTES
) {
  ERROR('the parts of a UART overlap');
}
