import { Modem } from './modem';
import { Receiver } from './receiver';
import { InterruptEnable, InterruptId, LineStatus } from './registers';
import { Transmitter } from './transmitter';

/** The line status register ([16550D] 8.4). */
export function lineStatus(receiver: Receiver, transmitter: Transmitter): u32 {
  let status: u32 = receiver.count != 0 ? receiver.errors | LineStatus.DATA_READY : receiver.errors;
  if (receiver.holdsError) status |= LineStatus.FIFO_ERROR;
  if (!transmitter.empty) return status;
  status |= LineStatus.HOLDING_EMPTY;
  return transmitter.shifting ? status : status | LineStatus.TRANSMITTER_EMPTY;
}

/** The interrupt source with the highest priority among those enabled ([16550D] 8.6, table IV). */
export function interruptSource(enable: u32, receiver: Receiver, transmitter: Transmitter, modem: Modem): u32 {
  if ((enable & InterruptEnable.LINE_STATUS) != 0 && receiver.errors != 0) return InterruptId.LINE_STATUS;
  if ((enable & InterruptEnable.RECEIVED_DATA) != 0) {
    if (receiver.timedOut) return InterruptId.CHARACTER_TIMEOUT;
    if (receiver.count >= receiver.trigger) return InterruptId.RECEIVED_DATA;
  }
  if ((enable & InterruptEnable.TRANSMITTER_EMPTY) != 0 && transmitter.emptied) return InterruptId.TRANSMITTER_EMPTY;
  return (enable & InterruptEnable.MODEM_STATUS) != 0 && modem.changed ? InterruptId.MODEM_STATUS : InterruptId.NONE;
}
