import { HPET_MUTANTS } from './mutants/hpet';
import { PIT_MUTANTS } from './mutants/pit';
import { RTC_MUTANTS } from './mutants/rtc';
import { declareMutants, inFirmware } from './score';

declareMutants('pit', PIT_MUTANTS, inFirmware('pit'));
declareMutants('rtc', RTC_MUTANTS, inFirmware('rtc'));
declareMutants('hpet', HPET_MUTANTS, inFirmware('hpet'));
