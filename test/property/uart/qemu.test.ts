import { UART_DEVIATIONS } from '../../conformance/uart/deviations';
import { uartReference } from '../../helpers/device-program/benches';
import { uartFirmware } from '../../helpers/device-program/firmware-benches';
import { declareAgainstQemu } from '../device-program/declare-against-qemu';
import { qemuUartPrograms, uartPorts } from './programs';
import { COM1, COM1_AS_RESET_BY_DATA_SHEET } from './qemu-uart';

declareAgainstQemu('16550A', {
  createBench: () => COM1_AS_RESET_BY_DATA_SHEET,
  untouched: COM1,
  programs: qemuUartPrograms,
  count: 500,
  deviations: UART_DEVIATIONS,
  ports: uartPorts,
  sides: [
    { name: 'reference', open: () => uartReference(), reference: uartReference },
    { name: 'firmware', open: uartFirmware, reference: uartReference },
  ],
});
