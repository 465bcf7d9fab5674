import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RTC_DEVIATIONS } from '../../conformance/rtc/deviations';
import { rtcReference } from '../../helpers/device-program/benches';
import { DeviationComparison } from '../../helpers/device-program/deviation';
import { rtcFirmware } from '../../helpers/device-program/firmware-benches';
import { QemuRunner } from '../../helpers/device-program/qemu-runner';
import { programParameters } from '../../helpers/device-program/replay';
import { DirectRunner } from '../../helpers/device-program/run';
import { firmwareModule } from '../../helpers/firmware-device';
import { describeWithQemu } from '../../helpers/qtest/find-qemu';
import { qemuRtcPrograms, rtcPorts } from './programs';
import { CLOCK } from './qemu-rtc';

describeWithQemu('MC146818: firmware against QEMU', (binary) => {
  let qemu: QemuRunner;

  beforeAll(async () => {
    qemu = await QemuRunner.start(binary, CLOCK);
  });
  afterAll(() => qemu.close());

  it('agree on programs within what QEMU models, but for the deviations', async () => {
    const firmware = new DirectRunner(rtcFirmware(await firmwareModule()));
    const comparison = new DeviationComparison(firmware, qemu, rtcReference, RTC_DEVIATIONS, rtcPorts);
    await fc.assert(
      fc.asyncProperty(qemuRtcPrograms, (program) => comparison.compare(program)),
      programParameters(500),
    );
    expect(comparison.completed, 'explained differences end few programs').toBeGreaterThan(0.7 * comparison.programs);
  });
});
