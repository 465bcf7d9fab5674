import fc from 'fast-check';
import { type IdeMachine, MEMORY_BASE } from '../../conformance/ide/machines';
import { regionTable, store } from '../../conformance/ide/verbs';
import { Operation } from './operation';
import { type OperationOptions, operations } from './operations';

const ENTRIES_PER_PAGE = 512;
const REGION_BYTES = 0x1_0000;
const REGIONS = 4;

/**
 * What every program starts with: PRD tables whose every entry lies in the test window, so that an engine which is
 * started on a stale pointer stays where both sides can be compared.
 */
const prepareTables = new Operation(
  'prepare PRD tables',
  [0, 1, 2, 3].map((page) => {
    const regions = Array.from({ length: ENTRIES_PER_PAGE }, (_, index) => ({
      address: MEMORY_BASE + REGION_BYTES * (1 + ((index + page) % REGIONS)),
      bytes: 0,
    }));
    return store(MEMORY_BASE + page * 0x1000, regionTable(regions));
  }),
);

export interface ProgramOptions extends OperationOptions {
  readonly maximumLength: number;
}

/** Programs of operations on one machine. */
export function programs(machine: IdeMachine, options: ProgramOptions): fc.Arbitrary<Operation[]> {
  return fc
    .array(operations(machine, options), { minLength: 1, maxLength: options.maximumLength })
    .map((program) => [prepareTables, ...program]);
}
