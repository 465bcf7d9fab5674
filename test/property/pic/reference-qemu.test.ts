import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PIC_DEVIATIONS } from '../../conformance/pic/deviations';
import { picReference } from '../../helpers/device-program/benches';
import { DeviationComparison, expectDeviation } from '../../helpers/device-program/deviation';
import { QemuRunner } from '../../helpers/device-program/qemu-runner';
import { programParameters } from '../../helpers/device-program/replay';
import { DirectRunner } from '../../helpers/device-program/run';
import { describeWithQemu } from '../../helpers/qtest/find-qemu';
import { picPorts, qemuPicPrograms } from './programs';
import { QemuPicBench } from './qemu-pic';

describeWithQemu('8259A pair: reference against QEMU', (binary) => {
  let qemu: QemuRunner;

  beforeAll(async () => {
    qemu = await QemuRunner.start(binary, new QemuPicBench());
  });
  afterAll(() => qemu.close());

  it('agree on programs that qtest can play', async () => {
    const comparison = new DeviationComparison(
      new DirectRunner(picReference()),
      qemu,
      picReference,
      PIC_DEVIATIONS,
      picPorts,
    );
    await fc.assert(
      fc.asyncProperty(qemuPicPrograms, (program) => comparison.compare(program)),
      programParameters(400),
    );
    expect(comparison.completed, 'explained differences end few programs').toBeGreaterThan(0.7 * comparison.programs);
  });

  it.each(PIC_DEVIATIONS)('deviation $device/$id is still there', async (row) => {
    const fresh = await QemuRunner.start(binary, new QemuPicBench());
    await expectDeviation(row, new DirectRunner(picReference()), fresh).finally(() => fresh.close());
  });
});
