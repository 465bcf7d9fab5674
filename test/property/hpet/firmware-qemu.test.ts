import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HPET_DEVIATIONS } from '../../conformance/hpet/deviations';
import { hpetReference } from '../../helpers/device-program/benches';
import { DeviationComparison } from '../../helpers/device-program/deviation';
import { hpetFirmware } from '../../helpers/device-program/firmware-benches';
import { type QemuBench, QemuRunner } from '../../helpers/device-program/qemu-runner';
import { programParameters } from '../../helpers/device-program/replay';
import { DirectRunner } from '../../helpers/device-program/run';
import { firmwareModule } from '../../helpers/firmware-device';
import { describeWithQemu } from '../../helpers/qtest/find-qemu';
import { FIRMWARE_ROUTES, hpetPorts, qemuHpetPrograms } from './programs';
import { HPET } from './qemu-hpet';

/** Which lines timers can be routed to is the machine's choice: QEMU's gets the firmware's. */
const HPET_AS_ROUTED: QemuBench = {
  ...HPET,
  machine: [...HPET.machine, '-global', `hpet.hpet-intcap=${FIRMWARE_ROUTES}`],
};

describeWithQemu('HPET: firmware against QEMU', (binary) => {
  let qemu: QemuRunner;

  beforeAll(async () => {
    qemu = await QemuRunner.start(binary, HPET_AS_ROUTED);
  });
  afterAll(() => qemu.close());

  it('agree on programs within what QEMU models, but for the deviations', async () => {
    const firmware = new DirectRunner(hpetFirmware(await firmwareModule()));
    const comparison = new DeviationComparison(
      firmware,
      qemu,
      () => hpetReference(FIRMWARE_ROUTES),
      HPET_DEVIATIONS,
      hpetPorts,
    );
    await fc.assert(
      fc.asyncProperty(qemuHpetPrograms, (program) => comparison.compare(program)),
      programParameters(300),
    );
    expect(comparison.completed, 'explained differences end few programs').toBeGreaterThan(0.7 * comparison.programs);
  });
});
