import { describe } from 'vitest';
import { ReferenceIde } from '../../helpers/reference-ide';
import { declareIdeConformance } from './suite';

describe('IDE conformance of the reference', () => {
  declareIdeConformance((machine) => new ReferenceIde(machine));
});
