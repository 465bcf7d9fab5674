import fc from 'fast-check';
import { describe, it } from 'vitest';
import { SPARSE, STANDARD } from '../../conformance/ide/machines';
import { firmwareModule } from '../../helpers/firmware-device';
import { FirmwareIde } from '../../helpers/firmware-ide';
import { ReferenceIde } from '../../helpers/reference-ide';
import { programParameters } from '../../helpers/replay';
import { Comparison } from './comparison';
import { edgePrograms } from './programs';

describe('IDE: firmware and reference at the edges of disks and regions', () => {
  it.each([STANDARD, SPARSE])('$name', async (machine) => {
    const left = new FirmwareIde(await firmwareModule(), machine);
    const comparison = new Comparison({ machine, left, right: new ReferenceIde(machine) });
    await fc.assert(
      fc.asyncProperty(edgePrograms(machine), async (program) => void (await comparison.run(program))),
      programParameters(300),
    );
  });
});
