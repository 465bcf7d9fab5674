import { describe, it } from 'vitest';
import { PicSubject } from '../../helpers/firmware-subject';
import { PIC_CASES } from './cases';
import { PicDriver } from './pic-driver';

describe('8259A pair of the hypervisor: what the data sheet says', () => {
  it.each(PIC_CASES)('$name', ({ run }) => {
    run(new PicDriver(new PicSubject()));
  });
});
