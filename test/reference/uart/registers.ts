import { LineError } from './receiver';
import type { TransmitterTiming } from './transmitter';

/** Members of the family. The older two have no FIFO; the 8250 has no scratch register either. */
export const UartModel = { Ns8250: '8250', Ns16450: '16450', Ns16550A: '16550A' } as const;
export type UartModel = (typeof UartModel)[keyof typeof UartModel];

/** What happens to a character for which there is no room: it waits outside, or it is lost. */
export const BackPressure = { Blocking: 'blocking', Lossy: 'lossy' } as const;
export type BackPressure = (typeof BackPressure)[keyof typeof BackPressure];

/** A character from the outside: 0 .. 255, and what was wrong with it on the line. */
export interface IncomingCharacter {
  readonly value: number;
  readonly fault?: 'parity' | 'framing' | 'break';
}

export interface UartOptions {
  /** Port of register 0. */
  readonly base: number;
  readonly irq: number;
  readonly model: UartModel;
  readonly timing: TransmitterTiming;
  readonly backPressure: BackPressure;
}

export const FAULT_ERRORS = { parity: LineError.Parity, framing: LineError.Framing, break: LineError.Break } as const;

/** Interrupt enables, [16550D] 8.7, and the identifications in order of priority, table IV. */
export const Enable = { Received: 0x01, Empty: 0x02, LineStatus: 0x04, Modem: 0x08 } as const;
export const Identification = {
  Modem: 0x00,
  None: 0x01,
  Empty: 0x02,
  Received: 0x04,
  LineStatus: 0x06,
  TimeOut: 0x0c,
} as const;
export const FIFOS_ENABLED = 0xc0;

/** FIFO control, [16550D] 8.5. */
export const FifoControl = { Enable: 0x01, ClearReceiver: 0x02, ClearTransmitter: 0x04 } as const;
