import { PCI_MUTANTS } from './mutants/pci';
import { declareMutants, inFirmware } from './score';

// Configuration space is what a disk driver sets up: the drives' suites are its suites too.
declareMutants('pci', PCI_MUTANTS, inFirmware('ide'));
