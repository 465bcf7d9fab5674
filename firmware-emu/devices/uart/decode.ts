import { UartRegister } from './registers';

/** Offset 0-7 to register for a read, `divisor` being the divisor latch access bit ([16550D] table II). */
export function decodeRead(offset: u32, divisor: bool): u32 {
  switch (offset) {
    case 0:
      return divisor ? UartRegister.DIVISOR_LOW : UartRegister.RECEIVER_BUFFER;
    case 1:
      return divisor ? UartRegister.DIVISOR_HIGH : UartRegister.INTERRUPT_ENABLE;
    case 2:
      return UartRegister.INTERRUPT_IDENTIFICATION;
    case 3:
      return UartRegister.LINE_CONTROL;
    case 4:
      return UartRegister.MODEM_CONTROL;
    case 5:
      return UartRegister.LINE_STATUS;
    case 6:
      return UartRegister.MODEM_STATUS;
    default:
      return UartRegister.SCRATCH;
  }
}

/** Offset 0-7 to register for a write. The status registers are read-only: writing them is for factory testing only. */
export function decodeWrite(offset: u32, divisor: bool): u32 {
  switch (offset) {
    case 0:
      return divisor ? UartRegister.DIVISOR_LOW : UartRegister.TRANSMITTER_HOLDING;
    case 1:
      return divisor ? UartRegister.DIVISOR_HIGH : UartRegister.INTERRUPT_ENABLE;
    case 2:
      return UartRegister.FIFO_CONTROL;
    case 3:
      return UartRegister.LINE_CONTROL;
    case 4:
      return UartRegister.MODEM_CONTROL;
    case 7:
      return UartRegister.SCRATCH;
    default:
      return UartRegister.NONE;
  }
}
