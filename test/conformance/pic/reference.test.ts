import { describe, it } from 'vitest';
import { picReference } from '../../helpers/device-program/benches';
import { PIC_CASES } from './cases';
import { PicDriver } from './pic-driver';

describe('reference 8259A pair: what the data sheet says', () => {
  it.each(PIC_CASES)('$name', ({ run }) => {
    run(new PicDriver(picReference()));
  });
});
