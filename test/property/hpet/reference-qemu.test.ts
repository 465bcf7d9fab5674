import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HPET_DEVIATIONS } from '../../conformance/hpet/deviations';
import { hpetReference } from '../../helpers/device-program/benches';
import { DeviationComparison, expectDeviation } from '../../helpers/device-program/deviation';
import { type QemuBench, QemuRunner } from '../../helpers/device-program/qemu-runner';
import { programParameters } from '../../helpers/device-program/replay';
import { DirectRunner } from '../../helpers/device-program/run';
import { describeWithQemu } from '../../helpers/qtest/find-qemu';
import { portWrite } from '../../helpers/qtest/qtest-client';
import { hpetPorts, qemuHpetPrograms } from './programs';

const HPET: QemuBench = {
  machine: ['-machine', 'pc,hpet=on', '-m', '16'],
  intercept: { path: 'ioapic', side: 'in', lines: [0, 2, 8] },
  // The 8254 shares line 0: in mode 0 it is quiet for longer than a program lasts.
  prologue: [portWrite(0x43, 1, 0x30), portWrite(0x40, 1, 0), portWrite(0x40, 1, 0)],
};

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
