import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explainIdeDeviation, ideDeviations } from '../../conformance/ide/deviations';
import type { IdeUnderTest } from '../../conformance/ide/ide-under-test';
import type { IdeMachine } from '../../conformance/ide/machines';
import { firmwareModule } from '../../helpers/firmware-device';
import { FirmwareIde } from '../../helpers/firmware-ide';
import { describeWithQemu } from '../../helpers/qtest/find-qemu';
import { QemuIde } from '../../helpers/qtest/qemu-ide';
import { ReferenceIde } from '../../helpers/reference-ide';
import { Comparison } from './comparison';
import { DEMONSTRATIONS } from './deviation-programs';
import { Operation } from './operation';

it('every deviation has a demonstration, and every demonstration a deviation', () => {
  expect(Object.keys(DEMONSTRATIONS).sort()).toEqual(ideDeviations.map(({ id }) => id).sort());
});

describeWithQemu('each IDE deviation still occurs', (binary) => {
  let module: WebAssembly.Module;
  const machines = new Map<IdeMachine, QemuIde>();

  beforeAll(async () => {
    module = await firmwareModule();
  });

  afterAll(async () => {
    for (const qemu of machines.values()) await qemu.close();
  });

  function qemuFor(machine: IdeMachine): QemuIde {
    const qemu = machines.get(machine) ?? new QemuIde(binary, machine);
    machines.set(machine, qemu);
    return qemu;
  }

  const ours: Readonly<Record<string, (machine: IdeMachine) => IdeUnderTest>> = {
    reference: (machine) => new ReferenceIde(machine),
    firmware: (machine) => new FirmwareIde(module, machine),
  };

  describe.each(Object.entries(ours))('between the %s and QEMU', (_, start) => {
    it.each(ideDeviations.map((row) => [row.id, row] as const))('%s', async (id, row) => {
      const { machine, steps } = DEMONSTRATIONS[id];
      const sides = { machine, left: start(machine), right: qemuFor(machine) };
      const comparison = new Comparison(sides, explainIdeDeviation, 'registers only');
      const { explained } = await comparison.run([new Operation(row.what, steps)]);
      expect([...explained.keys()]).toContain(id);
    });
  });
});
