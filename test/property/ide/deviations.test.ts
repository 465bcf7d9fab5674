import { afterAll, expect, it } from 'vitest';
import { explainIdeDeviation, ideDeviations } from '../../conformance/ide/deviations';
import type { IdeMachine } from '../../conformance/ide/machines';
import { ReferenceIde } from '../../conformance/ide/reference-ide';
import { describeWithQemu } from '../../helpers/qtest/find-qemu';
import { QemuIde } from '../../helpers/qtest/qemu-ide';
import { Comparison } from './comparison';
import { DEMONSTRATIONS } from './deviation-programs';
import { Operation } from './operation';

it('every deviation has a demonstration, and every demonstration a deviation', () => {
  expect(Object.keys(DEMONSTRATIONS).sort()).toEqual(ideDeviations.map(({ id }) => id).sort());
});

describeWithQemu('each IDE deviation still occurs in QEMU', (binary) => {
  const sides = new Map<IdeMachine, { left: ReferenceIde; right: QemuIde }>();

  function pairing(machine: IdeMachine) {
    const sidesOfMachine = sides.get(machine) ?? {
      left: new ReferenceIde(machine),
      right: new QemuIde(binary, machine),
    };
    sides.set(machine, sidesOfMachine);
    return { machine, ...sidesOfMachine };
  }

  afterAll(async () => {
    for (const { right } of sides.values()) await right.close();
  });

  it.each(ideDeviations.map((row) => [row.id, row] as const))('%s', async (id, row) => {
    const { machine, steps } = DEMONSTRATIONS[id];
    const comparison = new Comparison(pairing(machine), explainIdeDeviation, 'registers only');
    const { explained } = await comparison.run([new Operation(row.what, steps)]);
    expect([...explained.keys()]).toContain(id);
  });
});
