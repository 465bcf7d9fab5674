import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RTC_DEVIATIONS } from '../../conformance/rtc/deviations';
import { rtcReference } from '../../helpers/device-program/benches';
import { DeviationComparison, expectDeviation } from '../../helpers/device-program/deviation';
import { QemuRunner } from '../../helpers/device-program/qemu-runner';
import { programParameters } from '../../helpers/device-program/replay';
import { DirectRunner } from '../../helpers/device-program/run';
import { describeWithQemu } from '../../helpers/qtest/find-qemu';
import { qemuRtcPrograms, rtcPorts } from './programs';
import { CLOCK } from './qemu-rtc';

describeWithQemu('MC146818: reference against QEMU', (binary) => {
  let qemu: QemuRunner;

  beforeAll(async () => {
    qemu = await QemuRunner.start(binary, CLOCK);
  });
  afterAll(() => qemu.close());

  it('agree on programs within what QEMU models', async () => {
    const comparison = new DeviationComparison(
      new DirectRunner(rtcReference()),
      qemu,
      rtcReference,
      RTC_DEVIATIONS,
      rtcPorts,
    );
    await fc.assert(
      fc.asyncProperty(qemuRtcPrograms, (program) => comparison.compare(program)),
      programParameters(500),
    );
    expect(comparison.completed, 'explained differences end few programs').toBeGreaterThan(0.7 * comparison.programs);
  });

  it.each(RTC_DEVIATIONS)('deviation $device/$id is still there', async (row) => {
    const fresh = await QemuRunner.start(binary, CLOCK);
    await expectDeviation(row, new DirectRunner(rtcReference()), fresh).finally(() => fresh.close());
  });
});
