import { describe, it } from 'vitest';
import { PicSubject } from '../../helpers/firmware-subject';
import { PIC_CASES } from './cases';
import { PicDriver } from './pic-driver';

describe('8259A pair of the hypervisor: what the data sheet says', () => {
  for (const { name, run, withdraws } of PIC_CASES) {
    // Emulated devices pulse their lines in no time, so that the hypervisor keeps an edge that has gone, as QEMU does.
    const declare = withdraws ? it.fails : it;
    declare(name, () => run(new PicDriver(new PicSubject())));
  }
});
