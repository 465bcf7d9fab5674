import { describe, it } from 'vitest';
import { hpetReference } from '../../helpers/device-program/benches';
import { HPET_CASES } from './cases';
import { HpetDriver } from './hpet-driver';

describe('reference HPET: what the specification says', () => {
  it.each(HPET_CASES)('$name', ({ run }) => {
    run(new HpetDriver(hpetReference()));
  });
});
