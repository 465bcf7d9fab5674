import type { Mutant } from '../compile';
import { FW_CFG_MUTANTS } from './fw-cfg';
import { HPET_MUTANTS } from './hpet';
import { I8042_MUTANTS } from './i8042';
import { IDE_MUTANTS } from './ide';
import { PCI_MUTANTS } from './pci';
import { PIC_MUTANTS } from './pic';
import { PIT_MUTANTS } from './pit';
import { PM_MUTANTS } from './pm';
import { ROM_CARD_MUTANTS } from './rom-card';
import { RTC_MUTANTS } from './rtc';
import { UART_MUTANTS } from './uart';

/** Every fault that is planted, by device. */
export const MUTANTS: Readonly<Record<string, readonly Mutant[]>> = {
  uart: UART_MUTANTS,
  pit: PIT_MUTANTS,
  rtc: RTC_MUTANTS,
  hpet: HPET_MUTANTS,
  pm: PM_MUTANTS,
  i8042: I8042_MUTANTS,
  'fw-cfg': FW_CFG_MUTANTS,
  ide: IDE_MUTANTS,
  pci: PCI_MUTANTS,
  'rom-card': ROM_CARD_MUTANTS,
  pic: PIC_MUTANTS,
};
