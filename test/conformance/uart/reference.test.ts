import { describe, it } from 'vitest';
import { uartReference } from '../../helpers/device-program/benches';
import { runUartCase, UART_CASES } from './cases';

describe('reference UART: what the data sheet says', () => {
  it.each(UART_CASES)('$name', (uartCase) => {
    runUartCase(uartReference(uartCase.setUp), uartCase);
  });
});
