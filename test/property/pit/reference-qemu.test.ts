import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PIT_DEVIATIONS } from '../../conformance/pit/deviations';
import { pitReference } from '../../helpers/device-program/benches';
import { DeviationComparison, expectDeviation } from '../../helpers/device-program/deviation';
import { QemuRunner } from '../../helpers/device-program/qemu-runner';
import { programParameters } from '../../helpers/device-program/replay';
import { DirectRunner } from '../../helpers/device-program/run';
import { describeWithQemu } from '../../helpers/qtest/find-qemu';
import { pitPorts, qemuPitPrograms } from './programs';
import { QemuPitBench, RAW_QEMU_PIT } from './qemu-pit';

describeWithQemu('8254: reference against QEMU', (binary) => {
  let qemu: QemuRunner;

  beforeAll(async () => {
    qemu = await QemuRunner.start(binary, new QemuPitBench());
  });
  afterAll(() => qemu.close());

  it('agree on programs within what QEMU models', async () => {
    const comparison = new DeviationComparison(
      new DirectRunner(pitReference()),
      qemu,
      pitReference,
      PIT_DEVIATIONS,
      pitPorts,
    );
    await fc.assert(
      fc.asyncProperty(qemuPitPrograms, (program) => comparison.compare(program)),
      programParameters(500),
    );
    expect(comparison.completed, 'explained differences end few programs').toBeGreaterThan(0.7 * comparison.programs);
  });

  it.each(PIT_DEVIATIONS)('deviation $device/$id is still there', async (row) => {
    const fresh = await QemuRunner.start(binary, RAW_QEMU_PIT);
    await expectDeviation(row, new DirectRunner(pitReference()), fresh).finally(() => fresh.close());
  });
});
