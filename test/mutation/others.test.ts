import { FW_CFG_MUTANTS } from './mutants/fw-cfg';
import { I8042_MUTANTS } from './mutants/i8042';
import { PM_MUTANTS } from './mutants/pm';
import { declareMutants, inFirmware } from './score';

declareMutants('pm', PM_MUTANTS, inFirmware('pm'));
declareMutants('i8042', I8042_MUTANTS, inFirmware('i8042'));
declareMutants('fw-cfg', FW_CFG_MUTANTS, inFirmware('fw-cfg'));
