import { FW_CFG_MUTANTS } from './mutants/fw-cfg';
import { I8042_MUTANTS } from './mutants/i8042';
import { PM_MUTANTS } from './mutants/pm';
import { declareMutants } from './score';

declareMutants('pm', PM_MUTANTS);
declareMutants('i8042', I8042_MUTANTS);
declareMutants('fw-cfg', FW_CFG_MUTANTS);
