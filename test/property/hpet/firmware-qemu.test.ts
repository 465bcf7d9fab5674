import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HPET_DEVIATIONS } from '../../conformance/hpet/deviations';
import { hpetReference } from '../../helpers/device-program/benches';
import { DeviationComparison } from '../../helpers/device-program/deviation';
import { hpetFirmware } from '../../helpers/device-program/firmware-benches';
import { QemuRunner } from '../../helpers/device-program/qemu-runner';
import { programParameters } from '../../helpers/device-program/replay';
import { DirectRunner } from '../../helpers/device-program/run';
import { firmwareModule } from '../../helpers/firmware-device';
import { describeWithQemu } from '../../helpers/qtest/find-qemu';
import { hpetPorts, qemuHpetPrograms } from './programs';
import { HPET } from './qemu-hpet';

describeWithQemu('HPET: firmware against QEMU', (binary) => {
  let qemu: QemuRunner;

  beforeAll(async () => {
    qemu = await QemuRunner.start(binary, HPET);
  });
  afterAll(() => qemu.close());

  it('agree on programs within what QEMU models, but for the deviations', async () => {
    const firmware = new DirectRunner(hpetFirmware(await firmwareModule()));
    const comparison = new DeviationComparison(firmware, qemu, hpetReference, HPET_DEVIATIONS, hpetPorts);
    await fc.assert(
      fc.asyncProperty(qemuHpetPrograms, (program) => comparison.compare(program)),
      programParameters(300),
    );
    expect(comparison.completed, 'explained differences end few programs').toBeGreaterThan(0.7 * comparison.programs);
  });
});
