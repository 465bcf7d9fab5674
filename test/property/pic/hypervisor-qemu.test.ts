import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PIC_DEVIATIONS } from '../../conformance/pic/deviations';
import { picReference } from '../../helpers/device-program/benches';
import { DeviationComparison } from '../../helpers/device-program/deviation';
import { QemuRunner } from '../../helpers/device-program/qemu-runner';
import { programParameters } from '../../helpers/device-program/replay';
import { DirectRunner } from '../../helpers/device-program/run';
import { Simplified } from '../../helpers/device-program/simplified';
import { PicSubject } from '../../helpers/firmware-subject';
import { describeWithQemu } from '../../helpers/qtest/find-qemu';
import { levelsOnly, picPorts, qemuPicPrograms } from './programs';
import { QemuPicBench } from './qemu-pic';

describeWithQemu('8259A pair: hypervisor against QEMU', (binary) => {
  let qemu: QemuRunner;

  beforeAll(async () => {
    qemu = await QemuRunner.start(binary, new QemuPicBench());
  });
  afterAll(() => qemu.close());

  it('agree on programs that qtest can play, but for the deviations', async () => {
    const hypervisor = new Simplified(new DirectRunner(new PicSubject()), levelsOnly);
    const oracle = new Simplified(qemu, levelsOnly);
    const comparison = new DeviationComparison(hypervisor, oracle, picReference, PIC_DEVIATIONS, picPorts);
    await fc.assert(
      fc.asyncProperty(qemuPicPrograms, (program) => comparison.compare(program)),
      programParameters(400),
    );
    expect(comparison.completed, 'explained differences end few programs').toBeGreaterThan(0.7 * comparison.programs);
  });
});
