import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { explainIdeDeviation } from '../../conformance/ide/deviations';
import { EMPTY_TRAY, type IdeMachine, SPARSE, STANDARD } from '../../conformance/ide/machines';
import { ReferenceIde } from '../../conformance/ide/reference-ide';
import { describeWithQemu } from '../../helpers/qtest/find-qemu';
import { QemuIde } from '../../helpers/qtest/qemu-ide';
import { Comparison } from './comparison';
import { programs } from './programs';
import { runParameters } from './replay';

/** How many programs each machine gets; together at least the 200 that CI asks for. */
const RUNS: readonly (readonly [IdeMachine, number])[] = [
  [STANDARD, 160],
  [SPARSE, 60],
  [EMPTY_TRAY, 60],
];
const MAXIMUM_LENGTH = 7;

describeWithQemu('IDE: the reference and QEMU run the same programs alike', (binary) => {
  const opened: QemuIde[] = [];

  afterAll(async () => {
    for (const qemu of opened) await qemu.close();
  });

  it.each(RUNS.map(([machine, count]) => [machine.name, machine, count] as const))('%s', async (_, machine, count) => {
    const right = new QemuIde(binary, machine);
    opened.push(right);
    const comparison = new Comparison({ machine, left: new ReferenceIde(machine), right }, explainIdeDeviation);
    let accesses = 0;
    await fc.assert(
      fc.asyncProperty(programs(machine, MAXIMUM_LENGTH), async (program) => {
        accesses += (await comparison.run(program)).accesses;
      }),
      runParameters(count),
    );
    expect(accesses).toBeGreaterThan(count);
  });
});
