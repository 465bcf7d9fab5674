import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { EMPTY_TRAY, type IdeMachine, SPARSE, STANDARD } from '../../conformance/ide/machines';
import { ReferenceIde } from '../../conformance/ide/reference-ide';
import { firmwareModule } from '../../helpers/firmware-device';
import { FirmwareIde } from '../../helpers/firmware-ide';
import { Comparison } from './comparison';
import { interleavedPrograms } from './programs';
import { runParameters } from './replay';

const RUNS: readonly (readonly [IdeMachine, number])[] = [
  [STANDARD, 1200],
  [SPARSE, 400],
  [EMPTY_TRAY, 400],
];
const MAXIMUM_LENGTH = 7;

describe('IDE: firmware and reference run the same programs alike', () => {
  let module: WebAssembly.Module;

  beforeAll(async () => {
    module = await firmwareModule();
  });

  it.each(RUNS.map(([machine, count]) => [machine.name, machine, count] as const))('%s', async (_, machine, count) => {
    const sides = { machine, left: new FirmwareIde(module, machine), right: new ReferenceIde(machine) };
    const comparison = new Comparison(sides);
    let accesses = 0;
    await fc.assert(
      fc.asyncProperty(interleavedPrograms(machine, MAXIMUM_LENGTH), async (program) => {
        accesses += (await comparison.run(program)).accesses;
      }),
      runParameters(count),
    );
    expect(accesses).toBeGreaterThan(count);
  });
});
