import { UART_MUTANTS } from './mutants/uart';
import { declareMutants, inFirmware } from './score';

declareMutants('uart', UART_MUTANTS, inFirmware('uart'));
