import { UART_MUTANTS } from './mutants/uart';
import { declareMutants } from './score';

declareMutants('uart', UART_MUTANTS);
