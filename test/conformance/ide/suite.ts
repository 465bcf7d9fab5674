import { afterAll, beforeEach, describe, it } from 'vitest';
import { disks } from './cases/disks';
import { dma } from './cases/dma';
import { failures } from './cases/failures';
import { packets } from './cases/packets';
import { pci } from './cases/pci';
import { resets } from './cases/resets';
import { settings } from './cases/settings';
import { ideDeviations } from './deviations';
import { IdeDriver } from './driver';
import type { IdeUnderTest } from './ide-under-test';
import type { IdeMachine } from './machines';

/** One thing that an IDE subsystem must do. */
export interface ConformanceCase {
  readonly name: string;
  readonly machine: IdeMachine;
  /** The clause that demands it. */
  readonly clause: string;
  /** The row of the table of deviations, if QEMU does otherwise: there the case must fail. */
  readonly deviation?: string;
  /** QEMU has no such machine, so that there the case is left out. */
  readonly qemuHasNone?: true;
  run(driver: IdeDriver): Promise<void>;
}

export const GROUPS: Readonly<Record<string, readonly ConformanceCase[]>> = {
  disks,
  settings,
  dma,
  resets,
  failures,
  packets,
  pci,
};

/**
 * Declares the whole table for one implementation.
 *
 * @param deviates true for QEMU: a case that names a deviation is expected to fail there
 */
export function declareIdeConformance(start: (machine: IdeMachine) => IdeUnderTest, { deviates = false } = {}): void {
  const machines = new Map<IdeMachine, IdeUnderTest>();
  const ids = new Set(ideDeviations.map(({ id }) => id));

  function machineFor(machine: IdeMachine): IdeUnderTest {
    const ide = machines.get(machine) ?? start(machine);
    machines.set(machine, ide);
    return ide;
  }

  afterAll(async () => {
    for (const ide of machines.values()) await ide.close();
  });

  describe.each(Object.entries(GROUPS))('%s', (_, cases) => {
    let driver: IdeDriver;
    for (const { name, clause, machine, deviation, run } of cases.filter((each) => !(deviates && each.qemuHasNone))) {
      if (deviation !== undefined && !ids.has(deviation)) throw new Error(`no deviation is called ${deviation}`);
      const fails = deviates && deviation !== undefined;
      const declare = fails ? it.fails : it;
      describe(`${name} (${clause})`, () => {
        beforeEach(async () => {
          const ide = machineFor(machine);
          await ide.restart();
          driver = new IdeDriver(ide, machine);
        });
        declare(fails ? `does not hold: ${deviation}` : 'holds', () => run(driver));
      });
    }
  });
}
