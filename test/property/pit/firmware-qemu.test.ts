import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PIT_DEVIATIONS } from '../../conformance/pit/deviations';
import { pitReference } from '../../helpers/device-program/benches';
import { DeviationComparison } from '../../helpers/device-program/deviation';
import { pitFirmware } from '../../helpers/device-program/firmware-benches';
import { QemuRunner } from '../../helpers/device-program/qemu-runner';
import { programParameters } from '../../helpers/device-program/replay';
import { DirectRunner } from '../../helpers/device-program/run';
import { Simplified } from '../../helpers/device-program/simplified';
import { firmwareModule } from '../../helpers/firmware-device';
import { describeWithQemu } from '../../helpers/qtest/find-qemu';
import { pitPorts, qemuPitPrograms, withoutRefresh } from './programs';
import { QemuPitBench } from './qemu-pit';

describeWithQemu('8254: firmware against QEMU', (binary) => {
  let qemu: QemuRunner;

  beforeAll(async () => {
    qemu = await QemuRunner.start(binary, new QemuPitBench());
  });
  afterAll(() => qemu.close());

  it('agree on programs within what QEMU models, but for the deviations', async () => {
    const firmware = new Simplified(new DirectRunner(pitFirmware(await firmwareModule())), withoutRefresh);
    const comparison = new DeviationComparison(
      firmware,
      new Simplified(qemu, withoutRefresh),
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
});
