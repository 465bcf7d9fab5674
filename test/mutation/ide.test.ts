import { IDE_MUTANTS } from './mutants/ide';
import { declareMutants, inFirmware } from './score';

declareMutants('ide', IDE_MUTANTS, inFirmware('ide'));
