import { beforeAll, describe, it } from 'vitest';
import { uartFirmware } from '../../helpers/device-program/firmware-benches';
import { firmwareModule } from '../../helpers/firmware-device';
import { runUartCase, UART_CASES } from './cases';

describe('firmware UART: what the data sheet says', () => {
  let module: WebAssembly.Module;

  beforeAll(async () => {
    module = await firmwareModule();
  });

  it.each(UART_CASES)('$name', (uartCase) => {
    runUartCase(uartFirmware(module, uartCase.setUp), uartCase);
  });
});
