import fc from 'fast-check';
import { afterAll, beforeAll, it } from 'vitest';
import { pmReference } from '../../helpers/device-program/benches';
import { DeviationComparison, expectDeviation } from '../../helpers/device-program/deviation';
import { QemuRunner } from '../../helpers/device-program/qemu-runner';
import { programParameters } from '../../helpers/device-program/replay';
import { DirectRunner } from '../../helpers/device-program/run';
import { input, output, type Program, type Step, wait } from '../../helpers/device-program/steps';
import { describeWithQemu } from '../../helpers/qtest/find-qemu';
import { PM_DEVIATIONS } from './deviations';
import { PM } from './qemu-pm';

const BASE = 0x600;

const START: readonly Step[] = [output(BASE + 4, 1, 2), output(BASE, 0xffff, 2)];

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 900 }).map((n) => wait(n * 1_300_007)) },
  { weight: 4, arbitrary: fc.constant(input(BASE + 8, 4)) },
  { weight: 3, arbitrary: fc.constantFrom(input(BASE, 2), input(BASE + 2, 2), input(BASE + 4, 2)) },
  { weight: 2, arbitrary: fc.constantFrom(output(BASE, 0x0001, 2), output(BASE, 0x0520, 2)) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(output(BASE + 2, 0x0001, 2), output(BASE + 2, 0x0000, 2), output(BASE + 2, 0x0321, 2)),
  },
);
const programs: fc.Arbitrary<Program> = fc
  .array(step, { minLength: 1, maxLength: 24 })
  .map((steps) => [...START, ...steps]);

const NAMES = ['PM1 status', '', 'PM1 enable', '', 'PM1 control', '', '', '', 'PM timer'];
const pmPorts = (port: number): string => NAMES[port - BASE] ?? 'PM';

describeWithQemu('power management: reference against QEMU', (binary) => {
  let qemu: QemuRunner;

  beforeAll(async () => {
    qemu = await QemuRunner.start(binary, PM);
  });
  afterAll(() => qemu.close());

  it('agree', async () => {
    const comparison = new DeviationComparison(
      new DirectRunner(pmReference()),
      qemu,
      pmReference,
      PM_DEVIATIONS,
      pmPorts,
    );
    await fc.assert(
      fc.asyncProperty(programs, (program) => comparison.compare(program)),
      programParameters(200),
    );
  });

  it.each(PM_DEVIATIONS)('deviation $device/$id is still there', async (row) => {
    const fresh = await QemuRunner.start(binary, PM);
    await expectDeviation(row, new DirectRunner(pmReference()), fresh).finally(() => fresh.close());
  });
});
