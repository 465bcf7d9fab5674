import { HPET_MUTANTS } from './mutants/hpet';
import { PIT_MUTANTS } from './mutants/pit';
import { RTC_MUTANTS } from './mutants/rtc';
import { declareMutants } from './score';

declareMutants('pit', PIT_MUTANTS);
declareMutants('rtc', RTC_MUTANTS);
declareMutants('hpet', HPET_MUTANTS);
