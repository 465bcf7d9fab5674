import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PortNames } from '../../helpers/device-program/compare';
import {
  type BenchSubject,
  DeviationComparison,
  expectDeviation,
  type PortDeviation,
} from '../../helpers/device-program/deviation';
import { type QemuBench, QemuRunner } from '../../helpers/device-program/qemu-runner';
import { DirectRunner } from '../../helpers/device-program/run';
import { Simplified, type Simplify } from '../../helpers/device-program/simplified';
import type { Program, UnderTest } from '../../helpers/device-program/steps';
import { firmwareModule } from '../../helpers/firmware-device';
import { describeWithQemu } from '../../helpers/qtest/find-qemu';
import { programParameters } from '../../helpers/replay';

/** A device of ours that is compared with QEMU's. */
export interface Side<Device> {
  readonly name: 'reference' | 'firmware' | 'hypervisor';
  open(firmware: WebAssembly.Module): UnderTest;
  /** Creates the reference device by whose state the rows of the table judge. */
  readonly reference: () => BenchSubject<Device>;
  /** QEMU's machine for this side's programs, where it needs one of its own. */
  readonly bench?: QemuBench;
  /** Leaves out of what both show what this side is not compared by. */
  readonly simplify?: Simplify;
}

/** What a device of ours and QEMU's are compared by. */
export interface AgainstQemu<Device> {
  /** QEMU's machine, in a state in which programs can be compared. */
  createBench(): QemuBench;
  /** QEMU's machine as it is, for the probes of deviations; the same one unless stated. */
  readonly untouched?: QemuBench;
  /** Programs within what QEMU models. */
  readonly programs: fc.Arbitrary<Program>;
  /** Programs that `npm test` runs for each side. */
  readonly count: number;
  readonly deviations: readonly PortDeviation<Device>[];
  readonly ports: PortNames;
  readonly sides: readonly Side<Device>[];
}

/** Declares the tests that hold each side's device against QEMU's, and those that hold the table of deviations against both. */
export function declareAgainstQemu<Device>(title: string, device: AgainstQemu<Device>): void {
  describeWithQemu(`${title} against QEMU`, (binary) => {
    let module: WebAssembly.Module;

    beforeAll(async () => {
      module = await firmwareModule();
    });

    describe.each(device.sides)('$name', (side) => {
      declareSide(binary, device, side, () => side.open(module));
    });
  });
}

function declareSide<Device>(
  binary: string,
  device: AgainstQemu<Device>,
  { bench, simplify, reference }: Side<Device>,
  open: () => UnderTest,
): void {
  const { createBench, programs, count, deviations, ports } = device;
  const simplified = (runner: DirectRunner | QemuRunner) => (simplify ? new Simplified(runner, simplify) : runner);
  let qemu: QemuRunner;

  beforeAll(async () => {
    qemu = await QemuRunner.start(binary, bench ?? createBench());
  });
  afterAll(() => qemu.close());

  it('agrees on programs within what QEMU models, but for the deviations', async () => {
    const ours = simplified(new DirectRunner(open()));
    const comparison = new DeviationComparison(ours, simplified(qemu), reference, deviations, ports);
    await fc.assert(
      fc.asyncProperty(programs, (program) => comparison.compare(program)),
      programParameters(count),
    );
    expect(comparison.completed, 'explained differences end few programs').toBeGreaterThan(0.7 * comparison.programs);
  });

  it.each(deviations)('shows deviation $device/$id', async (row) => {
    const fresh = await QemuRunner.start(binary, device.untouched ?? createBench());
    await expectDeviation(row, new DirectRunner(open()), fresh).finally(() => fresh.close());
  });
}
