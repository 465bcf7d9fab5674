import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HPET_DEVIATIONS } from '../../conformance/hpet/deviations';
import { hpetReference } from '../../helpers/device-program/benches';
import { DeviationComparison, expectDeviation } from '../../helpers/device-program/deviation';
import { QemuRunner } from '../../helpers/device-program/qemu-runner';
import { programParameters } from '../../helpers/device-program/replay';
import { DirectRunner } from '../../helpers/device-program/run';
import { describeWithQemu } from '../../helpers/qtest/find-qemu';
import { hpetPorts, qemuHpetPrograms } from './programs';
import { HPET } from './qemu-hpet';

describeWithQemu('HPET: reference against QEMU', (binary) => {
  let qemu: QemuRunner;

  beforeAll(async () => {
    qemu = await QemuRunner.start(binary, HPET);
  });
  afterAll(() => qemu.close());

  it('agree on programs within what QEMU models', async () => {
    const comparison = new DeviationComparison(
      new DirectRunner(hpetReference()),
      qemu,
      hpetReference,
      HPET_DEVIATIONS,
      hpetPorts,
    );
    await fc.assert(
      fc.asyncProperty(qemuHpetPrograms, (program) => comparison.compare(program)),
      programParameters(300),
    );
    expect(comparison.completed, 'explained differences end few programs').toBeGreaterThan(0.7 * comparison.programs);
  });

  it.each(HPET_DEVIATIONS)('deviation $device/$id is still there', async (row) => {
    const fresh = await QemuRunner.start(binary, HPET);
    await expectDeviation(row, new DirectRunner(hpetReference()), fresh).finally(() => fresh.close());
  });
});
