import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RTC_DEVIATIONS } from '../../conformance/rtc/deviations';
import { rtcReference } from '../../helpers/device-program/benches';
import { DeviationComparison, expectDeviation } from '../../helpers/device-program/deviation';
import { type QemuBench, QemuRunner } from '../../helpers/device-program/qemu-runner';
import { programParameters } from '../../helpers/device-program/replay';
import { DirectRunner } from '../../helpers/device-program/run';
import { describeWithQemu } from '../../helpers/qtest/find-qemu';
import { portWrite } from '../../helpers/qtest/qtest-client';
import { qemuRtcPrograms, rtcPorts } from './programs';

const CLOCK: QemuBench = {
  machine: ['-machine', 'pc,hpet=off', '-m', '16', '-rtc', 'base=2020-01-01T00:00:00,clock=vm'],
  intercept: { path: 'ioapic', side: 'in', lines: [8] },
  // The 8254 in mode 0: its 36 edges a second would be most of what QEMU does in an hour.
  prologue: [portWrite(0x43, 1, 0x30), portWrite(0x40, 1, 0), portWrite(0x40, 1, 0)],
};

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
