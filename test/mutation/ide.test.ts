import { IDE_MUTANTS } from './mutants/ide';
import { declareMutants } from './score';

declareMutants('ide', IDE_MUTANTS);
