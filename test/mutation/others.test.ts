import { FW_CFG_MUTANTS } from './mutants/fw-cfg';
import { I8042_MUTANTS } from './mutants/i8042';
import { PM_MUTANTS } from './mutants/pm';
import { ROM_CARD_MUTANTS } from './mutants/rom-card';
import { declareMutants, inFirmware } from './score';

declareMutants('pm', PM_MUTANTS, inFirmware('pm'));
declareMutants('i8042', I8042_MUTANTS, inFirmware('i8042'));
declareMutants('rom-card', ROM_CARD_MUTANTS, inFirmware('rom-card'));
declareMutants('fw-cfg', FW_CFG_MUTANTS, inFirmware('fw-cfg'));
