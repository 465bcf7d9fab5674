import { Pit8254 } from '../../reference/pit/pit';
import { ReferenceSubject } from './reference-subject';

/** A reference 8254 alone on a bench, with IRQ 0 as its interrupt. */
export const pitReference = (): ReferenceSubject<Pit8254> =>
  new ReferenceSubject({ name: 'reference', create: (environment) => new Pit8254(environment, 0) });
